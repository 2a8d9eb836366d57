// SPDX-License-Identifier: MIT OR Apache-2.0

//! Watches: whose they are, who may make them, and what ends them.

use genlkit::generated::taskdiag::{
    Stats, WatchDelRequest, WatchFilterNest, WatchGetDump, WatchMode, WatchNewRequest, WatchOnFlags,
};
use genlkit_tests::{
    child::{Child, isolated},
    module::Module,
    pace::seconds,
    storm,
    watcher::{Held, Told, Watcher},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::{prctl, signal::Signal, wait::WaitStatus},
    unistd::{Gid, Uid, setgroups, setresgid, setresuid},
};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// Runs a test in a network namespace of its own, where there are no watches.
fn in_a_namespace(test: impl FnOnce(Watcher)) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test(Watcher::open());
    });
}

/// The counts, once the namespaces of earlier tests are gone and no watch is left that could fire.
fn settled(watcher: &mut Watcher) -> Stats {
    soon("no watch is left", || watcher.stats().watches == Some(0));
    watcher.stats()
}

/// Becomes a user without any privilege.
fn become_user(id: u32) {
    setgroups(&[]).expect("root may");
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(gid, gid, gid).expect("root may");
    setresuid(uid, uid, uid).expect("root may");
    prctl::set_dumpable(true).expect("anyone may");
}

/// Becomes root of a user namespace of its own, as a user who is nobody elsewhere.
fn become_root_of_ones_own(id: u32, flags: CloneFlags) {
    become_user(id);
    unshare(CloneFlags::CLONE_NEWUSER | flags).expect("anyone may");
    fs::write("/proc/self/setgroups", "deny").expect("one's own");
    fs::write("/proc/self/uid_map", format!("0 {id} 1")).expect("one's own");
    fs::write("/proc/self/gid_map", format!("0 {id} 1")).expect("one's own");
}

fn watch_of<'a>(name: &'a str, pids: &'a [u32]) -> WatchNewRequest<'a> {
    WatchNewRequest::new()
        .name(name)
        .pid(pids)
        .on(WatchOnFlags::EXIT)
}

/// Waits until something is so.
fn soon(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + seconds(10);
    while !is() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn with_its_socket_a_watch_is_gone() {
    in_a_namespace(|mut watcher| {
        let mut listener = Watcher::open().listen();
        let (child, mut owner) = (Child::sleeping(), Watcher::open());
        owner.watch("owners", WatchOnFlags::EXIT, &[child.pid()]);
        watcher.watch("mine", WatchOnFlags::EXIT, &[child.pid()]);
        drop(owner);
        assert_eq!(watcher.names(), ["mine"]);
        let told = [listener.told(), listener.told(), listener.told()];
        let [Told::Made(_), Told::Made(_), Told::Deleted(gone)] = told else {
            panic!("{told:?}");
        };
        assert_eq!(gone.name, "owners");
        drop(child);
        watcher.shot();
        listener.silent();
    });
}

#[test]
fn with_its_process_the_owners_watches_are_gone() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        let owner = Child::spawn(|| {
            let mut owner = Watcher::open();
            owner.make(&watch_of("theirs", &me));
            // The socket goes with the process, not before.
            std::mem::forget(owner);
        });
        assert_eq!(watcher.names(), ["theirs"]);
        owner.signal(Signal::SIGKILL);
        soon("it is gone", || watcher.names().is_empty());
    });
}

#[test]
fn what_persists_outlives_its_socket_and_tells_the_group() {
    in_a_namespace(|mut watcher| {
        let mut listener = Watcher::open().listen();
        let (child, mut owner) = (Child::sleeping(), Watcher::open());
        let pids = [child.pid()];
        owner.make(&watch_of("stays", &pids).persist(true));
        drop(owner);
        let seen = &watcher.dump(&WatchGetDump::new())[0];
        assert_eq!((seen.name.as_str(), seen.owner), ("stays", None));
        let told = [listener.told(), listener.told()];
        let [Told::Made(made), Told::Made(disowned)] = told else {
            panic!("{told:?}");
        };
        assert!(made.owner.is_some());
        assert_eq!(disowned, *seen);
        drop(child);
        let shot = listener.shot();
        assert_ne!(shot.group, 0);
        assert_eq!((shot.name.as_str(), shot.pid), ("stays", pids[0]));
        watcher.silent();
        // Whoever comes next may have it.
        let me = [std::process::id()];
        watcher.make(&watch_of("stays", &me).mode(WatchMode::REPLACE));
        assert_eq!(watcher.names(), ["stays"]);
        watcher.delete("stays");
    });
}

