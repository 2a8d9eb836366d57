// SPDX-License-Identifier: MIT OR Apache-2.0

//! Modules and network namespaces that come and go while they are used from many sides.

use genlkit::{
    client::Client,
    generated::taskdiag::{
        EventFollowRequest, FAMILY, Group, PingRequest, WatchNewRequest, WatchOnFlags, uapi,
    },
};
use genlkit_tests::{
    child::Child,
    genltest::{attr, cmd},
    module::Module,
    pace::times,
    raw::{Answers, Family, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};
use rustix::process::nice;
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread::{self, Scope},
    time::Duration,
};

/// Threads that work until they are told to stop.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    /// How often each work was done, all in all.
    rounds: AtomicU64,
}

impl Load {
    /// Has a thread work whenever who loads and unloads waits: else each of its rounds takes as
    /// long as one of everybody's.
    fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        work: impl Fn() + Send + 'scope,
    ) {
        scope.spawn(move || {
            nice(19).expect("anybody may be nice");
            while !self.stop.load(Ordering::Relaxed) {
                work();
                self.rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// Stops the load when `body` is through, or panics.
    fn during(&self, body: impl FnOnce()) {
        struct Stop<'a>(&'a Load);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.stop.store(true, Ordering::Relaxed);
            }
        }
        let _stop = Stop(self);
        body();
    }

    fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }
}

/// The numbers of so many rounds, or of the more of a long run, which says how far it is.
fn rounds(short: usize, long: usize) -> impl Iterator<Item = usize> {
    (0..times(short, long)).inspect(|round| {
        if *round > 0 && round.is_multiple_of(10) {
            eprintln!("stress: round {round}");
        }
    })
}

/// Answers that mean no harm: all is well; the family is not there; the object is; the family is about
/// to go, or not yet quite there (a dump, a notification).
const HARMLESS: [Errno; 5] = [
    Errno::UnknownErrno,
    Errno::ENOENT,
    Errno::EEXIST,
    Errno::EPROTONOSUPPORT,
    Errno::ENODEV,
];

/// Asks a family, if it is there.
fn ask(name: &str, request: impl FnOnce(&Family) -> Request) {
    let socket = RawSocket::generic();
    let Some(family) = Family::find(&socket, name) else {
        return;
    };
    let answers: Answers = socket.ask(request(&family));
    for message in answers.messages().iter().filter(|m| m.header.kind < 16) {
        let errno = match message.header.kind {
            3 => message.done().errno(),
            _ => message.error().errno(),
        };
        assert!(HARMLESS.contains(&errno), "{name}: {errno}");
    }
}

/// A dump of more than a part.
fn dump_of_tasks(family: &Family) -> Request {
    Request::of(family, uapi::TASKDIAG_CMD_TASK_GET)
        .u32(
            uapi::TASKDIAG_A_TASK_GROUPS,
            (Group::MM | Group::CPU | Group::SCHED).bits(),
        )
        .dump()
}

fn entries(family: &Family) -> Request {
    Request::of(family, cmd("entry"))
        .u32(attr("entry", "count"), 3000)
        .dump()
}

/// A watch of a process that outlives its owner, or goes with it.
fn new_watch(family: &Family, name: &str, pid: u32, persist: bool) -> Request {
    let request = Request::of(family, uapi::TASKDIAG_CMD_WATCH_NEW)
        .str(uapi::TASKDIAG_A_WATCH_NAME, name)
        .u32(uapi::TASKDIAG_A_WATCH_PID, pid)
        .u32(uapi::TASKDIAG_A_WATCH_ON, WatchOnFlags::EXIT.bits())
        .ack();
    match persist {
        true => request.attr(uapi::TASKDIAG_A_WATCH_PERSIST, &[]),
        false => request,
    }
}

fn follow(family: &Family) -> Request {
    Request::of(family, uapi::TASKDIAG_CMD_EVENT_FOLLOW).ack()
}

fn new_ring(family: &Family, size: u32) -> Request {
    Request::of(family, uapi::TASKDIAG_CMD_CONFIG_SET)
        .u32(uapi::TASKDIAG_A_CONFIG_RING_SIZE, size)
        .ack()
}

fn new_object(family: &Family, id: u32) -> Request {
    Request::of(family, cmd("obj-new"))
        .u32(attr("obj", "id"), id)
        .ack()
}

/// Opens a dump and closes the socket in its middle.
fn abandon(name: &str, request: impl FnOnce(&Family) -> Request) {
    let socket = RawSocket::generic();
    if let Some(family) = Family::find(&socket, name) {
        let _ = socket.send(&request(&family).bytes());
    }
}

/// Joins every group of a family, listens for a moment, and leaves.
fn subscribe(name: &str) {
    let socket = RawSocket::generic();
    let Some(family) = Family::find(&socket, name) else {
        return;
    };
    for (_, group) in &family.groups {
        // A group's number is gone with the module.
        let _ = socket.join(*group);
    }
    thread::sleep(Duration::from_millis(3));
    while let Ok(Some(_)) | Err(Errno::ENOBUFS) = socket.try_receive() {}
}

/// Follows events and watches a process, which ends; leaves both to the socket's end.
fn watch_an_end() {
    let socket = RawSocket::generic();
    let Some(family) = Family::find(&socket, "taskdiag") else {
        return;
    };
    let child = Child::sleeping();
    let name = format!("end of {}", child.pid());
    for request in [
        follow(&family),
        new_watch(&family, &name, child.pid(), false),
    ] {
        let _ = socket.send(&request.bytes());
    }
    drop(child);
    thread::sleep(Duration::from_millis(3));
    while let Ok(Some(_)) | Err(Errno::ENOBUFS) = socket.try_receive() {}
}

