// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows about what comes unasked.

use super::super::support::*;
use genlkit::client::Event;
use genlkit::generated::taskdiag::{self, ConfigSetRequest, Notification, PingRequest};
use genlkit::wire::flags;
use std::time::Instant;

#[test]
fn rows_31_and_32_the_copy_that_echo_asks_for_comes_before_the_ack_and_is_not_taken_for_it() {
    let mut client = client(|kernel, request| {
        assert_ne!(request.header.flags & flags::ECHO, 0);
        kernel.reply(request, |_| {});
        kernel.error(request, libc::EPERM, |_| {});
    });
    let request = ConfigSetRequest::new().ring_size(256);
    let error = client.call_with(&request, flags::ECHO).unwrap_err();
    assert_eq!(error.errno(), Some(libc::EPERM));
}

#[test]
fn row_48_events_and_answers_of_other_sockets_are_not_believed() {
    let mut client = client(|kernel, request| {
        let forged = request.bytes.to_vec();
        kernel.datagram(&forged, 4711, 0);
        pong(kernel, request);
    });
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[66]), 4711, EVENTS);
    kernel.datagram(&events(&[67]), 4711, 0);
    kernel.datagram(&events(&[1]), 0, EVENTS);
    let mut received = client.events::<Notification<'_>>();
    assert_eq!(seq_of(received.next().unwrap()), 1);
    assert!(received.next_until(Instant::now()).unwrap().is_none());
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn row_49_an_overflow_is_told_before_what_was_queued_and_nothing_of_that_is_lost() {
    let mut client = client(pong);
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1, 2]), 0, EVENTS);
    kernel.drop_datagrams(3);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 3 }
    ));
    assert_eq!(seq_of(received.next().unwrap()), 1);
    assert_eq!(seq_of(received.next().unwrap()), 2);
}
