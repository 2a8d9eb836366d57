// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked, told by a spec.

use super::client::{client, map};
use genlkit::transport::Fake;
use genlkit::wire::Header;
use genlkit::ynl::client::{Client, Event};
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
