// SPDX-License-Identifier: MIT OR Apache-2.0

//! Watches of memory and processor time.

use genlkit::generated::taskdiag::{
    WatchGetRequest, WatchMode, WatchNewRequest, WatchOn, WatchOnFlags,
};
use genlkit_tests::{
    child::{Child, isolated},
    module::Module,
    pace,
    watcher::{Held, Told, Watcher},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::signal::Signal,
    unistd::{pipe, read, write},
};
use std::{hint, os::fd::OwnedFd};

const MIB: u64 = 1 << 20;

/// Runs a test in a network namespace of its own, where there are no watches.
fn in_a_namespace(test: impl FnOnce(Watcher)) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test(Watcher::open());
    });
}

fn rss_over<'a>(pids: &'a [u32], bytes: u64) -> WatchNewRequest<'a> {
    WatchNewRequest::new()
        .name("rss")
        .pid(pids)
        .on(WatchOnFlags::RSS_OVER)
        .rss_threshold(bytes)
        .interval_ms(10)
}

fn cpu_over<'a>(pids: &'a [u32], thousandths: u32) -> WatchNewRequest<'a> {
    WatchNewRequest::new()
        .name("cpu")
        .pid(pids)
        .on(WatchOnFlags::CPU_OVER)
        .cpu_threshold(thousandths)
        .interval_ms(200)
}

/// Keeps a processor busy for ever.
fn spin() {
    loop {
        hint::spin_loop();
    }
}

/// A child that takes 64 MiB, and gives them back, at each step.
struct Breathing {
    child: Child,
    go: OwnedFd,
}

impl Breathing {
    fn new() -> Self {
        let (wait, go) = pipe().expect("a pipe");
        let child = Child::run(|| {
            loop {
                let _ = read(&wait, &mut [0]);
                let taken = vec![1_u8; 64 << 20];
                let _ = read(&wait, &mut [0]);
                drop(hint::black_box(taken));
            }
        });
        Self { child, go }
    }

    fn step(&self) {
        write(&self.go, b"!").expect("it waits");
    }
}

#[test]
fn memory_over_a_threshold_is_told_each_time_it_gets_there() {
    in_a_namespace(|mut watcher| {
        let breathing = Breathing::new();
        let pids = [breathing.child.pid()];
        watcher.make(&rss_over(&pids, 40 * MIB));
        watcher.silent();
        for _ in 0..3 {
            breathing.step();
            let shot = watcher.shot();
            assert_eq!((shot.on, shot.pid), (WatchOn::RSS_OVER, pids[0]));
            let rss = shot.value.expect("a value");
            assert!((40 * MIB..90 * MIB).contains(&rss), "{rss}");
            assert_eq!(shot.exit_code, None);
            // It stays over, which is not told again.
            watcher.silent();
            breathing.step();
            watcher.silent();
        }
    });
}

#[test]
fn memory_that_is_over_from_the_start_is_told() {
    in_a_namespace(|mut watcher| {
        let child = Child::sleeping();
        let pids = [child.pid()];
        watcher.make(&rss_over(&pids, 1).oneshot(true));
        assert_eq!(watcher.shot().on, WatchOn::RSS_OVER);
        watcher.silent();
        assert_eq!(watcher.names(), Vec::<String>::new());
    });
}

/// The most that threads on so many processors use of an interval: a tick's work may be counted in
/// the interval after its own, and on a slow machine, whose processors stand still meanwhile, that
/// of several.
fn at_most(processors: u64) -> u64 {
    processors * 1100 * u64::from(pace::patience())
}

#[test]
fn a_processor_in_use_is_told_and_rest_is_not() {
    in_a_namespace(|mut watcher| {
        let (busy, idle) = (Held::new(spin), Child::sleeping());
        let pids = [busy.pid(), idle.pid()];
        watcher.make(&cpu_over(&pids, 300));
        watcher.silent();
        busy.release();
        let shot = watcher.shot();
        assert_eq!((shot.on, shot.pid), (WatchOn::CPU_OVER, busy.pid()));
        let used = shot.value.expect("a value");
        assert!((301..=at_most(1)).contains(&used), "{used}");
    });
}

#[test]
fn processors_in_use_by_threads_are_added_up() {
    in_a_namespace(|mut watcher| {
        let busy = Held::new(|| {
            std::thread::spawn(spin);
            spin();
        });
        let pids = [busy.pid()];
        watcher.make(&cpu_over(&pids, 1200));
        busy.release();
        let used = watcher.shot().value.expect("a value");
        assert!((1201..=at_most(2)).contains(&used), "{used}");
    });
}

