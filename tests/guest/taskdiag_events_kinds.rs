// SPDX-License-Identifier: MIT OR Apache-2.0

//! What each kind of event tells: names, ids, sessions, and what a process used.

use genlkit::generated::taskdiag::EventType;
use genlkit_tests::{
    child::Child,
    listener::{Heard, Listener},
    pace::patience,
};
use nix::{
    sys::{prctl, resource::UsageWho, signal::Signal},
    unistd::{Gid, Pid, Uid, setpgid, setresgid, setresuid, setsid},
};
use std::{ffi::CString, hint::black_box, thread, time::Duration};

/// What a listener hears of a child that does `what` and ends, its birth and death left out.
fn heard_of(what: impl FnOnce()) -> Vec<Heard> {
    let mut listener = Listener::join();
    let child = Child::spawn(what);
    child.signal(Signal::SIGKILL);
    let mut heard = listener.until_exit_of(child.pid());
    heard.retain(|event| {
        event.task.tgid == child.pid() && ![EventType::FORK, EventType::EXIT].contains(&event.kind)
    });
    heard
}

fn rename(name: &str) {
    prctl::set_name(&CString::new(name).expect("no NUL")).expect("anyone may");
}

#[test]
fn a_rename_tells_both_names() {
    let heard = heard_of(|| {
        rename("first");
        rename("second-name-is-long");
    });
    let [_, second] = &heard[..] else {
        panic!("{heard:#?}");
    };
    assert_eq!(second.kind, EventType::COMM);
    let names = second.names.as_ref().expect("names");
    assert_eq!(names, &("first".into(), "second-name-is-".into()));
    assert_eq!(second.task.comm, "first");
}

#[test]
fn a_thread_is_renamed_under_its_own_id() {
    let heard = heard_of(|| {
        thread::spawn(|| rename("worker")).join().expect("it ends");
    });
    let [rename] = &heard[..] else {
        panic!("{heard:#?}");
    };
    assert_ne!(rename.task.pid, rename.task.tgid);
}

#[test]
fn an_exec_is_no_rename() {
    let heard = heard_of(|| rename("renamed"));
    assert_eq!(heard.len(), 1);
    let mut listener = Listener::join();
    let mut program = std::process::Command::new("/proc/self/exe");
    let mut child = program
        .arg("--list")
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("this program");
    child.wait().expect("it ends");
    let heard = listener.until_exit_of(child.id());
    let renames = heard.iter().filter(|event| event.kind == EventType::COMM);
    assert_eq!(
        renames.filter(|event| event.task.pid == child.id()).count(),
        0
    );
}

#[test]
fn other_ids_are_told_with_those_before() {
    let heard = heard_of(|| {
        let (group, user) = (Gid::from_raw(60), Uid::from_raw(70));
        setresgid(group, group, group).expect("root may");
        setresuid(user, user, user).expect("root may");
    });
    let kinds: Vec<_> = heard.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventType::IDS; 2], "{heard:#?}");
    assert_eq!(heard[0].ids, Some(([0; 4], [0, 60, 0, 60])));
    assert_eq!(heard[1].ids, Some(([0, 60, 0, 60], [70, 60, 70, 60])));
}

#[test]
fn credentials_of_the_same_ids_are_no_event() {
    let heard = heard_of(|| {
        let (group, user) = (Gid::from_raw(0), Uid::from_raw(0));
        setresgid(group, group, group).expect("root may");
        setresuid(user, user, user).expect("root may");
        nix::unistd::setgroups(&[Gid::from_raw(5)]).expect("root may");
    });
    assert!(heard.is_empty(), "{heard:#?}");
}

