// SPDX-License-Identifier: MIT OR Apache-2.0
//! A program without the standard library that writes and reads messages: its panic handler would
//! be the second if anything had brought the standard library along.
#![no_std]

use core::panic::PanicInfo;
use genlkit::generated::taskdiag::{Task, TaskGetRequest};
use genlkit::request::{Decode, Request};
use genlkit::wire::{Builder, GenlHeader, Header, Malformed, Messages};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Writes a request for a task; the length of what was written.
pub fn write(buffer: &mut [u8], pid: u32) -> Option<usize> {
    let mut builder = Builder::new(buffer);
    builder.message(Header::default(), |message| {
        message.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
        TaskGetRequest::new().pid(pid).encode(message);
    });
    builder.finish().ok().map(<[u8]>::len)
}

/// Reads a task.
///
/// # Errors
/// Where a length cannot be.
pub fn read(datagram: &[u8]) -> Option<Result<Task<'_>, Malformed>> {
    let message = Messages::new(datagram).next()?.ok()?;
    let (_, body) = GenlHeader::split(message.body()).ok()?;
    Some(Task::decode(body))
}