#[test]
fn all_that_a_watch_waits_for_is_told() {
    in_a_namespace(|mut watcher| {
        let busy = Held::new(spin);
        let pids = [busy.pid()];
        let on = WatchOnFlags::RSS_OVER | WatchOnFlags::CPU_OVER | WatchOnFlags::EXIT;
        watcher.make(&cpu_over(&pids, 300).on(on).rss_threshold(1));
        assert_eq!(watcher.shot().on, WatchOn::RSS_OVER);
        busy.release();
        assert_eq!(watcher.shot().on, WatchOn::CPU_OVER);
        drop(busy);
        // Between two looks it may have rested and been busy again.
        let end = std::iter::repeat_with(|| watcher.shot()).find(|shot| shot.on == WatchOn::EXIT);
        assert_eq!(
            end.expect("its end").exit_code,
            Some(Signal::SIGKILL as i32)
        );
        watcher.silent();
    });
}

#[test]
fn thresholds_and_interval_are_told_as_they_were_made() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        watcher.make(&rss_over(&me, 1 << 40));
        watcher.make(&cpu_over(&me, 5000).interval_ms(3_600_000));
        let rss = watcher.client.call(&WatchGetRequest::new().name("rss"));
        let rss = rss.expect("it is there");
        assert_eq!(
            (rss.rss_threshold, rss.cpu_threshold, rss.interval_ms),
            (Some(1 << 40), None, Some(10))
        );
        let cpu = watcher.client.call(&WatchGetRequest::new().name("cpu"));
        let cpu = cpu.expect("it is there");
        assert_eq!(
            (cpu.rss_threshold, cpu.cpu_threshold, cpu.interval_ms),
            (None, Some(5000), Some(3_600_000))
        );
        let plain = WatchNewRequest::new().name("exit").pid(&me);
        watcher.make(&plain.on(WatchOnFlags::EXIT));
        let plain = watcher.client.call(&WatchGetRequest::new().name("exit"));
        assert_eq!(plain.expect("it is there").interval_ms, None);
    });
}

#[test]
fn a_threshold_and_what_it_is_for_go_together() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        let plain = || WatchNewRequest::new().name("w").pid(&me);
        for request in [
            plain().on(WatchOnFlags::RSS_OVER),
            plain().on(WatchOnFlags::CPU_OVER),
            plain().on(WatchOnFlags::EXIT).rss_threshold(1),
            plain().on(WatchOnFlags::EXIT).cpu_threshold(1),
            plain().on(WatchOnFlags::EXIT).interval_ms(100),
            rss_over(&me, 1).cpu_threshold(1),
            rss_over(&me, 1)
                .mode(WatchMode::CREATE)
                .interval_ms(1_000_000_000),
            rss_over(&me, 1).interval_ms(9),
            cpu_over(&me, 0),
        ] {
            let (errno, text) = watcher.refused(&request);
            assert!(
                [Errno::EINVAL, Errno::ERANGE].contains(&errno),
                "{request:?}: {errno} {text}"
            );
        }
        assert_eq!(watcher.names(), Vec::<String>::new());
    });
}

#[test]
fn with_its_owner_the_looking_ends_and_others_go_on() {
    in_a_namespace(|mut watcher| {
        let breathing = Breathing::new();
        let pids = [breathing.child.pid()];
        let mut listener = Watcher::open().listen();
        let mut owner = Watcher::open();
        owner.make(&rss_over(&pids, 40 * MIB).name("gone"));
        watcher.make(&rss_over(&pids, 40 * MIB));
        drop(owner);
        breathing.step();
        assert_eq!(watcher.shot().name, "rss");
        let told: Vec<_> = (0..3).map(|_| listener.told()).collect();
        assert!(matches!(told[2], Told::Deleted(_)), "{told:?}");
        listener.silent();
    });
}

#[test]
fn the_module_goes_while_it_looks() {
    let module = Module::named("taskdiag");
    for _ in 0..3 {
        let mut watcher = Watcher::open();
        let children: Vec<_> = (0..50).map(|_| Child::sleeping()).collect();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        for i in 0..20 {
            watcher.make(&rss_over(&pids, 1 << 40).name(&format!("w{i}")));
        }
        watcher.silent();
        module.unload_soon();
        module.load();
        assert_eq!(Watcher::open().names(), Vec::<String>::new());
    }
}
