// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked over other protocols, as it is.

use genlkit::ErrorKind;
use genlkit::client::{Client, RawEvent};
use genlkit::transport::Fake;
use genlkit::wire::{Builder, Header, flags, kind};
use std::time::Instant;

/// A type of rtnetlink's, and a group that its notifications come by.
const RTM_NEWLINK: u16 = 16;
const LINK: u32 = 1;

/// A message of a type, with a number.
fn message(kind: u16, seq: u32) -> Vec<u8> {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer);
    let header = Header {
        kind,
        seq,
        ..Header::default()
    };
    builder.message(header, |message| message.bytes(&[7; 4]));
    builder.finish().unwrap().to_vec()
}

/// The type, the number and the group of the next event.
fn next(client: &mut Client<Fake>) -> (u16, u32, u32) {
    match client.raw_events().next().unwrap() {
        RawEvent::Message { group, message } => {
            assert_eq!(message.body(), [7; 4]);
            (message.header.kind, message.header.seq, group)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_during_a_raw_request_is_kept_in_order_whatever_number_it_has() {
    let mut client = Client::with(Fake::new(|kernel, request| {
        kernel.datagram(&message(RTM_NEWLINK, 0), 0, LINK);
        kernel.queue(|queue| {
            let part = Header {
                flags: flags::MULTI,
                ..request.header
            };
            queue.message(part, |part| part.bytes(&[1; 4]));
            queue.bytes(&message(RTM_NEWLINK + 1, 0));
        });
        // What a request changed is told to groups with its number.
        kernel.datagram(&message(RTM_NEWLINK + 2, request.header.seq), 0, LINK);
        kernel.done(request, 0, |_| {});
        kernel.datagram(&message(RTM_NEWLINK + 3, 0), 0, LINK);
    }));
    client.join(LINK).unwrap();
    assert!(client.transport().kernel().joined().eq([LINK]));
    let mut links = client.raw(18, flags::DUMP, |_| {}).unwrap();
    assert_eq!(links.next().unwrap().unwrap().body(), [1; 4]);
    assert!(links.next().unwrap().is_none());
    drop(links);
    assert_eq!(next(&mut client), (RTM_NEWLINK, 0, LINK));
    assert_eq!(next(&mut client), (RTM_NEWLINK + 1, 0, 0));
    let (kind, seq, group) = next(&mut client);
    assert_eq!((kind, group), (RTM_NEWLINK + 2, LINK));
    assert_ne!(seq, 0);
    assert_eq!(next(&mut client), (RTM_NEWLINK + 3, 0, LINK));
    assert!(
        client
            .raw_events()
            .next_until(Instant::now())
            .unwrap()
            .is_none()
    );
    client.leave(LINK).unwrap();
    assert_eq!(client.transport().kernel().joined().count(), 0);
}

#[test]
fn messages_to_a_group_may_have_any_type_and_answers_are_no_events() {
    let mut client = Client::with(Fake::new(|_, _| {}));
    let kernel = client.transport().kernel();
    // The connector's have this type.
    kernel.datagram(&message(kind::DONE, 3), 0, LINK);
    kernel.datagram(&message(RTM_NEWLINK, 1 << 31 | 3), 0, 0);
    kernel.datagram(&message(RTM_NEWLINK, 0), 4711, LINK);
    assert_eq!(next(&mut client), (kind::DONE, 3, LINK));
    let error = client.raw_events().next().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_loss_of_raw_events_is_told_and_where_to_read_anew() {
    let mut client = Client::with(Fake::new(|_, _| {}));
    let kernel = client.transport().kernel();
    kernel.datagram(&message(RTM_NEWLINK, 0), 0, LINK);
    kernel.drop_datagrams(3);
    let mut received = client.raw_events();
    let told = received.next().unwrap();
    assert!(matches!(told, RawEvent::Overrun { drops: 3 }), "{told:?}");
    assert_eq!(next(&mut client), (RTM_NEWLINK, 0, LINK));
    let mut received = client.raw_events();
    let told = received.next().unwrap();
    assert!(matches!(told, RawEvent::Resync), "{told:?}");
}

#[test]
fn a_datagram_that_holds_no_messages_is_an_error_behind_which_the_next_comes() {
    let mut client = Client::with(Fake::new(|_, _| {}));
    let kernel = client.transport().kernel();
    kernel.datagram(&[0xff; 20], 0, LINK);
    kernel.datagram(&message(RTM_NEWLINK, 0), 0, LINK);
    let error = client.raw_events().next().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(next(&mut client), (RTM_NEWLINK, 0, LINK));
}