#[test]
fn modules_come_and_go_under_load() {
    let (taskdiag, genltest) = (Module::named("taskdiag"), Module::named("genltest"));
    let load = Load::default();
    thread::scope(|scope| {
        load.start(scope, || ask("taskdiag", dump_of_tasks));
        load.start(scope, || abandon("taskdiag", dump_of_tasks));
        load.start(scope, || {
            drop(Client::open().expect("a socket").call(&PingRequest::new()))
        });
        load.start(scope, || subscribe("taskdiag"));
        load.start(scope, || _ = Child::zombie(0).wait());
        load.start(scope, watch_an_end);
        load.start(scope, || {
            ask("taskdiag", |family| new_watch(family, "init", 1, true));
            for size in [1024, 4096] {
                ask("taskdiag", |family| new_ring(family, size));
            }
        });
        load.start(scope, || ask("genltest", entries));
        load.start(scope, || abandon("genltest", entries));
        load.start(scope, || subscribe("genltest"));
        load.start(scope, || ask("genltest", |family| new_object(family, 1)));
        load.during(|| {
            for round in rounds(6, 200) {
                let module = [&taskdiag, &genltest][round % 2];
                module.unload_soon();
                thread::sleep(Duration::from_millis(2));
                module.load();
                thread::sleep(Duration::from_millis(10));
            }
        });
    });
    eprintln!("stress: {} rounds of load", load.rounds());
    assert!(load.rounds() > 50, "nobody worked: {}", load.rounds());
    let mut client = Client::open().expect("a socket");
    client.call(&PingRequest::new()).expect("an answer");
}

#[test]
fn an_open_dump_holds_its_module_and_who_subscribes_watches_or_follows_does_not() {
    let modules = ["taskdiag", "genltest"];
    for name in modules {
        let module = Module::named(name);
        for _ in rounds(3, 100) {
            let socket = RawSocket::generic();
            let family = socket.family(name);
            for (_, group) in &family.groups {
                socket.join(*group).expect("root may");
            }
            let mut owner = Client::open().expect("a socket");
            if name == "taskdiag" {
                let watch = WatchNewRequest::new().name("init").on(WatchOnFlags::EXIT);
                owner.call(&watch.pid(&[1])).expect("root may");
                owner.call(&EventFollowRequest::new()).expect("root may");
            }
            let other = RawSocket::generic();
            let dump = match name {
                "taskdiag" => other.send(&dump_of_tasks(&family).bytes()),
                _ => other.send(&entries(&family).bytes()),
            };
            dump.expect("it is sent");
            assert_eq!(module.unload(), Err(Errno::EWOULDBLOCK));
            drop(other);
            module.unload_soon();
            module.load();
        }
    }
    let mut client = Client::open().expect("a socket");
    client.subscribe(&FAMILY, "events").expect("root may");
}

/// One life of a network namespace: objects, watches, a dump that is left, ticks that are heard.
fn life(round: u32) {
    unshare(CloneFlags::CLONE_NEWNET).expect("root may");
    subscribe_and_tick();
    for id in 1..=20 {
        ask("genltest", |family| new_object(family, id + round % 7));
    }
    abandon("genltest", |family| {
        Request::of(family, cmd("obj-get"))
            .u32(attr("obj", "per-part"), 1)
            .dump()
    });
    ask("taskdiag", dump_of_tasks);
    let follower = RawSocket::generic();
    if let Some(family) = Family::find(&follower, "taskdiag") {
        let child = Child::sleeping();
        let _ = follower.send(&follow(&family).bytes());
        for (name, pid) in [("init", 1), ("child", child.pid())] {
            ask("taskdiag", |family| new_watch(family, name, pid, true));
        }
    }
    // The thread ends, and the namespace with it, with all that is in it.
}

fn subscribe_and_tick() {
    let listener = RawSocket::generic();
    let Some(family) = Family::find(&listener, "genltest") else {
        return;
    };
    for (_, group) in &family.groups {
        let _ = listener.join(*group);
    }
    ask("genltest", |family| {
        Request::of(family, cmd("tick")).u32(attr("tick", "count"), 5)
    });
    while let Ok(Some(_)) = listener.try_receive() {}
}

#[test]
fn network_namespaces_come_and_go_under_load() {
    let modules = ["genltest", "taskdiag"].map(Module::named);
    let load = Load::default();
    thread::scope(|scope| {
        load.start(scope, || ask("genltest", entries));
        load.start(scope, || {
            ask("genltest", |family| {
                let everywhere = attr("tick", "everywhere");
                Request::of(family, cmd("tick")).attr(everywhere, &[])
            });
        });
        for worker in 0..2 {
            load.start(scope, move || {
                thread::spawn(move || life(worker)).join().expect("a life");
            });
        }
        load.during(|| {
            for round in rounds(4, 60) {
                thread::sleep(Duration::from_millis(300));
                // Namespaces are made while it goes and comes.
                let module = &modules[round % 2];
                module.unload_soon();
                module.load();
            }
        });
    });
    eprintln!("stress: {} rounds of load", load.rounds());
    assert!(load.rounds() > 20, "nobody worked: {}", load.rounds());
    ask("genltest", |family| Request::of(family, cmd("state")));
}
