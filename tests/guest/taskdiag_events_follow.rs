// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events that a socket follows: those that it asks for, and of those that it may know of.

use genlkit::{
    Error,
    client::Client,
    generated::taskdiag::{
        EventFilterNest, EventFollowRequest, EventType, EventTypeFlags, EventUnfollowRequest,
        Stats, StatsGetRequest,
    },
};
use genlkit_tests::{
    child::{Child, isolated},
    listener::{Heard, Listener},
    storm,
};
use nix::{
    libc,
    sched::{CloneFlags, unshare},
    sys::{
        prctl,
        resource::{Resource, setrlimit},
    },
    unistd::{Gid, Uid, setresgid, setresuid},
};
use std::{
    ffi::CString,
    thread,
    time::{Duration, Instant},
};

const NOBODY: u32 = 65534;

/// All that this module knows; `all()` has room for what it will.
const ALL: EventTypeFlags = EventTypeFlags::FORK
    .union(EventTypeFlags::EXEC)
    .union(EventTypeFlags::EXIT)
    .union(EventTypeFlags::COMM)
    .union(EventTypeFlags::IDS)
    .union(EventTypeFlags::SESSION);

/// A socket that follows what it asks for.
fn follower(request: &EventFollowRequest<'_>) -> Listener {
    let mut listener = Listener::idle(32 << 20);
    listener.client().call(request).expect("root may");
    listener
}

/// What the kernel says to who may not.
fn refusal(listener: &mut Listener, request: &EventFollowRequest<'_>) -> Error {
    listener.client().call(request).expect_err("it may not")
}

/// What the module has counted.
fn stats() -> Stats {
    let mut client = Client::open().expect("a socket");
    client.call(&StatsGetRequest::new()).expect("anyone may")
}

/// The kinds of event that a probe is on for, and how many follow.
fn armed() -> (EventTypeFlags, u32) {
    let stats = stats();
    (
        stats.armed.expect("the kinds"),
        stats.followers.expect("a count"),
    )
}

fn assert_soon_armed(kinds: EventTypeFlags, followers: u32) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while armed() != (kinds, followers) {
        assert!(Instant::now() < deadline, "{:?}", armed());
        thread::sleep(Duration::from_millis(10));
    }
}

fn become_nobody() {
    let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    setresgid(gid, gid, gid).expect("root may");
    setresuid(uid, uid, uid).expect("root may");
    // Who has changed its ids is not dumpable, and so nobody's.
    prctl::set_dumpable(true).expect("anyone may");
}

fn pids(heard: &[Heard]) -> Vec<u32> {
    heard.iter().map(|event| event.task.pid).collect()
}

#[test]
fn who_follows_is_told_without_joining() {
    let mut listener = follower(&EventFollowRequest::new());
    let child = Child::zombie(3);
    let heard = listener.until_exit_of(child.pid());
    let kinds: Vec<_> = heard
        .iter()
        .filter(|event| event.task.pid == child.pid())
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, [EventType::FORK, EventType::EXIT]);
}

#[test]
fn only_the_types_that_are_asked_for_are_told_and_have_probes() {
    assert_soon_armed(EventTypeFlags::empty(), 0);
    let exits = EventTypeFlags::EXIT | EventTypeFlags::EXEC;
    let mut listener = follower(&EventFollowRequest::new().types(exits));
    assert_eq!(armed(), (exits, 1));
    for _ in 0..5 {
        Child::zombie(0).wait();
    }
    let last = Child::zombie(0);
    let heard = listener.until_exit_of(last.pid());
    assert!(heard.len() >= 6);
    assert!(heard.iter().all(|event| event.kind == EventType::EXIT));
}