#[test]
fn a_new_session_is_told_and_a_new_group_is_not() {
    let heard = heard_of(|| {
        setpgid(Pid::from_raw(0), Pid::from_raw(0)).expect("anyone may");
        // Who leads a group can begin no session.
        setsid().expect_err("it leads its group");
    });
    assert!(heard.is_empty(), "{heard:#?}");

    let heard = heard_of(|| {
        setsid().expect("it leads no group");
    });
    let [session] = &heard[..] else {
        panic!("{heard:#?}");
    };
    assert_eq!(session.kind, EventType::SESSION);
    assert_eq!(session.task.pid, session.task.tgid);
}

/// Computes for about so long.
fn burn(time: Duration) {
    let begin = std::time::Instant::now();
    let mut sum = 0_u64;
    while begin.elapsed() < time {
        sum = black_box(sum.wrapping_add(1));
    }
}

/// What the kernel tells the parent of the children that ended.
fn children() -> nix::sys::resource::Usage {
    nix::sys::resource::getrusage(UsageWho::RUSAGE_CHILDREN).expect("usage")
}

#[test]
fn an_exit_tells_what_all_threads_used() {
    const TICK: u64 = 10_000_000;
    genlkit_tests::child::isolated(|| {
        let mut listener = Listener::join();
        let child = Child::run(|| {
            let threads: Vec<_> = (0..3)
                .map(|_| thread::spawn(|| burn(Duration::from_millis(60))))
                .collect();
            for thread in threads {
                thread.join().expect("it ends");
            }
            // Touches memory, gives it back, and sleeps.
            drop(black_box(vec![1_u8; 8 << 20]));
            thread::sleep(Duration::from_millis(5));
        });
        let pid = child.pid();
        child.wait();
        let heard = listener.until_exit_of(pid);
        let exit = heard.last().expect("the exit");
        let (usage, theirs) = (exit.usage.expect("usage"), children());

        let count = |value: i64| Some(u64::try_from(value).expect("a count"));
        assert_eq!(usage.minflt, count(theirs.minor_page_faults()));
        assert_eq!(usage.majflt, count(theirs.major_page_faults()));
        // The last switch, away for ever, may come after the parent has looked.
        let switches = count(theirs.voluntary_context_switches());
        let last = switches.zip(usage.nvcsw).map(|(all, own)| all - own);
        assert!(last.is_some_and(|last| last <= 1), "{last:?}");
        assert!(exit.max_rss.expect("memory") >= 8 << 20);
        assert_eq!(
            exit.max_rss.map(|bytes| bytes / 1024),
            count(theirs.max_rss())
        );

        let nanos = |time: nix::sys::time::TimeVal| {
            u64::try_from(nix::sys::time::TimeValLike::num_nanoseconds(&time)).expect("a time")
        };
        let whole = nanos(theirs.user_time()) + nanos(theirs.system_time());
        let runtime = usage.runtime.expect("a runtime");
        // What is left to do after the event is much on a kernel that watches itself.
        let most = if patience() > 1 { whole / 2 } else { TICK };
        assert!(runtime.abs_diff(whole) < most, "{runtime} and {whole}");
        let (utime, stime) = (usage.utime.expect("a time"), usage.stime.expect("a time"));
        assert_eq!(utime + stime, runtime);
        assert!(runtime > 30_000_000, "{runtime}");
    });
}

#[test]
fn a_process_shorter_than_a_tick_has_used_something() {
    let mut listener = Listener::join();
    let child = Child::zombie(0);
    let heard = listener.until_exit_of(child.pid());
    let exit = heard.last().expect("the exit");
    let runtime = exit
        .usage
        .and_then(|usage| usage.runtime)
        .expect("a runtime");
    assert!(
        runtime > 0 && exit.max_rss.is_some_and(|bytes| bytes > 0),
        "{exit:?}"
    );
}

#[test]
fn only_an_exit_tells_usage() {
    let mut listener = Listener::join();
    let child = Child::zombie(0);
    for event in listener.until_exit_of(child.pid()) {
        let exit = event.kind == EventType::EXIT;
        assert_eq!(event.usage.is_some(), exit, "{event:?}");
        assert!(exit || event.task.exit_code.is_none(), "{event:?}");
    }
}
