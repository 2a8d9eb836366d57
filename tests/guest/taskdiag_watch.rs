// SPDX-License-Identifier: MIT OR Apache-2.0

//! Watches: what they tell, how they are made and changed, and what is refused.

use genlkit::{
    generated::taskdiag::{
        ConfigSetRequest, WatchDelRequest, WatchGetDump, WatchGetRequest, WatchMode,
        WatchNewRequest, WatchOn, WatchOnFlags, uapi,
    },
    wire::flags,
};
use genlkit_tests::{
    child::{Child, isolated},
    raw::{RawSocket, Request},
    watcher::{Held, Seen, Told, Watcher},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::signal::Signal,
    time::{ClockId, clock_gettime},
};
use std::{
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

/// Runs a test in a network namespace of its own, where there are no watches.
fn in_a_namespace(test: impl FnOnce(Watcher)) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test(Watcher::open());
    });
}

fn since_boot() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_BOOTTIME).expect("a clock");
    u64::try_from(now.tv_sec() * 1_000_000_000 + now.tv_nsec()).expect("after boot")
}

/// Replaces the program of the process that runs this.
fn exec() {
    let mut program = Command::new("/proc/self/exe");
    panic!("{}", program.arg("--list").stdout(Stdio::null()).exec());
}

/// A request for a watch of a process's end.
fn on_exit<'a>(name: &'a str, pids: &'a [u32]) -> WatchNewRequest<'a> {
    WatchNewRequest::new()
        .name(name)
        .pid(pids)
        .on(WatchOnFlags::EXIT)
}

#[test]
fn an_end_is_told_with_how_it_was() {
    in_a_namespace(|mut watcher| {
        let child = Child::sleeping();
        watcher.watch("end", WatchOnFlags::EXIT, &[child.pid()]);
        watcher.silent();
        let before = since_boot();
        child.signal(Signal::SIGTERM);
        let shot = watcher.shot();
        assert_eq!((shot.group, shot.name.as_str()), (0, "end"));
        assert_eq!((shot.pid, shot.ppid), (child.pid(), std::process::id()));
        assert_eq!(shot.on, WatchOn::EXIT);
        assert_eq!(shot.exit_code, Some(Signal::SIGTERM as i32));
        assert_eq!(shot.lost, None);
        assert!((before..since_boot()).contains(&shot.time), "{shot:?}");
        assert!(shot.start_time < before, "{shot:?}");
        watcher.silent();
    });
}

#[test]
fn the_end_of_another_process_is_not_told() {
    in_a_namespace(|mut watcher| {
        let (one, other) = (Child::sleeping(), Child::sleeping());
        watcher.watch("one", WatchOnFlags::EXIT, &[one.pid()]);
        drop(other);
        watcher.silent();
        drop(one);
        watcher.shot();
    });
}

#[test]
fn the_end_of_a_thread_is_not_that_of_its_process() {
    in_a_namespace(|mut watcher| {
        let child = Held::new(|| {
            std::thread::spawn(|| {}).join().expect("it ends");
            std::thread::sleep(std::time::Duration::from_millis(200));
        });
        let all = WatchOnFlags::EXIT | WatchOnFlags::NONZERO_EXIT | WatchOnFlags::EXEC;
        watcher.watch("process", all, &[child.pid()]);
        child.release();
        watcher.silent();
        let shot = watcher.shot();
        assert_eq!((shot.on, shot.exit_code), (WatchOn::EXIT, Some(0)));
        child.finish();
    });
}

