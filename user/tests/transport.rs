// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client over transports that do what a fake kernel cannot.

use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::FAMILY;
use genlkit::transport::{Datagram, Fake, Transport};
use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

/// A kernel that lets nobody join a group.
struct Closed(Fake);

impl Transport for Closed {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.0.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        self.0.try_recv(buffer)
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        self.0.poll_readable(context, deadline)
    }

    fn join(&mut self, _: u32) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(EPERM))
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.0.leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        self.0.drops()
    }
}

const EPERM: i32 = 1;

#[test]
fn a_group_that_asks_for_more_privilege_is_refused() {
    let fake = Fake::new(|_, _| {}).family("taskdiag", 20, &[("events", 7)]);
    let error = Client::with(Closed(fake))
        .subscribe(&FAMILY, "events")
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Refused, Some(EPERM))
    );
    assert_eq!(
        error.to_string(),
        "taskdiag: EPERM (Operation not permitted): cannot join group \"events\""
    );
}
