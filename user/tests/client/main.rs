// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client against a kernel that does what no kernel should, and what every kernel does.

mod absurd;
mod asynchronous;
mod batch;
mod call;
mod cancelled;
mod dumps;
mod errors;
mod events;
mod families;
mod raw;
mod raw_events;
mod reload;
mod rows;
mod support;