#[test]
fn a_failure_is_told_where_failures_are_waited_for() {
    in_a_namespace(|mut watcher| {
        let (well, badly) = (
            Held::new(|| std::process::exit(0)),
            Held::new(|| std::process::exit(3)),
        );
        let (killed, pids) = (Child::sleeping(), [well.pid(), badly.pid()]);
        watcher.watch("failure", WatchOnFlags::NONZERO_EXIT, &pids);
        watcher.append("failure", &[killed.pid()]);
        well.finish();
        watcher.silent();
        badly.finish();
        let shot = watcher.shot();
        assert_eq!(shot.on, WatchOn::NONZERO_EXIT);
        assert_eq!((shot.pid, shot.exit_code), (pids[1], Some(3 << 8)));
        killed.signal(Signal::SIGKILL);
        assert_eq!(watcher.shot().exit_code, Some(Signal::SIGKILL as i32));
        watcher.silent();
    });
}

#[test]
fn with_both_kinds_of_end_a_failure_is_told_once() {
    in_a_namespace(|mut watcher| {
        let child = Child::sleeping();
        let both = WatchOnFlags::EXIT | WatchOnFlags::NONZERO_EXIT;
        watcher.watch("both", both, &[child.pid()]);
        drop(child);
        assert_eq!(watcher.shot().on, WatchOn::NONZERO_EXIT);
        watcher.silent();
    });
}

#[test]
fn an_exec_is_told_each_time_and_the_end_after_it() {
    in_a_namespace(|mut watcher| {
        let child = Held::new(exec);
        let pid = child.pid();
        watcher.watch("all", WatchOnFlags::EXIT | WatchOnFlags::EXEC, &[pid]);
        child.finish();
        let shots = [watcher.shot(), watcher.shot()];
        assert_eq!(
            shots.each_ref().map(|shot| (shot.on, shot.pid)),
            [(WatchOn::EXEC, pid), (WatchOn::EXIT, pid)]
        );
        assert_eq!(shots[0].exit_code, None);
        assert!(shots[0].time < shots[1].time);
        watcher.silent();
    });
}

#[test]
fn one_shot_is_told_and_the_watch_is_gone() {
    in_a_namespace(|mut watcher| {
        let mut listener = Watcher::open().listen();
        let child = Held::new(exec);
        let on = WatchOnFlags::EXIT | WatchOnFlags::EXEC;
        let pids = [child.pid()];
        watcher.make(&on_exit("once", &pids).on(on).oneshot(true));
        child.finish();
        assert_eq!(watcher.shot().on, WatchOn::EXEC);
        watcher.silent();
        assert_eq!(watcher.names(), Vec::<String>::new());
        assert!(matches!(listener.told(), Told::Made(_)));
        let Told::Deleted(seen) = listener.told() else {
            panic!("not deleted");
        };
        assert_eq!((seen.name.as_str(), seen.fired), ("once", 1));
        listener.silent();
    });
}

#[test]
fn a_watch_is_told_of_as_it_was_made() {
    in_a_namespace(|mut watcher| {
        let (one, two) = (Child::sleeping(), Child::sleeping());
        let pids = [one.pid(), two.pid(), one.pid()];
        watcher.make(&on_exit("first", &pids).persist(true));
        watcher.watch("second", WatchOnFlags::EXEC, &[two.pid()]);
        let [first, second] = &watcher.dump(&WatchGetDump::new())[..] else {
            panic!("not two");
        };
        assert_eq!(first.pids, pids[..2]);
        assert_eq!(first.on, WatchOnFlags::EXIT);
        assert_eq!(
            (first.persist, first.oneshot, first.fired),
            (true, false, 0)
        );
        assert_eq!(second.name, "second");
        assert!(second.id > first.id);
        assert!(first.owner.is_some_and(|owner| owner != 0));
        assert_eq!(first.owner, second.owner);
        let by_id = WatchGetRequest::new().id(first.id);
        let told = watcher.client.call(&by_id).expect("it is there");
        assert_eq!(Seen::new(&told), *first);
        let by_name = WatchGetRequest::new().name("first");
        let told = watcher.client.call(&by_name).expect("it is there");
        assert_eq!(Seen::new(&told), *first);
        // Those that have ended are not told of.
        drop(one);
        watcher.shot();
        let told = watcher.client.call(&by_name).expect("it is there");
        let told = Seen::new(&told);
        assert_eq!((&told.pids[..], told.fired), (&[two.pid()][..], 1));
    });
}

