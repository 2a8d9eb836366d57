// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a listener is told of events that its queue had no room for.

use genlkit::client::{Client, Event};
use genlkit::transport::Options;
use genlkit_tests::{
    generated::genltest::{FAMILY, Notification, TickRequest},
    module::Module,
    soon,
};

/// Each tick is a datagram of its own.
const TICKS: u32 = 1000;
const MORE: u32 = 300;

#[test]
fn every_datagram_that_a_listener_lacks_is_told_before_it_reads_anew() {
    let module = Module::named("genltest");
    module.load();
    let options = Options::new().queue_size(16 << 10);
    let mut client = Client::open_with(&options).expect("a socket");
    client.subscribe(&FAMILY, "ticks").expect("a member");
    let mut other = Client::open().expect("a socket");
    let mut tick = |count| {
        let reply = other
            .call(&TickRequest::new().count(count))
            .expect("it ticks");
        reply.sent
    };
    tick(TICKS);

    let mut events = client.events::<Notification<'_>>();
    let Event::Overrun { drops: first } = soon::next(&mut events) else {
        panic!("nothing was lost");
    };
    // As long as the queue is not empty, all is dropped.
    tick(MORE);
    let (mut heard, mut dropped, mut losses) = (0, first, 1);
    loop {
        match soon::next(&mut events) {
            Event::Notification {
                notification: Notification::TickNtf(tick),
                ..
            } => {
                assert_eq!(tick.seq, Some(heard));
                heard += 1;
            }
            Event::Overrun { drops } => {
                dropped += drops;
                losses += 1;
            }
            Event::Resync => break,
            other => panic!("{other:?}"),
        }
    }
    println!("{heard} heard, {first} dropped at first, {dropped} in all, told {losses} times");
    assert!(heard > 0);
    assert_eq!(heard + first, TICKS);
    assert_eq!(heard + dropped, TICKS + MORE);
    assert_eq!(losses, 2);
    // From here on the client is in step.
    tick(1);
    assert!(matches!(
        soon::next(&mut events),
        Event::Notification { .. }
    ));
}
