// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every operation with each of its allocations failing in turn: the answer says so, nothing breaks,
//! and nothing leaks (kmemleak looks when the guest ends; docs/debug.md).

use genlkit::{
    generated::taskdiag::{EventType, uapi},
    wire::flags,
};
use genlkit_tests::{
    child::Child,
    failing::{MANY, each, each_of},
    fault::{FailNth, FailSome},
    genltest::{Genltest, attr, cmd},
    listener::Listener,
    module::Module,
    pace::times,
    raw::{Body, NetlinkOption, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};
use std::{cell::Cell, thread};

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
    for op in ["admin", "uns-admin", "gated", "state"] {
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
    {
        let _some = FailSome::start(30).expect("the kernel can make allocations fail");
        for _ in 0..times(50, 500) {
            Child::zombie(0).wait();
        }
    }
    let child = Child::zombie(0);
    let heard = listener.until_exit_of(child.pid());
    // What is missing is told: numbers rise, and by as many more as were lost.
    let mut last = None;
    for event in &heard {
        if let Some(last) = last {
            assert_eq!(event.seq, last + 1 + event.lost.unwrap_or(0), "{event:?}");
        }
        last = Some(event.seq);
    }
    assert!(heard.iter().any(|event| event.kind == EventType::EXIT));
}