#[test]
fn a_watch_of_a_socket_that_is_open_is_nobody_elses_to_change() {
    in_a_namespace(|mut watcher| {
        let (me, mut other) = ([std::process::id()], Watcher::open());
        watcher.make(&watch_of("mine", &me).persist(true));
        for mode in [WatchMode::REPLACE, WatchMode::APPEND] {
            let refused = other.refused(&watch_of("mine", &me).mode(mode));
            assert_eq!(refused.0, Errno::EBUSY, "{mode:?}");
        }
        let (errno, text) = other.refused(&WatchDelRequest::new().name("mine"));
        assert_eq!(errno, Errno::EBUSY);
        assert!(text.contains("socket that is open"), "{text}");
        drop(watcher);
        other.delete("mine");
    });
}

#[test]
fn a_namespace_has_its_own_watches() {
    in_a_namespace(|mut watcher| {
        let child = Child::sleeping();
        let pids = [child.pid()];
        watcher.make(&watch_of("w", &pids));
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let mut inner = Watcher::open().listen();
        assert_eq!(inner.names(), Vec::<String>::new());
        inner.make(&watch_of("w", &pids));
        assert!(matches!(inner.told(), Told::Made(_)));
        drop(child);
        assert_ne!(watcher.shot().id, inner.shot().id);
        watcher.silent();
        inner.silent();
    });
}

#[test]
fn with_its_namespace_a_watch_is_gone_even_one_that_persists() {
    in_a_namespace(|mut watcher| {
        let before = watcher.stats().watches;
        let child = Child::sleeping();
        let pids = [child.pid()];
        isolated(|| {
            unshare(CloneFlags::CLONE_NEWNET).expect("root may");
            Watcher::open().make(&watch_of("w", &pids).persist(true));
            let kept = watcher.stats().watches;
            assert_eq!(kept, before.map(|watches| watches + 1));
        });
        // A namespace ends some time after its last process.
        soon("it is gone", || watcher.stats().watches == before);
    });
}

#[test]
fn only_who_administers_the_namespace_may_make_a_watch() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        watcher.make(&watch_of("roots", &me));
        isolated(|| {
            become_user(3001);
            let (mut user, own) = (Watcher::open(), [std::process::id()]);
            assert_eq!(user.refused(&watch_of("w", &own)).0, Errno::EPERM);
            let delete = WatchDelRequest::new().name("roots");
            assert_eq!(user.refused(&delete).0, Errno::EPERM);
            let joined = user
                .client
                .subscribe(&genlkit::generated::taskdiag::FAMILY, "watch");
            assert!(joined.is_err());
            assert_eq!(user.names(), ["roots"]);
        });
    });
}

#[test]
fn root_of_a_user_namespace_watches_what_it_may_see() {
    let alices = Child::spawn(|| become_user(3001));
    let bobs = Child::spawn(|| become_user(3002));
    isolated(|| {
        become_root_of_ones_own(3001, CloneFlags::CLONE_NEWNET);
        let mut watcher = Watcher::open().listen();
        let (alice, bob) = ([alices.pid()], [bobs.pid()]);
        watcher.make(&watch_of("alice", &alice));
        assert!(matches!(watcher.told(), Told::Made(_)));
        // /proc shows others, but how they end is not for her.
        watcher.make(&watch_of("bob", &bob));
        assert!(matches!(watcher.told(), Told::Made(_)));
        let failing = WatchOnFlags::NONZERO_EXIT;
        let (errno, text) = watcher.refused(&watch_of("w", &bob).on(failing));
        assert_eq!(errno, Errno::EPERM);
        assert!(text.contains("how one of these processes ends"), "{text}");
    });
}

#[test]
fn how_a_process_of_another_ended_is_not_told() {
    let bobs = Held::new(|| {
        become_user(3002);
        std::process::exit(5);
    });
    let pid = bobs.pid();
    isolated(|| {
        become_root_of_ones_own(3001, CloneFlags::CLONE_NEWNET);
        let mut watcher = Watcher::open();
        watcher.make(&watch_of("bob", &[pid]));
        bobs.release();
        let shot = watcher.shot();
        assert_eq!((shot.pid, shot.exit_code), (pid, None));
    });
}

