// SPDX-License-Identifier: MIT OR Apache-2.0

//! taskdiag's events: all of them, in order, to whom they are for.

use genlkit::{
    client::Client,
    generated::taskdiag::{EventType, TaskGetRequest},
};
use genlkit_tests::{
    child::{Child, isolated},
    listener::{Heard, Listener},
    ring::Ring,
    storm::{self, Starved},
};
use nix::{
    libc,
    sched::{CloneFlags, unshare},
    sys::signal::Signal,
    unistd::gettid,
};
use std::{
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// The events of one process.
fn of(heard: &[Heard], pid: u32) -> Vec<&Heard> {
    heard.iter().filter(|event| event.task.pid == pid).collect()
}

/// Asserts that each event's number follows the last one's, but for what it says was lost.
fn assert_without_gap(heard: &[Heard]) {
    for pair in heard.windows(2) {
        let (one, next) = (&pair[0], &pair[1]);
        assert_eq!(
            next.seq,
            one.seq + 1 + next.lost.unwrap_or(0),
            "{one:?} then {next:?}"
        );
        assert!(next.time >= one.time, "{one:?} then {next:?}");
    }
}

#[test]
fn a_child_is_forked_and_exits() {
    let mut listener = Listener::join();
    let child = Child::zombie(7);
    let pid = child.pid();
    let heard = listener.until_exit_of(pid);
    assert_without_gap(&heard);
    let [fork, exit] = of(&heard, pid)[..] else {
        panic!("{heard:#?}");
    };
    assert_eq!(fork.kind, EventType::FORK);
    // Which is a thread of this process.
    let parent = fork.parent.as_ref().expect("who forked");
    let thread = gettid().as_raw().cast_unsigned();
    assert_eq!((parent.pid, parent.tgid), (thread, std::process::id()));
    assert_eq!((fork.task.tgid, fork.task.ppid), (pid, std::process::id()));
    assert_eq!(
        (fork.task.exit_code, exit.task.exit_code),
        (None, Some(7 << 8))
    );
    assert_eq!(
        (exit.kind, exit.task.ppid),
        (EventType::EXIT, std::process::id())
    );
    assert!(exit.parent.is_none() && exit.time >= fork.time);

    let mut client = Client::open().expect("a socket");
    let task = client
        .call(&TaskGetRequest::new().pid(pid))
        .expect("the zombie");
    let start = Some(exit.task.start_time);
    assert_eq!(
        (task.start_time, Some(fork.task.start_time)),
        (start, start)
    );
}

#[test]
fn a_signal_that_kills_is_told() {
    let mut listener = Listener::join();
    let child = Child::killed(Signal::SIGTERM);
    let heard = listener.until_exit_of(child.pid());
    let exit = heard.last().expect("the exit");
    assert_eq!(exit.task.exit_code, Some(libc::SIGTERM));
}

#[test]
fn a_program_is_forked_executed_and_exits() {
    let mut listener = Listener::join();
    let mut program = Command::new("/proc/self/exe");
    let mut child = program
        .arg("--list")
        .stdout(Stdio::null())
        .spawn()
        .expect("this program");
    child.wait().expect("it ends");
    let heard = listener.until_exit_of(child.id());
    assert_without_gap(&heard);
    let kinds: Vec<_> = of(&heard, child.id())
        .iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, [EventType::FORK, EventType::EXEC, EventType::EXIT]);
    let exec = of(&heard, child.id())[1];
    assert_eq!(
        (exec.task.comm.as_str(), exec.task.ppid),
        ("exe", std::process::id())
    );
}

#[test]
fn threads_are_no_processes() {
    let mut listener = Listener::join();
    let child = Child::spawn(|| {
        for _ in 0..5 {
            thread::spawn(|| ()).join().expect("it ends");
        }
    });
    child.signal(Signal::SIGKILL);
    let heard = listener.until_exit_of(child.pid());
    let ours: Vec<_> = heard
        .iter()
        .filter(|event| event.task.tgid == child.pid())
        .collect();
    assert_eq!(ours.len(), 2, "a fork and an exit: {ours:#?}");
}

#[test]
fn a_process_ends_with_its_last_thread_under_its_own_id() {
    let mut listener = Listener::join();
    let child = Child::spawn(|| {
        thread::spawn(|| {
            thread::sleep(Duration::from_millis(200));
            // SAFETY: Nothing runs at exit that another thread could be in.
            unsafe { libc::_exit(5) }
        });
    });
    let heard = listener.until_exit_of(child.pid());
    assert_eq!(heard.last().expect("the exit").task.exit_code, Some(5 << 8));
}