#[test]
fn a_filter_lets_through_what_matches_all_of_it() {
    let child = Child::spawn(|| {
        prctl::set_name(&CString::new("wanted").expect("no NUL")).expect("anyone may");
        let nobody = Uid::from_raw(NOBODY);
        setresuid(nobody, nobody, nobody).expect("root may");
    });
    let (pid, us) = (child.pid(), std::process::id());
    let (with, without) = ([1, pid], [1, us]);
    let all = EventFilterNest::new()
        .pid(&with)
        .ppid(us)
        .uid(NOBODY)
        .comm("wanted")
        .pid_min(pid)
        .pid_max(pid);
    let matching = [
        EventFilterNest::new().pid(&with),
        EventFilterNest::new().uid(NOBODY),
        EventFilterNest::new().comm("wanted"),
        EventFilterNest::new().pid_min(pid).pid_max(pid),
        all,
    ];
    let others = [
        all.pid(&without),
        all.ppid(1),
        all.uid(0),
        all.comm("wante"),
        all.comm("wanted2"),
        all.pid_min(pid + 1),
        all.pid_max(pid - 1),
        all.cgroup_id(u64::MAX),
    ];
    let listen = |filter: &EventFilterNest<'_>| {
        let types = EventTypeFlags::EXIT;
        follower(&EventFollowRequest::new().types(types).filter(*filter))
    };
    let mut hear = matching.each_ref().map(listen);
    let mut deaf = others.each_ref().map(listen);
    // Another that dies before must not be told, and what comes after shows that no more comes.
    Child::zombie(0).wait();
    drop(child);
    for (filter, listener) in matching.iter().zip(&mut hear) {
        let heard = listener.until_exit_of(pid);
        assert_eq!(pids(&heard), [pid], "{filter:?}");
    }
    for (filter, listener) in others.iter().zip(&mut deaf) {
        let heard = listener.next_within(Duration::from_millis(50));
        assert!(heard.is_none(), "{filter:?}: {heard:?}");
    }
}

#[test]
fn the_children_of_a_process_are_followed_by_its_id() {
    let us = std::process::id();
    let filter = EventFilterNest::new().ppid(us);
    let mut listener = follower(&EventFollowRequest::new().filter(filter));
    isolated(|| {
        Child::zombie(0).wait();
    });
    let child = Child::zombie(0);
    let heard = listener.until_exit_of(child.pid());
    assert!(heard.iter().all(|event| event.task.ppid == us), "{heard:?}");
}

#[test]
fn asking_again_replaces_and_unfollowing_ends() {
    assert_soon_armed(EventTypeFlags::empty(), 0);
    let mut listener = follower(&EventFollowRequest::new());
    let forks = EventFollowRequest::new().types(EventTypeFlags::FORK);
    listener.client().call(&forks).expect("root may");
    assert_eq!(armed(), (EventTypeFlags::FORK, 1));
    let unfollow = EventUnfollowRequest::new();
    listener.client().call(&unfollow).expect("it follows");
    assert_eq!(armed(), (EventTypeFlags::empty(), 0));
    Child::zombie(0).wait();
    assert!(listener.next_within(Duration::from_millis(100)).is_none());
    let error = listener.client().call(&unfollow).expect_err("not twice");
    assert_eq!(error.errno(), Some(libc::ENOENT), "{error}");
}

#[test]
fn without_listener_or_follower_there_is_no_probe() {
    assert_soon_armed(EventTypeFlags::empty(), 0);
    let before = Client::open()
        .and_then(|mut client| client.call(&StatsGetRequest::new()))
        .expect("anyone may");
    for _ in 0..20 {
        Child::zombie(0).wait();
    }
    let after = Client::open()
        .and_then(|mut client| client.call(&StatsGetRequest::new()))
        .expect("anyone may");
    assert_eq!(before.events, after.events);

    let group = Listener::join();
    assert_soon_armed(ALL, 0);
    let one = follower(&EventFollowRequest::new().types(EventTypeFlags::EXIT));
    assert_soon_armed(ALL, 1);
    drop(group);
    assert_soon_armed(EventTypeFlags::EXIT, 1);
    drop(one);
    assert_soon_armed(EventTypeFlags::empty(), 0);
}

