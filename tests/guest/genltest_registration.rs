// SPDX-License-Identifier: MIT OR Apache-2.0

//! A family serves from when others can find it, which is before its module is loaded.

use genlkit_tests::{
    genltest::{attr, cmd},
    module::Module,
    pace::seconds,
    raw::{Family, RawSocket, Request},
};
use nix::errno::Errno;
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// Slows down every registration, until dropped.
struct Slow;

impl Slow {
    const KNOB: &str = "/sys/module/genltest_c/parameters/slow_ms";

    fn by_ms(ms: u32) -> Self {
        fs::write(Self::KNOB, ms.to_string()).expect("genltest_c is loaded");
        Self
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        let _ = fs::write(Self::KNOB, "0");
    }
}

fn find(socket: &RawSocket) -> Family {
    let deadline = Instant::now() + seconds(10);
    loop {
        match Family::find(socket, "genltest") {
            Some(family) => return family,
            None if Instant::now() < deadline => thread::yield_now(),
            None => panic!("it is not registered"),
        }
    }
}

#[test]
fn an_operation_can_notify_before_the_registration_has_returned() {
    let module = Module::named("genltest");
    module.unload_soon();
    let _slow = Slow::by_ms(1500);
    thread::scope(|scope| {
        let loading = scope.spawn(|| module.load());
        let socket = RawSocket::generic();
        let family = find(&socket);
        let listener = RawSocket::generic();
        listener
            .join(family.group_id("ticks"))
            .expect("anybody may");
        let answers = socket.ask(Request::of(&family, cmd("tick")));
        assert!(!loading.is_finished(), "it was too late to show anything");
        let sent = answers.single().attr(attr("tick", "sent"));
        let sent = sent.expect("a reply").uint().expect("a number");
        assert_eq!(sent, 1);
        let tick = listener.try_receive().expect("no error");
        assert!(tick.is_some());
    });
}

/// Has an operation send ticks while the module is unloaded; says how it ended.
fn interrupted(module: &Module) -> Option<Errno> {
    let outcome = thread::scope(|scope| {
        let ticking = scope.spawn(|| {
            let socket = RawSocket::generic();
            let family = Family::find(&socket, "genltest")?;
            let count = Request::of(&family, cmd("tick")).u32(attr("tick", "count"), 100_000);
            let answers = socket.ask(count);
            let message = answers.single();
            (message.header.kind == 2).then(|| message.error().errno())
        });
        thread::sleep(Duration::from_millis(100));
        module.unload_soon();
        ticking.join().expect("it does not panic")
    });
    module.load();
    outcome
}

#[test]
fn an_operation_that_runs_when_its_family_goes_is_told_that_it_is_gone() {
    let module = Module::named("genltest");
    // A machine that is busy may have come to the operation too late, or to its end.
    let outcome = (0..20).find_map(|_| interrupted(&module));
    assert_eq!(outcome, Some(Errno::ENODEV));
}