#[test]
fn a_dump_tells_of_an_owners_watches_and_of_a_processs() {
    in_a_namespace(|mut watcher| {
        let (one, two, mut other) = (Child::sleeping(), Child::sleeping(), Watcher::open());
        watcher.watch("both", WatchOnFlags::EXIT, &[one.pid(), two.pid()]);
        watcher.watch("one", WatchOnFlags::EXIT, &[one.pid()]);
        other.watch("other", WatchOnFlags::EXIT, &[two.pid()]);
        let names = |seen: Vec<Seen>| seen.into_iter().map(|watch| watch.name).collect::<Vec<_>>();
        let all = watcher.dump(&WatchGetDump::new());
        let owner = all[0].owner.expect("an owner");
        let request = WatchGetDump::new().owner(owner);
        assert_eq!(names(other.dump(&request)), ["both", "one"]);
        let pids = [two.pid()];
        let request = WatchGetDump::new().pid(&pids);
        assert_eq!(names(other.dump(&request)), ["both", "other"]);
        assert_eq!(names(other.dump(&request.owner(owner))), ["both"]);
        let me = [std::process::id()];
        let none = WatchGetDump::new().pid(&me);
        assert_eq!(other.dump(&none), []);
        let many: Vec<u32> = (1..=257).collect();
        let request = WatchGetDump::new().pid(&many);
        let error = other.client.dump(&request).expect_err("too many");
        assert_eq!(error.errno(), Some(Errno::E2BIG as i32), "{error}");
    });
}

#[test]
fn what_is_there_is_kept_replaced_or_added_to_as_mode_says() {
    in_a_namespace(|mut watcher| {
        let (one, two) = (Child::sleeping(), Child::sleeping());
        let (first, second) = ([one.pid()], [two.pid()]);
        let append = on_exit("w", &first).mode(WatchMode::APPEND);
        assert_eq!(watcher.refused(&append).0, Errno::ENOENT);
        watcher.make(&on_exit("w", &first));
        for mode in [WatchMode::CREATE, WatchMode::CREATE | WatchMode::EXCL] {
            let refused = watcher.refused(&on_exit("w", &second).mode(mode));
            assert_eq!(refused.0, Errno::EEXIST, "{mode:?}");
        }
        let before = watcher.dump(&WatchGetDump::new());
        watcher.append("w", &second);
        let after = watcher.dump(&WatchGetDump::new());
        assert_eq!(after[0].pids, [one.pid(), two.pid()]);
        assert_eq!(after[0].id, before[0].id);
        let replace = on_exit("w", &second).mode(WatchMode::CREATE | WatchMode::REPLACE);
        watcher.make(&replace);
        let replaced = watcher.dump(&WatchGetDump::new());
        assert_eq!((replaced.len(), &replaced[0].pids[..]), (1, &second[..]));
        assert!(replaced[0].id > after[0].id);
        drop(one);
        watcher.silent();
        drop(two);
        assert_eq!(watcher.shot().id, replaced[0].id);
    });
}

#[test]
fn an_echo_is_the_watch() {
    in_a_namespace(|mut watcher| {
        let mut listener = Watcher::open().listen();
        let (child, socket) = (Child::sleeping(), RawSocket::generic());
        let family = socket.family("taskdiag");
        let request = Request::of(&family, uapi::TASKDIAG_CMD_WATCH_NEW)
            .str(uapi::TASKDIAG_A_WATCH_NAME, "echoed")
            .u32(uapi::TASKDIAG_A_WATCH_PID, child.pid())
            .u32(uapi::TASKDIAG_A_WATCH_ON, WatchOnFlags::EXIT.bits())
            .flags(flags::ECHO);
        let answers = socket.ask(request.ack());
        let [echo, ack] = answers.messages() else {
            panic!("{answers:?}");
        };
        assert!(ack.is_ack());
        assert_eq!(echo.cmd(), uapi::TASKDIAG_CMD_WATCH_NTF);
        assert_eq!(echo.header.seq, ack.header.seq);
        assert_eq!(echo.u32(uapi::TASKDIAG_A_WATCH_PID), child.pid());
        let Told::Made(heard) = listener.told() else {
            panic!("not made");
        };
        assert_eq!(echo.u32(uapi::TASKDIAG_A_WATCH_ID), heard.id);
        assert_eq!(watcher.dump(&WatchGetDump::new()), [heard]);
    });
}