#[test]
fn a_follower_that_is_killed_takes_its_probes_along() {
    let child = Child::spawn(|| {
        std::mem::forget(follower(&EventFollowRequest::new()));
    });
    assert_soon_armed(ALL, 1);
    drop(child);
    assert_soon_armed(EventTypeFlags::empty(), 0);
}

#[test]
fn what_a_follower_has_no_room_for_is_counted_exactly() {
    assert_soon_armed(EventTypeFlags::empty(), 0);
    let before = stats();
    let mut listener = Listener::idle(1 << 16);
    listener
        .client()
        .call(&EventFollowRequest::new())
        .expect("root may");
    let begin = Child::zombie(0);
    let start = listener.until_exit_of(begin.pid());
    let storm = Child::run(|| storm::forks(3000));
    storm.wait();
    // It wakes up and reads what there was room for; what comes then tells what there was not.
    let mut heard = vec![start[start.len() - 1].clone()];
    while let Some(event) = listener.next_within(Duration::from_millis(500)) {
        heard.push(event);
    }
    let end = Child::zombie(0);
    heard.extend(listener.until_exit_of(end.pid()));
    while let Some(event) = listener.next_within(Duration::from_millis(100)) {
        heard.push(event);
    }
    let after = stats();
    let more = |count: fn(&Stats) -> Option<u64>| {
        count(&after).expect("a count") - count(&before).expect("a count")
    };
    // Nobody else listens: what it did not get was not sent.
    let (sent, lost) = (
        more(|stats| stats.events_sent),
        more(|stats| stats.events_lost),
    );
    assert_eq!(sent, (start.len() + heard.len() - 1) as u64);
    assert_eq!(sent + lost, more(|stats| stats.events));
    for pair in heard.windows(2) {
        let gap = pair[1].lost.unwrap_or(0) + 1;
        assert_eq!(pair[1].seq, pair[0].seq + gap, "{pair:?}");
    }
    assert!(heard.iter().any(|event| event.lost > Some(100)), "no loss");
    let span = heard[heard.len() - 1].seq - heard[0].seq;
    assert!(span >= 6000, "{span}");
    assert_eq!(listener.overruns, 0, "it is told instead");
}

#[test]
fn a_user_is_told_of_its_own_tasks_only() {
    fn keep_forking(prepare: fn()) -> Child {
        Child::spawn(move || {
            prepare();
            thread::spawn(|| {
                loop {
                    Child::zombie(0).wait();
                    thread::sleep(Duration::from_millis(1));
                }
            });
        })
    }
    // Root's; those of a user that can be root again, or is only in part who follows; and one
    // that does not let itself be looked at.
    let _strangers = [
        keep_forking(|| {}),
        keep_forking(|| {
            let gid = Gid::from_raw(NOBODY);
            setresgid(gid, gid, gid).expect("root may");
            let (uid, root) = (Uid::from_raw(NOBODY), Uid::from_raw(0));
            setresuid(uid, uid, root).expect("root may");
            prctl::set_dumpable(true).expect("anyone may");
        }),
        keep_forking(|| {
            let uid = Uid::from_raw(NOBODY);
            setresuid(uid, uid, uid).expect("root may");
            prctl::set_dumpable(true).expect("anyone may");
        }),
        keep_forking(|| {
            become_nobody();
            prctl::set_dumpable(false).expect("anyone may");
        }),
    ];
    isolated(|| {
        become_nobody();
        let mut listener = Listener::idle(1 << 20);
        let request = EventFollowRequest::new();
        listener.client().call(&request).expect("anyone may");
        let first = Child::zombie(0);
        let mut heard = listener.until_exit_of(first.pid());
        thread::sleep(Duration::from_millis(200));
        let last = Child::zombie(0);
        heard.extend(listener.until_exit_of(last.pid()));
        let ours = [first.pid(), last.pid()];
        assert!(
            pids(&heard).iter().all(|pid| ours.contains(pid)),
            "{heard:#?}"
        );
        assert_eq!(heard.len(), 4, "{heard:#?}");
        let span = heard[3].seq - heard[0].seq;
        assert!(span > 10, "{span}: nobody else forked");
    });
}

