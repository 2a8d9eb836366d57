// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client whose kernel sends anything.

use genlkit::client::{Client, OnInterrupt};
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest, TaskGetDump, uapi};
use genlkit::transport::{Fake, Kernel};
use genlkit::wire::{Header, Message};
use std::time::Instant;

/// A group whose events are asked for.
const GROUP: u32 = 40;

/// Sends what the bytes say to a client that calls, dumps, sends a batch and listens, after which
/// it must work with a kernel that answers as it should.
///
/// # Panics
/// Where it does not.
pub fn client(bytes: &[u8]) {
    let script = bytes.to_vec();
    let mut requests = 0;
    let fake = Fake::new(move |kernel, request| {
        requests += 1;
        match requests {
            1..=4 => play(&script, kernel, request),
            _ => kernel.reply(request, |reply| reply.u32(uapi::TASKDIAG_A_PING_ABI, 7)),
        }
    });
    let mut client = Client::with(fake.family("taskdiag", 20, &[("events", GROUP)]));
    let _ = client.subscribe(&FAMILY, "events");
    let _ = client.call(&PingRequest::new());
    if let Ok(dump) = client.dump(&TaskGetDump::new()) {
        let mut dump = dump.on_interrupt(OnInterrupt::Ignore);
        while let Ok(Some(_)) = dump.next() {}
    }
    let mut batch = client.batch([PingRequest::new(); 2]);
    while batch.next().is_some() {}
    let mut events = client.events::<Notification<'_>>();
    // Every error takes something that was received, so that there is an end to them.
    for _ in 0..bytes.len() + 16 {
        let _ = events.next_until(Instant::now());
    }
    // What is left of the script is gone, or is skipped.
    let answered = (0..bytes.len() + 16).any(|_| {
        let reply = client.call(&PingRequest::new());
        reply.is_ok_and(|reply| reply.abi == Some(7))
    });
    assert!(answered);
}

/// Queues datagrams: each begins with a byte that says what it is and one that is its length.
fn play(script: &[u8], kernel: &mut Kernel, request: &Message<'_>) {
    let mut rest = script;
    while let Some((&[what, len], after)) = rest.split_first_chunk() {
        let (body, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        let mut datagram = body.to_vec();
        if what & 1 == 0 {
            // Addressed well, so that it is looked into.
            let header = Header {
                len: (Header::LEN + body.len()) as u32,
                kind: [20, 2, 3, 16][usize::from(what >> 1 & 3)],
                flags: u16::from(what >> 3 & 3) << 1 | u16::from(what & 0x80) << 2,
                ..request.header
            };
            datagram.splice(0..0, header.to_bytes());
        }
        let (sender, group) = match what >> 5 & 3 {
            0 | 1 => (0, 0),
            2 => (0, [GROUP, 16][usize::from(what >> 4 & 1)]),
            _ => (99, 0),
        };
        match what {
            0xff => kernel.drop_datagrams(1),
            _ => kernel.datagram(&datagram, sender, group),
        }
    }
}