#[test]
fn who_listens_hears_what_becomes_of_watches() {
    in_a_namespace(|mut watcher| {
        let mut listener = Watcher::open().listen();
        let (one, two) = (Child::sleeping(), Child::sleeping());
        watcher.watch("w", WatchOnFlags::EXIT, &[one.pid()]);
        watcher.append("w", &[two.pid()]);
        watcher.delete("w");
        let told = [listener.told(), listener.told(), listener.told()];
        let [Told::Made(made), Told::Made(changed), Told::Deleted(gone)] = told else {
            panic!("{told:?}");
        };
        assert_eq!(made.pids, [one.pid()]);
        assert_eq!(changed.pids, [one.pid(), two.pid()]);
        assert_eq!(gone, changed);
        // Firings are for the owner alone.
        watcher.watch("w", WatchOnFlags::EXIT, &[one.pid()]);
        assert!(matches!(listener.told(), Told::Made(_)));
        drop(one);
        watcher.shot();
        listener.silent();
    });
}

#[test]
fn a_deleted_watch_tells_nothing_more() {
    in_a_namespace(|mut watcher| {
        let child = Child::sleeping();
        watcher.watch("w", WatchOnFlags::EXIT, &[child.pid()]);
        watcher.delete("w");
        drop(child);
        watcher.silent();
        let missing = watcher.refused(&WatchDelRequest::new().name("w"));
        assert_eq!(missing, (Errno::ENOENT, "there is no such watch".into()));
        let missing = watcher.refused(&WatchGetRequest::new().id(u32::MAX));
        assert_eq!(missing.0, Errno::ENOENT);
        assert_eq!(watcher.refused(&WatchGetRequest::new()).0, Errno::EINVAL);
    });
}

#[test]
fn what_makes_no_watch_is_refused_with_the_reason() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        let zombie = Child::zombie(0);
        let named = || WatchNewRequest::new().name("w").pid(&me);
        for (request, errno, text) in [
            (WatchNewRequest::new(), Errno::EINVAL, ""),
            (on_exit("", &me), Errno::EINVAL, "has a name"),
            (on_exit("w", &[]), Errno::EINVAL, ""),
            (named(), Errno::EINVAL, ""),
            (named().on(WatchOnFlags::empty()), Errno::EINVAL, "waits"),
            (on_exit("w", &[1 << 30]), Errno::ESRCH, "that lives"),
            (on_exit("w", &[zombie.pid()]), Errno::ESRCH, "that lives"),
            (
                on_exit("w", &me).mode(WatchMode::empty()),
                Errno::ENOENT,
                "create",
            ),
            (
                on_exit("w", &me).mode(WatchMode::EXCL | WatchMode::REPLACE),
                Errno::EINVAL,
                "one at most",
            ),
            (
                on_exit("a name that has more than 31 bytes", &me),
                Errno::EINVAL,
                "policy",
            ),
        ] {
            let (refused, why) = watcher.refused(&request);
            assert_eq!(refused, errno, "{request:?}: {why}");
            assert!(why.contains(text), "{request:?}: {why}");
        }
        assert_eq!(watcher.names(), Vec::<String>::new());
        // One that is wrong spoils all.
        let child = Child::sleeping();
        watcher.watch("w", WatchOnFlags::EXIT, &[child.pid()]);
        let both = [me[0], zombie.pid()];
        let append = WatchNewRequest::new().name("w").mode(WatchMode::APPEND);
        assert_eq!(watcher.refused(&append.pid(&both)).0, Errno::ESRCH);
        let more = append.pid(&me).oneshot(true);
        assert_eq!(watcher.refused(&more).0, Errno::EINVAL);
        assert_eq!(watcher.dump(&WatchGetDump::new())[0].pids, [child.pid()]);
    });
}

