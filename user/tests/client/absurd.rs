// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers that no kernel tells: what is told of them, and that the client works on.

use super::support::*;
use genlkit::client::Event;
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest};

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
