// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bodies of the fuzz targets: each takes any bytes, and asserts what must hold for them.

mod client;
mod messages;
mod round_trip;

pub use client::client;
pub use messages::messages;
pub use round_trip::round_trip;