#[test]
fn the_flags_of_netlink_for_this_are_refused_by_its_core() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        let request = on_exit("w", &me);
        for flag in [flags::CREATE, flags::EXCL, flags::REPLACE, flags::APPEND] {
            let refused = watcher.client.call_with(&request, flag);
            let error = refused.expect_err("an old flag");
            assert!(error.text().contains("nlmsg_flags"), "{flag:#x}: {error}");
        }
    });
}

#[test]
fn there_are_as_many_watches_as_may_be_and_no_more() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        let set = |watcher: &mut Watcher, most| {
            let request = ConfigSetRequest::new().watches_max(most);
            watcher.client.call(&request).expect("root may");
        };
        set(&mut watcher, 3);
        for name in ["a", "b", "c"] {
            watcher.make(&on_exit(name, &me));
        }
        let (errno, text) = watcher.refused(&on_exit("d", &me));
        set(&mut watcher, 1024);
        assert_eq!(errno, Errno::ENOSPC);
        assert!(text.contains("as many watches as it may"), "{text}");
        // One in the place of another is not one more.
        set(&mut watcher, 3);
        watcher.make(&on_exit("a", &me).mode(WatchMode::REPLACE));
        watcher.delete("b");
        watcher.make(&on_exit("d", &me));
        set(&mut watcher, 1024);
        // Another namespace has its own.
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        Watcher::open().make(&on_exit("a", &me));
    });
}

#[test]
fn the_largest_watch_fits_into_the_first_part_of_a_dump() {
    in_a_namespace(|mut watcher| {
        let children: Vec<_> = (0..1024).map(|_| Child::sleeping()).collect();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        watcher.make(&on_exit("a name of as many bytes as fits", &pids));
        let family = RawSocket::generic().family("taskdiag");
        // The kernel does not know yet how much a socket takes that has received nothing.
        let socket = RawSocket::generic();
        let request = Request::of(&family, uapi::TASKDIAG_CMD_WATCH_GET).dump();
        let request = request.seq(socket.next_seq());
        socket.send(&request.bytes()).expect("it is sent");
        let answers = socket.answers_into(16 << 10);
        assert_eq!(answers.done().errno, 0, "{answers:?}");
        let told = answers.data().next().expect("a watch").attrs();
        let number = uapi::TASKDIAG_A_WATCH_PID;
        let told = told.iter().filter(|attr| attr.number() == number);
        assert_eq!(told.count(), pids.len());
    });
}

#[test]
fn a_watch_has_as_many_processes_as_may_be_and_no_more() {
    in_a_namespace(|mut watcher| {
        let children: Vec<_> = (0..1025).map(|_| Child::sleeping()).collect();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        let (errno, text) = watcher.refused(&on_exit("w", &pids));
        assert_eq!(errno, Errno::ENOSPC);
        assert!(text.contains("1024"), "{text}");
        watcher.make(&on_exit("w", &pids[..1024]));
        let more = [pids[1024]];
        let append = WatchNewRequest::new().name("w").mode(WatchMode::APPEND);
        assert_eq!(watcher.refused(&append.pid(&more)).0, Errno::ENOSPC);
        assert_eq!(watcher.dump(&WatchGetDump::new())[0].pids, pids[..1024]);
        // One that has ended makes room.
        let mut children = children.into_iter();
        drop(children.next());
        watcher.shot();
        watcher.make(&append.pid(&more));
        assert_eq!(watcher.dump(&WatchGetDump::new())[0].pids, pids[1..]);
    });
}
