// SPDX-License-Identifier: MIT OR Apache-2.0
//! A family from a spec: its messages are types that were generated from `spec/taskdiag.yaml`.
//!
//! Spoken to a fake kernel here, as a test of a program of one's own would; `Client::open()` in its
//! place speaks to the module.

use genlkit::client::Client;
use genlkit::generated::taskdiag::{PingRequest, uapi};
use genlkit::transport::Fake;

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let fake = Fake::new(|kernel, request| {
        kernel.reply(request, |reply| {
            reply.attr(uapi::TASKDIAG_A_PING_PAYLOAD, b"hello");
            reply.u32(uapi::TASKDIAG_A_PING_ABI, 1);
        });
    });
    let mut client = Client::with(fake.family("taskdiag", 20, &[]));
    // The compiler knows which reply belongs to the request, and what either can hold.
    let reply = client.call(&PingRequest::new().payload("hello"))?;
    println!(
        "abi {:?}, {} bytes",
        reply.abi,
        reply.payload.map_or(0, |bytes| bytes.len())
    );
    Ok(())
}
