// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked, told by a spec.

use super::client::{client, map};
use genlkit::transport::Fake;
use genlkit::wire::Header;
use genlkit::ynl::client::{Call, Client, Event, Mode};
use serde_json::json;
use std::time::{Duration, Instant};

/// A notification of the family while its number is `kind`.
fn event(kind: u16, id: u32) -> Vec<u8> {
    let header = Header {
        len: 28,
        kind,
        ..Header::default()
    };
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend_from_slice(&[2, 1, 0, 0, 8, 0, 1, 0]);
    bytes.extend_from_slice(&id.to_ne_bytes());
    bytes
}

/// All events that are there.
fn events(client: &mut Client<Fake>) -> Vec<Event> {
    let mut seen = Vec::new();
    let result = client.events(None, |event| {
        seen.push(event);
        true
    });
    result.expect("events");
    seen
}

#[test]
fn a_group_is_joined_again_when_the_family_s_module_is_loaded_anew() {
    let mut client = client(Fake::new(|_, _| {}));
    client.subscribe("news").expect("joined");
    let kernel = client.transport().kernel();
    kernel.datagram(&event(30, 1), 0, 40);
    kernel.unregister("demo");
    kernel.register("other", 31, &[("news", 50)]);
    kernel.register("demo", 32, &[("news", 60)]);
    let seen = events(&mut client);
    let [
        Event::Message { group: 40, .. },
        Event::Unregistered,
        Event::Registered,
        Event::Resync,
    ] = seen.as_slice()
    else {
        panic!("the old event, and what the controller tells of the family: {seen:?}")
    };
    let kernel = client.transport().kernel();
    assert_eq!(kernel.joined().collect::<Vec<_>>(), [16, 60]);
    kernel.datagram(&event(32, 2), 0, 60);
    let seen = events(&mut client);
    assert!(
        matches!(seen.as_slice(), [Event::Message { group: 60, .. }]),
        "{seen:?}"
    );
}

#[test]
fn a_reload_that_the_controller_told_in_vain_is_found_after_the_loss() {
    let mut client = client(Fake::new(|_, _| {}));
    client.subscribe("news").expect("joined");
    let kernel = client.transport().kernel();
    kernel.leave(16);
    kernel.register("demo", 32, &[("news", 60)]);
    kernel.drop_datagrams(1);
    let seen = events(&mut client);
    assert_eq!(
        seen,
        [Event::Lost { count: 1 }, Event::Registered, Event::Resync]
    );
    assert!(
        client
            .transport()
            .kernel()
            .joined()
            .any(|group| group == 60)
    );
}

#[test]
fn events_and_losses_come_in_their_order() {
    let mut client = client(Fake::new(|_, _| {}));
    client.subscribe("news").expect("joined");
    let kernel = client.transport().kernel();
    // The controller's as well.
    assert_eq!(kernel.joined().collect::<Vec<_>>(), [16, 40]);
    kernel.datagram(&event(30, 1), 0, 40);
    kernel.drop_datagrams(3);
    let seen = events(&mut client);
    let [
        Event::Lost { count: 3 },
        Event::Message {
            name, group, value, ..
        },
        Event::Resync,
    ] = seen.as_slice()
    else {
        panic!("a loss, an event and where to read anew are wanted: {seen:?}")
    };
    assert_eq!((name.as_deref(), *group), (Some("changed"), 40));
    assert_eq!(*value, map(json!({ "id": 1 })));
}