#[test]
fn a_namespace_of_another_user_namespace_gets_nothing() {
    isolated(|| {
        let me = [std::process::id()];
        // Root of all enters a network namespace that is a user's.
        let theirs = Child::spawn(|| become_root_of_ones_own(3001, CloneFlags::CLONE_NEWNET));
        let net = fs::File::open(format!("/proc/{}/ns/net", theirs.pid())).expect("theirs");
        nix::sched::setns(&net, CloneFlags::CLONE_NEWNET).expect("root may");
        let (errno, text) = Watcher::open().refused(&watch_of("w", &me));
        assert_eq!(errno, Errno::EPERM);
        assert!(text.contains("another user namespace"), "{text}");
    });
}

#[test]
fn a_user_has_one_limit_in_all_its_namespaces() {
    isolated(|| {
        become_root_of_ones_own(3003, CloneFlags::CLONE_NEWNET);
        // Before there is a socket, which they would keep open.
        let children: Vec<_> = (0..17).map(|_| Child::sleeping()).collect();
        let mut watcher = Watcher::open();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        for i in 0..511 {
            watcher.make(&watch_of(&format!("w{i}"), &pids[..16]));
        }
        let (errno, text) = watcher.refused(&watch_of("w", &pids));
        assert_eq!(errno, Errno::ENOSPC);
        assert!(text.contains("8192 processes"), "{text}");
        // Nothing is left of what was refused.
        watcher.make(&watch_of("w", &pids[..16]));
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anyone may");
        let mut inner = Watcher::open();
        let (errno, text) = inner.refused(&watch_of("w", &pids[..1]));
        assert_eq!(errno, Errno::ENOSPC);
        assert!(text.contains("512 watches"), "{text}");
        drop(watcher);
        inner.make(&watch_of("w", &pids));
    });
}

#[test]
fn all_users_have_one_limit_that_leaves_root_alone() {
    in_a_namespace(|mut watcher| {
        let me = [std::process::id()];
        let become_root_of = |id| become_root_of_ones_own(id, CloneFlags::CLONE_NEWNET);
        let users: Vec<_> = (3100..3108)
            .map(|id| {
                Child::spawn(move || {
                    become_root_of(id);
                    let mut owner = Watcher::open();
                    for i in 0..512 {
                        owner.make(&watch_of(&format!("w{i}"), &me));
                    }
                    std::mem::forget(owner);
                })
            })
            .collect();
        isolated(|| {
            become_root_of(3108);
            let (errno, text) = Watcher::open().refused(&watch_of("w", &me));
            assert_eq!(errno, Errno::ENOSPC);
            assert!(text.contains("4096 watches"), "{text}");
        });
        watcher.make(&watch_of("roots", &me));
        drop(users);
        isolated(|| {
            become_root_of(3108);
            Watcher::open().make(&watch_of("w", &me));
        });
    });
}

#[test]
fn one_shot_is_told_once_however_many_end_at_once() {
    in_a_namespace(|mut watcher| {
        let children: Vec<_> = (0..200).map(|_| Child::sleeping()).collect();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        for round in 0..5 {
            let children: Vec<_> = (0..40).map(|_| Child::sleeping()).collect();
            let pids: Vec<_> = children.iter().map(Child::pid).collect();
            watcher.make(&watch_of("once", &pids).oneshot(true));
            for child in &children {
                child.signal(Signal::SIGKILL);
            }
            let shot = watcher.shot();
            assert!(pids.contains(&shot.pid), "round {round}");
            drop(children);
            watcher.silent();
            assert_eq!(watcher.names(), Vec::<String>::new(), "round {round}");
        }
        watcher.make(&watch_of("all", &pids));
        for child in &children {
            child.signal(Signal::SIGKILL);
        }
        let mut ended: Vec<_> = pids.iter().map(|_| watcher.shot().pid).collect();
        ended.sort_unstable();
        let mut pids = pids;
        pids.sort_unstable();
        assert_eq!(ended, pids);
        watcher.silent();
    });
}

#[test]
fn a_process_that_ends_while_a_watch_is_made_is_told_or_refused() {
    in_a_namespace(|mut watcher| {
        let (mut told, mut refused) = (0, 0);
        for round in 0..300 {
            let child = Held::new(|| {});
            let pids = [child.pid()];
            child.release();
            if round % 3 == 0 {
                thread::yield_now();
            }
            match watcher.client.call(&watch_of("race", &pids)) {
                Ok(()) => {
                    assert_eq!(watcher.shot().pid, pids[0], "round {round}");
                    watcher.delete("race");
                    told += 1;
                }
                Err(error) => {
                    assert_eq!(error.errno(), Some(Errno::ESRCH as i32), "{error}");
                    refused += 1;
                }
            }
        }
        watcher.silent();
        println!("{told} told, {refused} refused");
    });
}