#[test]
fn a_socket_of_another_user_is_no_way_to_its_events() {
    let request = EventFollowRequest::new();
    let (root, nobody) = (Uid::from_raw(0), Uid::from_raw(NOBODY));
    // Opened by root, used by a user.
    isolated(|| {
        let mut listener = Listener::idle(1 << 16);
        become_nobody();
        let error = refusal(&mut listener, &request);
        assert_eq!(error.errno(), Some(libc::EPERM), "{error}");
    });
    // Opened by a user, used by root.
    isolated(|| {
        setresuid(nobody, nobody, root).expect("root may");
        let mut listener = Listener::idle(1 << 16);
        setresuid(root, root, root).expect("it may again");
        let error = refusal(&mut listener, &request);
        assert_eq!(error.errno(), Some(libc::EPERM), "{error}");
    });
}

#[test]
fn nobody_follows_from_a_container() {
    let request = EventFollowRequest::new();
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anyone may");
        let error = refusal(&mut Listener::idle(1 << 16), &request);
        assert_eq!(error.errno(), Some(libc::EPERM), "{error}");
    });
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWPID).expect("root may");
        isolated(|| {
            let error = refusal(&mut Listener::idle(1 << 16), &request);
            assert_eq!(error.errno(), Some(libc::EPERM), "{error}");
        });
    });
}

#[test]
fn a_user_has_a_limit() {
    isolated(|| {
        become_nobody();
        let request = EventFollowRequest::new().types(EventTypeFlags::EXIT);
        let mut all: Vec<_> = (0..16).map(|_| follower(&request)).collect();
        let error = refusal(&mut Listener::idle(1 << 16), &request);
        assert_eq!(error.errno(), Some(libc::ENOSPC), "{error}");
        // It may still change what it follows, and another take its place.
        all[0].client().call(&request).expect("no more than before");
        drop(all.pop());
        assert_soon_armed(EventTypeFlags::EXIT, 15);
        follower(&request);
    });
}

#[test]
fn many_users_leave_places_for_who_administers() {
    isolated(|| {
        setrlimit(Resource::RLIMIT_NOFILE, 4096, 4096).expect("root may");
        let request = EventFollowRequest::new().types(EventTypeFlags::EXIT);
        let root = Uid::from_raw(0);
        let mut all = Vec::new();
        for user in (40_000..40_056).map(Uid::from_raw) {
            setresuid(user, user, root).expect("root may");
            all.extend((0..16).map(|_| follower(&request)));
            setresuid(root, root, root).expect("it may again");
        }
        let late = Uid::from_raw(40_056);
        setresuid(late, late, root).expect("root may");
        let error = refusal(&mut Listener::idle(1 << 16), &request);
        assert_eq!(error.errno(), Some(libc::ENOSPC), "{error}");
        setresuid(root, root, root).expect("it may again");
        assert_eq!(armed().1, 896);
        all.extend((0..128).map(|_| follower(&request)));
        let error = refusal(&mut Listener::idle(1 << 16), &request);
        assert_eq!(error.errno(), Some(libc::ENOSPC), "{error}");
    });
    assert_soon_armed(EventTypeFlags::empty(), 0);
}

#[test]
fn what_can_match_nothing_is_refused() {
    let mut listener = Listener::idle(1 << 16);
    let none = EventFollowRequest::new().types(EventTypeFlags::empty());
    let error = refusal(&mut listener, &none);
    assert_eq!(error.attribute(), Some("types"), "{error}");
    let pids: Vec<u32> = (1..=257).collect();
    let filter = EventFilterNest::new().pid(&pids);
    let error = refusal(&mut listener, &EventFollowRequest::new().filter(filter));
    assert_eq!(error.errno(), Some(libc::E2BIG), "{error}");
}