#[test]
fn events_that_never_end_do_not_put_the_deadline_off_and_none_is_lost() {
    const EACH: Duration = Duration::from_millis(1);
    const ALL: usize = 1000;
    let mut client = client(Fake::new(|_, _| {}));
    client.subscribe("news").expect("joined");
    for id in 0..ALL {
        let bytes = event(30, id as u32);
        client.transport().kernel().datagram(&bytes, 0, 40);
    }
    let (mut early, mut late) = (0, 0);
    let deadline = Instant::now() + 20 * EACH;
    let slow = client.events(Some(deadline), |_| {
        std::thread::sleep(EACH);
        early += 1;
        true
    });
    slow.expect("events");
    assert!((1..=21).contains(&early), "{early}");
    // Nor do they once it is past, for long.
    let slower = client.events(Some(deadline), |_| {
        std::thread::sleep(Duration::from_millis(600));
        late += 1;
        true
    });
    slower.expect("events");
    assert_eq!(late, 2);
    let rest = client.events(Some(deadline), |_| {
        late += 1;
        true
    });
    rest.expect("events");
    assert_eq!(early + late, ALL);
}

/// The ids that messages tell.
fn ids(seen: &[Event]) -> Vec<Option<u64>> {
    let ids = seen.iter().map(|event| match event {
        Event::Message { value, .. } => value.get("id").and_then(|id| id.as_u64()),
        other => panic!("a message is wanted: {other:?}"),
    });
    ids.collect()
}

#[test]
fn events_behind_the_one_that_was_enough_come_next_whatever_is_asked_in_between() {
    let mut client = client(Fake::new(|kernel, request| {
        kernel.reply(request, |reply| reply.u32(1, 7));
        kernel.error(request, 0, |_| {});
    }));
    client.subscribe("news").expect("joined");
    let all = [1, 2, 3].map(|id| event(30, id)).concat();
    client.transport().kernel().datagram(&all, 0, 40);
    let last = event(30, 4);
    client.transport().kernel().datagram(&last, 0, 40);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let one = client.events(None, |event| {
            seen.push(event);
            false
        });
        one.expect("an event");
        let value = map(json!({ "id": 7 }));
        let call = Call::new("get", Mode::Do, &value);
        client.call(&call).expect("an answer");
    }
    seen.extend(events(&mut client));
    assert_eq!(ids(&seen), [1, 2, 3, 4].map(Some));
}

#[test]
fn an_event_in_the_datagram_of_an_answer_is_kept() {
    let mut client = client(Fake::new(|kernel, request| {
        let header = request.header;
        kernel.queue(|to| {
            for id in [1, 2] {
                to.message(Header { seq: 0, ..header }, |event| {
                    event.bytes(&[2, 1, 0, 0]);
                    event.u32(1, id);
                });
                to.message(header, |reply| {
                    reply.bytes(&[1, 1, 0, 0]);
                    reply.u32(1, 7);
                });
            }
        });
        kernel.error(request, 0, |_| {});
    }));
    let value = map(json!({ "id": 7 }));
    let call = Call::new("get", Mode::Do, &value);
    let answer = client.call(&call).expect("an answer");
    assert_eq!(answer.messages.len(), 2);
    assert_eq!(ids(&events(&mut client)), [1, 2].map(Some));
}

#[test]
fn a_group_that_was_left_by_name_or_number_is_not_joined_again() {
    for group in ["news", "40"] {
        let mut client = client(Fake::new(|_, _| {}));
        client.subscribe("news").expect("joined");
        client.unsubscribe(group).expect("left");
        let joined = |client: &mut Client<Fake>| client.transport().kernel().joined().count();
        assert_eq!(joined(&mut client), 0, "not the controller's, either");
        client
            .transport()
            .kernel()
            .register("demo", 32, &[("news", 60)]);
        assert_eq!(events(&mut client), []);
        assert_eq!(joined(&mut client), 0);
    }
}

#[test]
fn a_group_that_was_joined_by_its_number_is_left() {
    let mut client = client(Fake::new(|_, _| {}));
    client.subscribe("99").expect("joined");
    client.unsubscribe("99").expect("left");
    assert_eq!(client.transport().kernel().joined().count(), 0);
    let unknown = client.unsubscribe("none").unwrap_err();
    assert!(unknown.to_string().contains("none"), "{unknown}");
}