#[test]
fn a_thousand_watches_all_tell() {
    in_a_namespace(|mut watcher| {
        let before = settled(&mut watcher);
        let child = Child::sleeping();
        let pids = [child.pid()];
        for i in 0..1000 {
            watcher.make(&watch_of(&format!("w{i}"), &pids));
        }
        let stats = watcher.stats();
        assert_eq!(stats.watches, before.watches.map(|watches| watches + 1000));
        assert_eq!(watcher.names().len(), 1000);
        drop(child);
        let mut ids: Vec<_> = (0..1000).map(|_| watcher.shot().id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1000);
        let stats = watcher.stats();
        assert_eq!(stats.fired, before.fired.map(|fired| fired + 1000));
        assert_eq!(stats.fired_lost, before.fired_lost);
        let mut other = Watcher::open();
        drop(watcher);
        assert_eq!(other.names(), Vec::<String>::new());
        assert_eq!(other.stats().watches, before.watches);
    });
}

#[test]
fn what_a_full_queue_has_no_room_for_is_counted() {
    in_a_namespace(|mut watcher| {
        let before = settled(&mut watcher);
        let [fired_before, lost_before] =
            [before.fired, before.fired_lost].map(|n| n.expect("a count"));
        let mut small = Watcher::with_queue(4096);
        let children: Vec<_> = (0..200).map(|_| Child::sleeping()).collect();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        small.make(&watch_of("small", &pids));
        let last = Child::sleeping();
        small.append("small", &[last.pid()]);
        drop(children);
        soon("all fired", || {
            watcher.stats().fired.expect("a count") == fired_before + 200
        });
        let lost = watcher.stats().fired_lost.expect("a count") - lost_before;
        assert!(lost > 0);
        for _ in 0..200 - lost {
            assert_eq!(small.shot().lost, None);
        }
        small.silent();
        assert_eq!(small.overruns, 0, "it is told instead");
        let seen = &watcher.dump(&WatchGetDump::new())[0];
        assert_eq!(seen.fired, 200);
        drop(last);
        assert_eq!(small.shot().lost, Some(lost));
    });
}

#[test]
fn what_is_dropped_in_a_storm_is_counted_before_the_watch_fires_again() {
    const FORKS: u32 = 5000;
    in_a_namespace(|mut watcher| {
        let before = settled(&mut watcher);
        // Room for all that waits to be told: what is lost, was dropped before.
        let mut owner = Watcher::with_queue(256 << 20);
        let forker = Held::new(|| {
            storm::hog();
            storm::forks(FORKS);
        });
        let children = WatchFilterNest::new().ppid(forker.pid());
        let request = WatchNewRequest::new().name("storm").filter(children);
        owner.make(&request.on(WatchOnFlags::EXIT));
        // Nobody tells of anything until all have ended: there is room for 4096.
        let starved = storm::Starved::begin();
        assert!(matches!(forker.finish(), WaitStatus::Exited(_, 0)));
        drop(starved);
        let (mut shots, mut told) = (0, 0);
        while let Some(heard) = owner.next_within(seconds(1)) {
            let Told::Fired(shot) = heard else {
                panic!("not a firing: {heard:?}");
            };
            shots += 1;
            told += shot.lost.unwrap_or(0);
        }
        assert_eq!(owner.overruns, 0, "the queue has room for all");
        let after = watcher.stats();
        let more = |of: fn(&Stats) -> Option<u64>| {
            of(&after).expect("a count") - of(&before).expect("a count")
        };
        let lost = u64::from(FORKS) - shots;
        assert!(told < lost, "all {lost} that were dropped are told");
        assert_eq!(more(|stats| stats.fired), u64::from(FORKS));
        assert_eq!(more(|stats| stats.fired_lost), lost);
    });
}

#[test]
fn the_module_goes_with_its_watches() {
    let module = Module::named("taskdiag");
    for _ in 0..3 {
        let mut watcher = Watcher::open();
        let children: Vec<_> = (0..20).map(|_| Child::sleeping()).collect();
        let pids: Vec<_> = children.iter().map(Child::pid).collect();
        watcher.make(&watch_of("w", &pids).persist(true));
        for (i, pid) in pids.iter().enumerate() {
            watcher.make(&watch_of(&format!("w{i}"), &[*pid]));
        }
        for child in &children {
            child.signal(Signal::SIGKILL);
        }
        module.unload_soon();
        drop(children);
        module.load();
        assert_eq!(Watcher::open().names(), Vec::<String>::new());
        let stats = Watcher::open().stats();
        assert_eq!((stats.watches, stats.fired), (Some(0), Some(0)));
    }
}
