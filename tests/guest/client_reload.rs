// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is left of memberships when a family's module is loaded anew: all, for the typed client and for
//! the tool, which has its family from a spec.

use genlkit::client::{Client, Event};
use genlkit_tests::{
    generated::genltest::{FAMILY, Notification, TickRequest},
    genlkit::Watch,
    module::Module,
    pace::seconds,
    soon,
};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

fn reload(module: &Module) {
    module.unload_soon();
    module.load();
}

#[test]
fn memberships_outlive_the_familys_module() {
    let module = Module::named("genltest");
    module.load();
    let mut client = Client::open().expect("a socket");
    client.subscribe(&FAMILY, "ticks").expect("a member");
    reload(&module);
    let mut events = client.events::<Notification<'_>>();
    assert!(matches!(soon::next(&mut events), Event::Unregistered));
    assert!(matches!(soon::next(&mut events), Event::Registered));
    assert!(matches!(soon::next(&mut events), Event::Resync));
    let mut other = Client::open().expect("a socket");
    other.call(&TickRequest::new()).expect("it ticks");
    let tick = soon::next(&mut events);
    assert!(
        matches!(
            tick,
            Event::Notification {
                notification: Notification::TickNtf(_),
                group: 1..
            }
        ),
        "{tick:?}"
    );

    let spec = std::env::temp_dir().join("genltest.yaml");
    fs::write(&spec, include_str!("../../spec/genltest.yaml")).expect("the spec");
    let watch = Watch::start(&[spec.to_str().expect("UTF-8"), "ticks"]);
    other.call(&TickRequest::new()).expect("it ticks");
    watch.named("tick-ntf");
    reload(&module);
    let heard = AtomicBool::new(false);
    thread::scope(|scope| {
        // When the tool has heard of the new module nobody can see.
        scope.spawn(|| {
            let end = Instant::now() + seconds(20);
            while !heard.load(Ordering::Relaxed) && Instant::now() < end {
                other.call(&TickRequest::new()).expect("it ticks");
                thread::sleep(Duration::from_millis(50));
            }
        });
        watch.named("tick-ntf");
        heard.store(true, Ordering::Relaxed);
    });
}
