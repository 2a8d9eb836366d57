// SPDX-License-Identifier: MIT OR Apache-2.0
//! The run-time engine over every spec of a kernel tree (`GENLKIT_KERNEL_SRC`), and over ours.
#![cfg(feature = "ynl")]

mod client;
mod events;
mod hostile;
mod random;
mod refused;
mod round_trip;
mod specs;
mod stored;
