// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every operation with each of its allocations failing in turn: the answer says so, nothing breaks,
//! and nothing leaks (kmemleak looks when the guest ends; docs/debug.md).

use genlkit::{
    client::Client,
    generated::taskdiag::{EventType, EventTypeFlags, StatsGetRequest, WatchOnFlags, uapi},
    wire::flags,
};
use genlkit_tests::{
    child::Child,
    failing::{Exchange, MANY, each, each_of},
    fault::{FailNth, FailSome},
    genltest::{Genltest, attr, cmd},
    listener::Listener,
    module::Module,
    pace::{seconds, times},
    raw::{Body, NetlinkOption, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};
use std::{
    cell::Cell,
    thread,
    time::{Duration, Instant},
};

fn genltest(op: &str, request: impl Fn(Request) -> Request) {
    each_of("genltest", op, |start| request(start.genl(cmd(op))));
}

fn point(body: Body) -> Body {
    body.u32(attr("point", "x"), 1)
        .str(attr("point", "label"), "p")
}

fn taskdiag(op: &str, request: impl Fn(Request) -> Request) {
    each_of("taskdiag", op, request);
}

#[test]
fn taskdiag_tasks() {
    let _some: Vec<_> = (0..30).map(|_| Child::sleeping()).collect();
    taskdiag("ping", |r| {
        r.genl(uapi::TASKDIAG_CMD_PING)
            .attr(uapi::TASKDIAG_A_PING_PAYLOAD, &[7; 5000])
    });
    taskdiag("task-get", |r| {
        r.genl(uapi::TASKDIAG_CMD_TASK_GET)
            .u32(uapi::TASKDIAG_A_TASK_PID, 1)
    });
    taskdiag("task-get dump", |r| {
        r.genl(uapi::TASKDIAG_CMD_TASK_GET).dump()
    });
}

#[test]
fn taskdiag_settings_and_counts() {
    let _listener = Listener::join();
    let sizes = Cell::new([1024, 2048]);
    taskdiag("config-set", |r| {
        let [size, next] = sizes.get();
        sizes.set([next, size]);
        r.genl(uapi::TASKDIAG_CMD_CONFIG_SET)
            .u32(uapi::TASKDIAG_A_CONFIG_RING_SIZE, size)
            .ack()
    });
    taskdiag("config-get", |r| r.genl(uapi::TASKDIAG_CMD_CONFIG_GET));
    taskdiag("stats-get", |r| r.genl(uapi::TASKDIAG_CMD_STATS_GET));
}

/// Has somebody make a watch that outlives him, and this one.
fn watch(name: &str) {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    let request = watched(Request::of(&family, uapi::TASKDIAG_CMD_WATCH_NEW), name);
    let made = socket.ask(request.attr(uapi::TASKDIAG_A_WATCH_PERSIST, &[]).ack());
    assert_eq!(made.error().errno(), Errno::UnknownErrno);
}

/// What a new watch has: the first process, and that it ends.
fn watched(request: Request, name: &str) -> Request {
    request
        .str(uapi::TASKDIAG_A_WATCH_NAME, name)
        .u32(uapi::TASKDIAG_A_WATCH_PID, 1)
        .u32(uapi::TASKDIAG_A_WATCH_ON, 1)
}

#[test]
fn taskdiag_watches() {
    let name = uapi::TASKDIAG_A_WATCH_NAME;
    taskdiag("watch-new", |r| {
        watched(r.genl(uapi::TASKDIAG_CMD_WATCH_NEW), "new").flags(flags::ECHO | flags::ACK)
    });
    watch("old");
    taskdiag("watch-get", |r| {
        r.genl(uapi::TASKDIAG_CMD_WATCH_GET).str(name, "old")
    });
    taskdiag("watch-get dump", |r| {
        r.genl(uapi::TASKDIAG_CMD_WATCH_GET).dump()
    });
    let number = Cell::new(0);
    taskdiag("watch-del", |r| {
        // One that was deleted without being able to say so is gone.
        number.set(number.get() + 1);
        let each = format!("old {}", number.get());
        watch(&each);
        r.genl(uapi::TASKDIAG_CMD_WATCH_DEL).str(name, &each).ack()
    });
    // The watches that are left go with the module.
    let module = Module::named("taskdiag");
    module.unload_soon();
    module.load();
}

/// Asks to be told of the ends of two processes.
fn followed(request: Request) -> Request {
    let pid = uapi::TASKDIAG_A_FILTER_PID;
    request
        .genl(uapi::TASKDIAG_CMD_EVENT_FOLLOW)
        .u32(uapi::TASKDIAG_A_EVENT_TYPES, EventTypeFlags::EXIT.bits())
        .nest(uapi::TASKDIAG_A_EVENT_FILTER, |filter| {
            filter.u32(pid, 1).u32(pid, 2)
        })
        .ack()
}

/// Waits until nobody follows events any more: a closed socket's word comes a little later.
fn nobody_follows() -> Result<(), String> {
    let deadline = Instant::now() + seconds(5);
    let mut client = Client::open().expect("a socket");
    loop {
        let stats = client.call(&StatsGetRequest::new()).expect("counts");
        match stats.followers {
            Some(0) => return Ok(()),
            left if Instant::now() > deadline => return Err(format!("{left:?} still follow")),
            _ => thread::sleep(Duration::from_millis(1)),
        }
    }
}

#[test]
fn taskdiag_followers() {
    taskdiag("event-follow", followed);
    let faults = FailNth::open().expect("the kernel can make allocations fail");
    let following = || {
        let mut exchange = Exchange::new("taskdiag", followed);
        exchange.run().judge(false).expect("root may");
        exchange
    };
    each(
        "taskdiag event-follow again",
        &faults,
        || following().then(followed),
        Exchange::run,
        |outcome, failed, _| outcome.judge(failed),
    );
    each(
        "taskdiag event-unfollow",
        &faults,
        || following().then(|r| r.genl(uapi::TASKDIAG_CMD_EVENT_UNFOLLOW).ack()),
        Exchange::run,
        |outcome, failed, _| outcome.judge(failed),
    );
    nobody_follows().expect("all were closed");
}

#[test]
fn closing_who_watches_and_follows_needs_no_memory() {
    let faults = FailNth::open().expect("the kernel can make allocations fail");
    let asking = RawSocket::generic();
    let family = asking.family("taskdiag");
    let get = || {
        Request::of(&family, uapi::TASKDIAG_CMD_WATCH_GET).str(uapi::TASKDIAG_A_WATCH_NAME, "mine")
    };
    each(
        "close of who watches and follows",
        &faults,
        || {
            let mut owner = Exchange::new("taskdiag", followed);
            owner.run().judge(false).expect("root may");
            let watch = |r: Request| watched(r.genl(uapi::TASKDIAG_CMD_WATCH_NEW), "mine").ack();
            let mut owner = owner.then(watch);
            owner.run().judge(false).expect("root may");
            Some(owner)
        },
        |owner| drop(owner.take()),
        |(), _, _| {
            nobody_follows()?;
            match asking.ask(get()).error().errno() {
                Errno::ENOENT => Ok(()),
                other => Err(format!("the watch is still there: {other}")),
            }
        },
    );
}

#[test]
fn genltest_values() {
    genltest("echo", |r| r.attr(attr("echo", "payload"), &[1; 3000]));
    genltest("scalar", |r| {
        r.u32(attr("scalar", "u32"), 1)
            .attr(attr("scalar", "u64"), &[1; 8])
            .attr(attr("scalar", "flag"), &[])
    });
    genltest("check", |r| r.u32(attr("check", "level"), 5).ack());
    genltest("shape", |r| {
        r.nest(attr("shape", "point"), point)
            .nest(attr("shape", "points"), point)
            .nest(attr("shape", "points"), point)
            .nest(attr("shape", "tree"), |tree| {
                tree.nest(attr("node", "child"), |child| {
                    child.u32(attr("node", "value"), 1)
                })
            })
            .attr(attr("shape", "words"), &[3; 400])
    });
    genltest("bulk", |r| r.u32(attr("bulk", "size"), 70_000));
    genltest("fault", |r| {
        r.u32(attr("fault", "text"), 2)
            .attr(attr("fault", "cookie"), &[1; 8])
            .ack()
    });
    genltest("array", |r| {
        r.nest(attr("array", "numbers"), |numbers| numbers.u32(1, 5))
            .nest(attr("array", "blobs"), |blobs| blobs.attr(1, &[7; 40]))
    });
    genltest("note", |r| r.str(attr("note", "text"), "to the caller"));
    for op in ["admin", "uns-admin", "gated", "state", "mine", "guard"] {
        genltest(op, |r| r);
    }
}

#[test]
fn genltest_dumps() {
    genltest("entry", |r| {
        r.u32(attr("entry", "count"), 60)
            .u32(attr("entry", "size"), 700)
            .dump()
    });
    genltest("fault", |r| r.u32(attr("fault", "at"), 3).dump());
    for op in ["state", "uns-admin", "obj-get"] {
        genltest(op, Request::dump);
    }
    assert_eq!(Genltest::open().state("open-dumps"), 0);
}

#[test]
fn genltest_objects_and_ticks() {
    let family = Genltest::open();
    let listener = Genltest::open();
    for group in ["objects", "ticks"] {
        listener.join(group).expect("anybody may");
    }
    listener.socket.option(NetlinkOption::NO_ENOBUFS, 1);
    let id = attr("obj", "id");
    let forget = || {
        let _ = family.outcome(family.request("obj-del").u32(id, 9));
        while let Ok(Some(_)) = listener.socket.try_receive() {}
    };
    genltest("obj-new", |r| {
        forget();
        r.u32(id, 9)
            .str(attr("obj", "name"), "nine")
            .u32(attr("obj", "values"), 1)
            .flags(flags::ECHO)
            .ack()
    });
    genltest("obj-get", |r| r.u32(id, 9));
    genltest("obj-del", |r| {
        forget();
        let made = family.errno(family.request("obj-new").u32(id, 9));
        made.expect("an object");
        r.u32(id, 9).ack()
    });
    genltest("tick", |r| {
        forget();
        r.u32(attr("tick", "count"), 3)
    });
    genltest("tick", |r| {
        forget();
        r.u32(attr("tick", "port"), listener.socket.portid())
    });
    forget();
}

#[test]
fn closing_a_socket_needs_no_memory() {
    let faults = FailNth::open().expect("the kernel can make allocations fail");
    let family = Genltest::open();
    let (id, bound) = (attr("obj", "id"), attr("obj", "bound"));
    let listener = Genltest::open();
    listener.join("objects").expect("anybody may");
    listener.socket.option(NetlinkOption::NO_ENOBUFS, 1);
    each(
        "close",
        &faults,
        || {
            let owner = Genltest::open();
            let object = owner.request("obj-new").u32(id, 5).attr(bound, &[]);
            owner.errno(object).expect("an object");
            Some(owner)
        },
        |owner| drop(owner.take()),
        |(), _, _| match family.outcome(family.request("obj-get").u32(id, 5)).errno() {
            Errno::ENOENT => Ok(()),
            other => Err(format!("the object is still there: {other}")),
        },
    );
}

#[test]
fn joining_without_memory_leaves_the_group_silent_or_works() {
    let faults = FailNth::open().expect("the kernel can make allocations fail");
    for (family, group) in [("taskdiag", "events"), ("genltest", "ticks")] {
        each(
            &format!("{family}: joining {group}"),
            &faults,
            || {
                let socket = RawSocket::generic();
                let group = socket.family(family).group_id(group);
                (socket, group)
            },
            |(socket, group)| socket.join(*group),
            |joined, failed, _| match joined {
                Err(Errno::ENOMEM | Errno::EFAULT) if failed => Ok(()),
                Err(errno) => Err(errno.to_string()),
                Ok(()) => Ok(()),
            },
        );
    }
    // Whatever failed before: who joins now hears.
    let mut listener = Listener::join();
    let child = Child::zombie(0);
    listener.until_exit_of(child.pid());
}

#[test]
fn a_network_namespace_is_made_whole_or_not_at_all() {
    let outcome = |nth| {
        let made = thread::spawn(move || {
            let faults = FailNth::of_modules().expect("the kernel can make allocations fail");
            let (made, failed) = faults.during(nth, || unshare(CloneFlags::CLONE_NEWNET));
            if made.is_ok() {
                assert_eq!(Genltest::open().state("objects"), 0);
            }
            (made, failed)
        });
        made.join().expect("it returns")
    };
    for nth in 1..MANY {
        match outcome(nth) {
            (Err(Errno::ENOMEM), true) => {}
            (Ok(()), true) => {}
            (Ok(()), false) => {
                eprintln!("failslab: a network namespace: {} failures", nth - 1);
                return;
            }
            other => panic!("failure {nth}: {other:?}"),
        }
    }
}

#[test]
fn a_module_is_loaded_whole_or_not_at_all() {
    for name in ["taskdiag", "genltest"] {
        let module = Module::named(name);
        module.unload_soon();
        for nth in 1..MANY {
            // Only what the module itself asks for: the loader has hundreds of allocations.
            let faults = FailNth::of_modules().expect("the kernel can make allocations fail");
            let file = module.file();
            let (loaded, failed) = faults.during(nth, || Module::insert(&file));
            match (loaded, failed) {
                (Err(Errno::ENOMEM), true) => {}
                (Ok(()), true) => module.unload_soon(),
                (Ok(()), false) => {
                    eprintln!("failslab: loading {name}: {} failures", nth - 1);
                    break;
                }
                other => panic!("{name}: failure {nth}: {other:?}"),
            }
        }
    }
}

#[test]
fn events_survive_that_their_delivery_lacks_memory() {
    let mut listener = Listener::join();
    let (follower, watcher) = (RawSocket::generic(), RawSocket::generic());
    let family = follower.family("taskdiag");
    let follow = followed(Request::new(family.id));
    assert_eq!(follower.ask(follow).error().errno(), Errno::UnknownErrno);
    {
        let _some = FailSome::start(30).expect("the kernel can make allocations fail");
        for _ in 0..times(50, 500) {
            let child = Child::sleeping();
            // It may be refused; where it is not, it fires.
            let watch = Request::of(&family, uapi::TASKDIAG_CMD_WATCH_NEW)
                .str(uapi::TASKDIAG_A_WATCH_NAME, &child.pid().to_string())
                .u32(uapi::TASKDIAG_A_WATCH_PID, child.pid())
                .u32(uapi::TASKDIAG_A_WATCH_ON, WatchOnFlags::EXIT.bits());
            let _ = watcher.send(&watch.bytes());
            drop(child);
        }
    }
    let child = Child::zombie(0);
    let heard = listener.until_exit_of(child.pid());
    // What is missing is told: numbers rise, and by as many more as were lost; or the socket tells it,
    // where what failed was the copy for one of several network namespaces.
    let mut last = None;
    for event in &heard {
        if let Some(last) = last {
            let next = last + 1 + event.lost.unwrap_or(0);
            let well = event.seq == next || event.seq > next && listener.overruns > 0;
            assert!(well, "{next} or {} overruns: {event:?}", listener.overruns);
        }
        last = Some(event.seq);
    }
    assert!(heard.iter().any(|event| event.kind == EventType::EXIT));
}
