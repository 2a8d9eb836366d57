// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the host and the guest's PID 1 say to each other.
//!
//! The host puts a [`Job`] into the initramfs as `/job.json`. The guest answers on one virtio-serial port with
//! [`Frame`]s; the same port carries the host's standard input the other way.

pub mod frame;
pub mod job;

pub use frame::Frame;
pub use job::{Command, Exit, Job};
