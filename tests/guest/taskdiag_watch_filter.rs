// SPDX-License-Identifier: MIT OR Apache-2.0

//! Watches of all processes that match a filter, those that are yet to come too.

use genlkit::generated::taskdiag::{
    WatchFilterNest, WatchGetDump, WatchGetRequest, WatchMode, WatchNewRequest, WatchOn,
    WatchOnFlags,
};
use genlkit_tests::{
    child::{Child, isolated},
    watcher::Watcher,
};
use nix::{
    errno::Errno,
    libc,
    sched::{CloneFlags, unshare},
    sys::{prctl, signal::Signal},
    unistd::{Gid, Uid, execv, setresgid, setresuid},
};
use std::ffi::CString;

const NOBODY: u32 = 65534;

fn in_a_namespace(test: impl FnOnce(Watcher)) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test(Watcher::open());
    });
}

fn named(name: &str) -> Child {
    let name = CString::new(name).expect("no NUL");
    Child::spawn(move || prctl::set_name(&name).expect("anyone may"))
}

/// Ends at once, under a name.
fn fails(name: &str) -> u32 {
    let child = Child::run(|| {
        prctl::set_name(&CString::new(name).expect("no NUL")).expect("anyone may");
        // SAFETY: `_exit` has no preconditions.
        unsafe { libc::_exit(3) }
    });
    let pid = child.pid();
    child.wait();
    pid
}

fn watch<'a>(on: WatchOnFlags, filter: WatchFilterNest<'a>) -> WatchNewRequest<'a> {
    WatchNewRequest::new().name("w").on(on).filter(filter)
}

#[test]
fn what_matches_is_told_whether_it_was_there_before_or_not() {
    in_a_namespace(|mut watcher| {
        let before = named("needle");
        watcher.make(&watch(
            WatchOnFlags::EXIT,
            WatchFilterNest::new().comm("needle"),
        ));
        fails("needles");
        let after = fails("needle");
        let shot = watcher.shot();
        assert_eq!((shot.pid, shot.on), (after, WatchOn::EXIT));
        assert_eq!((shot.exit_code, &shot.comm[..]), (Some(3 << 8), "needle"));
        let pid = before.pid();
        before.signal(Signal::SIGKILL);
        let shot = watcher.shot();
        assert_eq!((shot.pid, shot.exit_code), (pid, Some(libc::SIGKILL)));
        watcher.silent();
        watcher.delete("w");
        fails("needle");
        watcher.silent();
    });
}

#[test]
fn all_that_a_filter_says_must_match() {
    in_a_namespace(|mut watcher| {
        let us = std::process::id();
        let wanted = || {
            Child::spawn(|| {
                prctl::set_name(c"wanted").expect("anyone may");
                let nobody = Uid::from_raw(NOBODY);
                setresuid(nobody, nobody, nobody).expect("root may");
            })
        };
        let all = WatchFilterNest::new()
            .ppid(us)
            .uid(NOBODY)
            .comm("wanted")
            .min_cpu(1);
        for filter in [
            WatchFilterNest::new().ppid(us),
            WatchFilterNest::new().uid(NOBODY),
            WatchFilterNest::new().comm("wanted"),
            all,
        ] {
            watcher.make(&watch(WatchOnFlags::EXIT, filter));
            let child = wanted();
            let pid = child.pid();
            drop(child);
            assert_eq!(watcher.shot().pid, pid, "{filter:?}");
            watcher.delete("w");
        }
        for filter in [
            all.ppid(1),
            all.uid(0),
            all.comm("want"),
            all.cgroup_id(u64::MAX),
            all.min_cpu(u64::MAX),
        ] {
            watcher.make(&watch(WatchOnFlags::EXIT, filter));
            drop(wanted());
            watcher.silent();
            watcher.delete("w");
        }
    });
}

#[test]
fn an_exec_is_judged_by_the_name_that_it_gives() {
    in_a_namespace(|mut watcher| {
        let on = WatchOnFlags::EXEC | WatchOnFlags::NONZERO_EXIT;
        watcher.make(&watch(on, WatchFilterNest::new().comm("taskdiag")));
        let child = Child::run(|| {
            let path = std::env::split_paths(&std::env::var_os("PATH").expect("a path"))
                .map(|dir| dir.join("taskdiag"))
                .find(|file| file.exists())
                .expect("the program");
            let path = CString::new(path.into_os_string().into_encoded_bytes()).expect("no NUL");
            let _ = execv(&path, &[c"taskdiag", c"nonsense"]);
        });
        let pid = child.pid();
        child.wait();
        let (exec, end) = (watcher.shot(), watcher.shot());
        assert_eq!((exec.pid, exec.on), (pid, WatchOn::EXEC));
        assert_eq!((end.pid, end.on), (pid, WatchOn::NONZERO_EXIT));
    });
}

