// SPDX-License-Identifier: MIT OR Apache-2.0
//! Subscriptions over the reload of a module.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::{Client, Event};
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest};
use genlkit::nlctrl;
use genlkit::transport::Fake;
use std::time::{Duration, Instant};

/// The number and the group of the family once its module was loaded anew.
const NEW_ID: u16 = 21;
const NEW_EVENTS: u32 = 78;

#[test]
fn a_group_is_joined_again_when_its_module_is_loaded_anew() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1]), 0, EVENTS);
    kernel.unregister("taskdiag");
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    kernel.datagram(&events_of(NEW_ID, &[1]), 0, NEW_EVENTS);
    let mut received = client.events::<Notification<'_>>();
    assert_eq!(seq_of(received.next().unwrap()), 1);
    assert!(matches!(received.next().unwrap(), Event::Unregistered));
    assert!(matches!(received.next().unwrap(), Event::Registered));
    match received.next().unwrap() {
        Event::Notification { group, .. } => assert_eq!(group, NEW_EVENTS),
        other => panic!("{other:?}"),
    }
    let kernel = client.transport().kernel();
    assert!(kernel.joined().eq([nlctrl::NOTIFY, NEW_EVENTS]));
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(received.next().unwrap(), Event::Resync));
}

#[test]
fn events_of_before_a_reload_are_not_lost_to_a_call_in_between() {
    let mut client = client(|kernel, request| {
        assert_eq!(
            request.header.kind, NEW_ID,
            "the controller told the number"
        );
        pong(kernel, request);
    });
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1]), 0, EVENTS);
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    // Reads all of that in passing.
    client.family("nlctrl").unwrap_err();
    let asked = client.transport().kernel().sent.len();
    client.call(&PingRequest::new()).unwrap();
    assert_eq!(client.transport().kernel().sent.len(), asked + 1);
    let mut received = client.events::<Notification<'_>>();
    assert_eq!(seq_of(received.next().unwrap()), 1);
    assert!(matches!(received.next().unwrap(), Event::Unregistered));
    assert!(matches!(received.next().unwrap(), Event::Registered));
}

#[test]
fn a_reload_whose_notification_was_lost_is_found_out() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    // Nobody is told, because nobody listens.
    kernel.leave(nlctrl::NOTIFY);
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    kernel.drop_datagrams(3);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 3 }
    ));
    assert!(matches!(received.next().unwrap(), Event::Registered));
    assert!(client.transport().kernel().joined().eq([NEW_EVENTS]));
}

#[test]
fn a_controller_that_does_not_answer_does_not_put_a_deadline_off() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let fake = Fake::new(|_, _| {}).family("taskdiag", ID, &[("events", EVENTS)]);
    let mut client = Client::with(Slow::new(fake, Duration::ZERO));
    client.set_timeout(Some(TIMEOUT));
    client.subscribe(&FAMILY, "events").unwrap();
    client.transport().fake.kernel().drop_datagrams(3);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 3 }
    ));
    // What the controller may have told is asked for, in vain.
    received.client().transport().each = Duration::from_secs(3600);
    let begun = Instant::now();
    let deadline = begun + Duration::from_millis(30);
    assert!(received.next_until(deadline).unwrap().is_none());
    assert!(begun.elapsed() < TIMEOUT, "{:?}", begun.elapsed());
    let transport = client.transport();
    (transport.each, transport.ready) = (Duration::ZERO, None);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(received.next().unwrap(), Event::Resync));
}

#[test]
fn a_family_is_told_to_be_gone_once() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    client.transport().kernel().unregister("taskdiag");
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(received.next().unwrap(), Event::Unregistered));
    // What the controller may have told meanwhile is asked for, and is the same.
    for _ in 0..2 {
        received.client().transport().kernel().drop_datagrams(1);
        assert!(matches!(received.next().unwrap(), Event::Overrun { .. }));
        assert!(matches!(received.next().unwrap(), Event::Resync));
    }
    let kernel = received.client().transport().kernel();
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    assert!(matches!(received.next().unwrap(), Event::Registered));
}