#[test]
fn events_of_many_processes_are_in_one_order_without_gap() {
    let mut listener = Listener::join();
    let forkers: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                for status in 0..250 {
                    Child::zombie(status % 100).wait();
                }
            })
        })
        .collect();
    for forker in forkers {
        forker.join().expect("it forks");
    }
    let last = Child::zombie(0);
    let heard = listener.until_exit_of(last.pid());
    assert_without_gap(&heard);
    let exits = heard
        .iter()
        .filter(|event| event.kind == EventType::EXIT)
        .count();
    assert!(exits > 1000, "{exits}");
    assert_eq!(listener.overruns, 0);
}

#[test]
fn two_listeners_hear_the_same() {
    let (mut one, mut other) = (Listener::join(), Listener::join());
    let child = Child::zombie(1);
    let [one, other] = [&mut one, &mut other].map(|listener| {
        let heard = listener.until_exit_of(child.pid());
        of(&heard, child.pid())
            .iter()
            .map(|event| event.seq)
            .collect::<Vec<_>>()
    });
    assert_eq!(one, other);
    assert_eq!(one.len(), 2);
}

#[test]
fn a_listener_that_left_hears_nothing_and_one_that_stays_still_does() {
    let mut stays = Listener::join();
    drop(Listener::join());
    // Longer than the module waits before it looks who is left.
    thread::sleep(Duration::from_millis(2500));
    let child = Child::zombie(0);
    stays.until_exit_of(child.pid());
}

#[test]
fn events_come_again_after_nobody_listened() {
    for _ in 0..2 {
        let mut listener = Listener::join();
        let child = Child::zombie(0);
        listener.until_exit_of(child.pid());
        drop(listener);
        thread::sleep(Duration::from_millis(2500));
        Child::zombie(0).wait();
    }
}

#[test]
fn a_full_socket_is_an_overrun_and_the_numbers_show_how_much_is_missing() {
    let mut listener = Listener::with_queue(4096);
    for _ in 0..500 {
        Child::zombie(0).wait();
    }
    let mut heard = Vec::new();
    // Once there is room again, one comes through.
    for _ in 0..20 {
        let marker = Child::zombie(0);
        while let Some(event) = listener.next_within(Duration::from_secs(1)) {
            let found = event.kind == EventType::EXIT && event.task.pid == marker.pid();
            heard.push(event);
            if found {
                assert!(listener.overruns > 0, "{} events fitted", heard.len());
                let (first, last) = (&heard[0], &heard[heard.len() - 1]);
                assert!(last.seq - first.seq >= 1000, "{first:?} to {last:?}");
                assert!(heard.len() < 1000, "none is missing");
                return;
            }
        }
    }
    panic!("nothing came after the overrun");
}

#[test]
fn what_the_module_has_no_room_for_is_counted_exactly() {
    const FORKS: u64 = 300;
    let _ring = Ring::of(256);
    let mut listener = Listener::join();
    let begin = Child::zombie(0);
    listener.until_exit_of(begin.pid());
    // Whoever forks lets nobody run who would take events out of the module meanwhile.
    let starved = Starved::begin();
    let storm = Child::spawn(|| {
        storm::hog();
        for _ in 0..FORKS {
            Child::zombie(0).wait();
        }
    });
    drop(starved);
    storm.signal(Signal::SIGKILL);
    let heard = listener.until_exit_of(storm.pid());
    assert_eq!(listener.overruns, 0, "the socket had room");
    assert_without_gap(&heard);
    // The first event's own loss was before it.
    let lost: u64 = heard[1..].iter().filter_map(|event| event.lost).sum();
    assert!(lost > 0, "nothing was lost of {} events", heard.len());
    let (first, last) = (&heard[0], &heard[heard.len() - 1]);
    assert_eq!(last.seq - first.seq + 1, heard.len() as u64 + lost);
    assert!(
        heard.len() as u64 + lost >= 2 * FORKS,
        "{} and {lost}",
        heard.len()
    );
}

#[test]
fn a_network_namespace_of_the_initial_user_namespace_hears_events() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let mut listener = Listener::join();
        let child = Child::zombie(0);
        listener.until_exit_of(child.pid());
    });
}

#[test]
fn a_network_namespace_of_another_user_namespace_hears_nothing() {
    // Somebody listens, so that there are events.
    let mut outside = Listener::join();
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anyone may");
        // The root of a user namespace may join any group of its own network namespaces.
        let mut inside = Listener::with_queue(1 << 16);
        Child::zombie(0).wait();
        assert!(inside.next_within(Duration::from_millis(500)).is_none());
    });
    let child = Child::zombie(0);
    outside.until_exit_of(child.pid());
}