#[test]
fn one_shot_takes_the_first() {
    in_a_namespace(|mut watcher| {
        watcher.make(&watch(WatchOnFlags::EXIT, WatchFilterNest::new().comm("once")).oneshot(true));
        let first = fails("once");
        assert_eq!(watcher.shot().pid, first);
        fails("once");
        watcher.silent();
    });
}

#[test]
fn a_filter_is_told_as_it_was_made() {
    in_a_namespace(|mut watcher| {
        let filter = WatchFilterNest::new()
            .ppid(7)
            .uid(8)
            .comm("told")
            .cgroup_id(9)
            .min_cpu(10);
        watcher.make(&watch(WatchOnFlags::EXIT, filter));
        let request = WatchGetRequest::new().name("w");
        let told = watcher.client.call(&request).expect("it is there");
        assert!(told.pid.present().is_none());
        let told = told.filter.expect("a filter");
        assert_eq!((told.ppid, told.uid), (Some(7), Some(8)));
        assert_eq!((told.cgroup_id, told.min_cpu), (Some(9), Some(10)));
        assert!(told.comm.is_some_and(|comm| comm == "told"));
    });
}

#[test]
fn what_a_filter_cannot_be_with_is_refused_with_the_reason() {
    in_a_namespace(|mut watcher| {
        let filter = WatchFilterNest::new().comm("x");
        let me = [std::process::id()];
        let exit = watch(WatchOnFlags::EXIT, filter);
        let refused = watcher.refused(&exit.pid(&me));
        assert_eq!(refused.0, Errno::EINVAL);
        assert!(refused.1.contains("processes or a filter"), "{refused:?}");
        let looks = watch(WatchOnFlags::RSS_OVER, filter).rss_threshold(1);
        assert_eq!(watcher.refused(&looks).0, Errno::EINVAL);
        let refused = watcher.refused(&exit.persist(true));
        assert_eq!(refused.0, Errno::EINVAL);
        assert!(refused.1.contains("goes with the socket"), "{refused:?}");
        watcher.make(&exit);
        let append = WatchNewRequest::new()
            .name("w")
            .pid(&me)
            .mode(WatchMode::APPEND);
        assert_eq!(watcher.refused(&append).0, Errno::EINVAL);
        // This one is there already.
        let names: Vec<_> = (1..64).map(|n| format!("w{n}")).collect();
        for name in &names {
            watcher.make(&exit.name(&name[..]));
        }
        let refused = watcher.refused(&exit.name("one more"));
        assert_eq!(refused.0, Errno::ENOSPC);
        assert!(refused.1.contains("64 watches"), "{refused:?}");
    });
}

#[test]
fn who_administers_no_more_than_a_namespace_has_no_filter() {
    isolated(|| {
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        setresgid(gid, gid, gid).expect("root may");
        setresuid(uid, uid, uid).expect("root may");
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anyone may");
        let mut watcher = Watcher::open();
        let refused = watcher.refused(&watch(WatchOnFlags::EXIT, WatchFilterNest::new()));
        assert_eq!(refused.0, Errno::EPERM);
        assert!(refused.1.contains("CAP_SYS_ADMIN"), "{refused:?}");
    });
}

#[test]
fn how_often_a_filter_has_matched_is_told_to_the_machines_administrator() {
    in_a_namespace(|mut watcher| {
        watcher.make(&watch(
            WatchOnFlags::EXIT,
            WatchFilterNest::new().comm("counted"),
        ));
        fails("counted");
        watcher.shot();
        let fired = |watcher: &mut Watcher| {
            let request = WatchGetRequest::new().name("w");
            let told = watcher.client.call(&request).expect("it is there").fired;
            let mut dump = watcher.client.dump(&WatchGetDump::new()).expect("a dump");
            let listed = dump.next().expect("it works").expect("a watch").fired;
            assert_eq!(told, listed);
            told
        };
        assert_eq!(fired(&mut watcher), Some(1));
        isolated(move || {
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            setresgid(gid, gid, gid).expect("root may");
            setresuid(uid, uid, uid).expect("root may");
            assert_eq!(fired(&mut Watcher::open()), None);
        });
    });
}
