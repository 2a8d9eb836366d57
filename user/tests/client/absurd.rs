// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers that no kernel tells: what is told of them, and that the client works on.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::{Client, Event};
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest};
use genlkit::nlctrl::GetFamily;
use genlkit::transport::{Datagram, Transport};
use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

#[test]
fn losses_beyond_what_can_be_counted_are_told_as_that_many() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    client.transport().kernel().drop_datagrams(u32::MAX);
    client.call(&PingRequest::new()).unwrap();
    client.transport().kernel().drop_datagrams(7);
    client.call(&PingRequest::new()).unwrap();
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: u32::MAX }
    ));
}

/// A transport whose every datagram has a length.
struct Long(usize);

impl Transport for Long {
    fn send(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn try_recv(&mut self, _: &mut [u8]) -> io::Result<Datagram> {
        Ok(Datagram {
            len: self.0,
            ..Datagram::default()
        })
    }

    fn poll_readable(&mut self, _: &mut Context<'_>, _: Option<Instant>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn join(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn leave(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn drops(&mut self) -> Option<u32> {
        None
    }
}

#[test]
fn no_buffer_is_made_for_a_datagram_of_a_length_that_cannot_be() {
    for len in [(64 << 20) + 1, (1 << 62) + 1, 1 << 63, usize::MAX] {
        let mut client = Client::with(Long(len));
        for _ in 0..2 {
            let error = client.call(&GetFamily { name: "x" }).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Truncated);
            assert!(error.to_string().contains("did not fit into 1048576"));
            assert!(!error.hint().unwrap().contains("has grown"), "{error:?}");
        }
    }
}

#[test]
fn a_client_is_shown_without_what_is_in_its_buffers() {
    let mut client = client(pong);
    client.call(&PingRequest::new()).unwrap();
    let shown = format!("{client:?}");
    assert!(shown.len() < 2000, "{} bytes: {shown:.2000}", shown.len());
    for of in ["Receiver { room: 1048576", "Outgoing { room: 512"] {
        assert!(shown.contains(of), "{shown}");
    }
}