#[test]
fn an_old_number_that_another_family_gets_is_that_ones() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    kernel.register("other", ID, &[]);
    // Of the other's, which the client may have joined a group of.
    kernel.datagram(&events_of(ID, &[1]), 0, 90);
    kernel.datagram(&events_of(NEW_ID, &[2]), 0, NEW_EVENTS);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(received.next().unwrap(), Event::Unregistered));
    assert!(matches!(received.next().unwrap(), Event::Registered));
    match received.next().unwrap() {
        Event::Notification { group, .. } => assert_eq!(group, NEW_EVENTS),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_leaves_the_controllers_group_hears_nothing_though_the_client_listens() {
    let fake = Fake::new(pong)
        .family("taskdiag", ID, &[("events", EVENTS)])
        .family("nlctrl", nlctrl::ID, &[("notify", nlctrl::NOTIFY)]);
    let mut client = Client::with(fake);
    client.subscribe(&nlctrl::FAMILY, "notify").unwrap();
    client.subscribe(&FAMILY, "events").unwrap();
    client.transport().kernel().register("one", 30, &[]);
    let mut received = client.events::<nlctrl::Notification<'_>>();
    assert!(received.next_until(Instant::now()).unwrap().is_some());
    client.unsubscribe(&nlctrl::FAMILY, "notify").unwrap();
    client.transport().kernel().register("other", 31, &[]);
    let mut received = client.events::<nlctrl::Notification<'_>>();
    assert!(received.next_until(Instant::now()).unwrap().is_none());
}

#[test]
fn a_family_that_is_asked_for_does_not_put_a_deadline_of_events_off() {
    let fake = Fake::new(|_, _| {}).family("taskdiag", ID, &[("events", EVENTS)]);
    let mut client = Client::with(Slow::new(fake, Duration::from_secs(3600)));
    let mut received = client.events::<Notification<'_>>();
    assert!(received.next_until(Instant::now()).unwrap().is_none());
}

#[test]
fn a_lost_answer_about_a_reload_is_a_loss_and_asked_for_again() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.leave(nlctrl::NOTIFY);
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    kernel.drop_datagrams(3);
    kernel.lose(2);
    let mut received = client.events::<Notification<'_>>();
    for lost in [3, 1, 1] {
        match received.next().unwrap() {
            Event::Overrun { drops } => assert_eq!(drops, lost),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(received.next().unwrap(), Event::Registered));
    assert!(client.transport().kernel().joined().eq([NEW_EVENTS]));
}

#[test]
fn a_group_that_the_new_module_does_not_have_is_an_error_of_the_events() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.register("taskdiag", NEW_ID, &[("news", NEW_EVENTS)]);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(received.next().unwrap(), Event::Unregistered));
    assert!(matches!(received.next().unwrap(), Event::Registered));
    let error = received.next().unwrap_err();
    assert_eq!(error.hint(), Some("it has: news"));
}

#[test]
fn who_leaves_the_last_group_listens_to_the_controller_no_longer() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    client.unsubscribe(&FAMILY, "events").unwrap();
    assert_eq!(client.transport().kernel().joined().count(), 0);
}

#[test]
fn a_group_that_was_left_while_its_module_was_gone_is_not_joined_again() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    client.transport().kernel().unregister("taskdiag");
    client.unsubscribe(&FAMILY, "events").unwrap();
    let error = client.unsubscribe(&FAMILY, "events").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let kernel = client.transport().kernel();
    kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
    client.call(&PingRequest::new()).unwrap();
    assert_eq!(client.transport().kernel().joined().count(), 0);
}

#[test]
fn a_group_that_the_new_module_does_not_have_can_be_left() {
    let mut client = client(pong);
    client.subscribe(&FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.register("taskdiag", NEW_ID, &[("news", NEW_EVENTS)]);
    client.unsubscribe(&FAMILY, "events").unwrap();
    assert_eq!(client.transport().kernel().joined().count(), 0);
}
