// SPDX-License-Identifier: MIT OR Apache-2.0

//! A dump tells of the tasks that match its filter, and of all of those.

use genlkit::{
    client::Client,
    generated::taskdiag::{
        FilterNest, Group, Kthreads, StateFlags, Task, TaskGetDump, TaskGetRequest,
    },
};
use genlkit_tests::{
    child::Child,
    tasks::{dumped_pids, listed_pids},
};
use nix::{
    sys::prctl,
    unistd::{Gid, Uid, setresgid, setresuid},
};
use std::{collections::BTreeSet, ffi::CString, hint::black_box, time::Instant};

const USER: u32 = 3011;

/// The flag of kernel threads.
const PF_KTHREAD: u32 = 0x0020_0000;

fn client() -> Client {
    Client::open().expect("a socket")
}

/// The pids of the tasks that match.
fn matching(filter: FilterNest<'_>) -> Vec<u32> {
    let mut client = client();
    let request = TaskGetDump::new().groups(Group::empty()).filter(filter);
    let mut tasks = client.dump(&request).expect("a dump");
    let mut pids = Vec::new();
    while let Some(task) = tasks.next().expect("a task") {
        pids.push(task.pid.expect("a pid"));
    }
    pids
}

/// The pids of the tasks of a whole dump for which `keep` holds.
fn sieved(groups: Group, keep: impl Fn(&Task<'_>) -> bool) -> Vec<u32> {
    let mut client = client();
    let mut tasks = client
        .dump(&TaskGetDump::new().groups(groups))
        .expect("a dump");
    let mut pids = Vec::new();
    while let Some(task) = tasks.next().expect("a task") {
        if keep(&task) {
            pids.push(task.pid.expect("a pid"));
        }
    }
    pids
}

/// Asserts that a filter in the kernel finds what a sieve here finds; kernel workers come and go.
fn assert_same(
    filter: impl Fn() -> FilterNest<'static>,
    groups: Group,
    keep: impl Fn(&Task<'_>) -> bool,
) {
    for _ in 0..50 {
        let before = sieved(groups, &keep);
        let found = matching(filter());
        if before == sieved(groups, &keep) {
            assert!(!before.is_empty(), "there is something to find");
            assert_eq!(found, before);
            return;
        }
    }
    panic!("tasks come and go all the time");
}

fn renamed(name: &str) -> Child {
    let name = CString::new(name).expect("a name");
    Child::spawn(move || prctl::set_name(&name).expect("a name"))
}

#[test]
fn processes_are_found_by_their_names() {
    let (one, two) = (renamed("needle"), renamed("needle"));
    let _near = [renamed("needles"), renamed("needl"), renamed("Needle")];
    let long = renamed("fifteen-letters");
    assert_eq!(
        matching(FilterNest::new().comm("needle")),
        [one.pid(), two.pid()]
    );
    assert_eq!(
        matching(FilterNest::new().comm("fifteen-letters")),
        [long.pid()]
    );
    assert!(matching(FilterNest::new().comm("")).is_empty());
}

#[test]
fn processes_are_found_by_their_user() {
    let child = Child::spawn(|| {
        let (uid, gid) = (Uid::from_raw(USER), Gid::from_raw(USER));
        setresgid(gid, gid, gid).expect("root may");
        // It is the effective id that counts.
        setresuid(Uid::from_raw(0), uid, uid).expect("root may");
    });
    assert_eq!(matching(FilterNest::new().uid(USER)), [child.pid()]);
}

#[test]
fn processes_are_found_by_their_parent() {
    let _children = [Child::sleeping(), Child::stopped(), Child::zombie(1)];
    let parent = std::process::id();
    assert_same(
        move || FilterNest::new().ppid(parent),
        Group::BASE,
        |task| task.ppid == Some(parent),
    );
}

#[test]
fn processes_are_found_by_their_states() {
    let (stopped, zombie) = (Child::stopped(), Child::zombie(1));
    assert_eq!(
        matching(
            FilterNest::new()
                .state(StateFlags::STOPPED | StateFlags::ZOMBIE)
                .ppid(std::process::id())
        ),
        [stopped.pid(), zombie.pid()]
    );
    assert_eq!(
        matching(FilterNest::new().state(StateFlags::STOPPED)),
        [stopped.pid()]
    );
    assert!(matching(FilterNest::new().state(StateFlags::empty())).is_empty());
}

#[test]
fn kernel_threads_are_left_out_or_all_there_is() {
    let is_kthread = |task: &Task<'_>| task.flags.is_some_and(|flags| flags & PF_KTHREAD != 0);
    assert_same(
        || FilterNest::new().kthreads(Kthreads::ONLY),
        Group::BASE,
        is_kthread,
    );
    assert_same(
        || FilterNest::new().kthreads(Kthreads::EXCLUDE),
        Group::BASE,
        |task| !is_kthread(task),
    );
    assert_same(
        || FilterNest::new().kthreads(Kthreads::INCLUDE),
        Group::BASE,
        |_| true,
    );
}

#[test]
fn processes_are_found_by_how_much_memory_they_have() {
    let mib = 1024 * 1024;
    let child = Child::spawn(move || {
        let memory: Vec<u8> = vec![1; 64 * mib];
        std::mem::forget(black_box(memory));
    });
    let large = matching(FilterNest::new().min_rss(64 * mib as u64));
    assert_eq!(large, [child.pid()]);
    assert!(matching(FilterNest::new().min_rss(1 << 62)).is_empty());
}

#[test]
fn processes_are_found_by_how_long_they_ran() {
    let child = Child::spawn(|| {
        // In a thread that has ended: it is the whole process that counts.
        let run = std::thread::spawn(|| {
            let start = Instant::now();
            while start.elapsed().as_millis() < 300 {
                black_box(());
            }
        });
        run.join().expect("it runs");
    });
    let mine = FilterNest::new().ppid(std::process::id());
    assert_eq!(matching(mine.min_cpu(100_000_000)), [child.pid()]);
    let mine = FilterNest::new().ppid(std::process::id());
    assert!(matching(mine.min_cpu(u64::MAX)).is_empty());
}

#[test]
fn pids_are_found_between_two() {
    let children: Vec<_> = (0..10).map(|_| Child::sleeping()).collect();
    let pids: Vec<u32> = children.iter().map(Child::pid).collect();
    let mine = FilterNest::new().ppid(std::process::id());
    assert_eq!(
        matching(mine.pid_min(pids[3]).pid_max(pids[6])),
        pids[3..=6]
    );
    assert!(matching(FilterNest::new().pid_min(7).pid_max(6)).is_empty());
    assert!(matching(FilterNest::new().pid_min(u32::MAX)).is_empty());
    assert_eq!(
        matching(FilterNest::new().pid_min(0).pid_max(1)),
        [1],
        "there is no process 0"
    );
}

#[test]
fn of_listed_processes_those_are_told_that_there_are() {
    let children: Vec<_> = (0..40).map(|_| Child::sleeping()).collect();
    let zombie = Child::zombie(0);
    let gone = {
        let child = Child::sleeping();
        child.pid()
    };
    let threads = Child::threads(2);
    let tid = threads.pid() + 1;
    let mut wanted: BTreeSet<u32> = children.iter().map(Child::pid).collect();
    wanted.insert(zombie.pid());
    // Out of order, twice, not there, a thread, and beyond what a pid can be.
    let mut list: Vec<u32> = wanted.iter().rev().copied().collect();
    list.extend([children[0].pid(), gone, tid, u32::MAX, 0x8000_0000]);
    let wanted: Vec<u32> = wanted.into_iter().collect();
    assert_eq!(matching(FilterNest::new().pid(&list)), wanted);
    // All that a filter says counts.
    assert_eq!(
        matching(FilterNest::new().pid(&list).state(StateFlags::ZOMBIE)),
        [zombie.pid()]
    );
    assert_eq!(
        matching(FilterNest::new().pid(&list).pid_max(wanted[4])),
        wanted[..5]
    );
}

#[test]
fn thousands_of_processes_can_be_listed() {
    let pids: Vec<u32> = (1..4000).collect();
    for _ in 0..50 {
        let before = listed_pids();
        let found = matching(FilterNest::new().pid(&pids));
        if before == listed_pids() {
            let below: Vec<u32> = before.into_iter().filter(|pid| *pid < 4000).collect();
            assert_eq!(found, below);
            return;
        }
    }
    panic!("processes come and go all the time");
}

#[test]
fn an_empty_filter_matches_all() {
    let mut client = client();
    for _ in 0..50 {
        let before = listed_pids();
        let found = matching(FilterNest::new());
        if before == listed_pids() {
            assert_eq!(found, before);
            assert_eq!(dumped_pids(&mut client), found);
            return;
        }
    }
    panic!("processes come and go all the time");
}

#[test]
fn a_filtered_task_is_told_as_any_other() {
    let child = renamed("needle-too");
    let mut client = client();
    let groups = Group::BASE | Group::CRED | Group::CPU | Group::MM;
    let one = TaskGetRequest::new().pid(child.pid()).groups(groups);
    let alone = client.call(&one).expect("the task").to_string();
    let request = TaskGetDump::new()
        .groups(groups)
        .filter(FilterNest::new().comm("needle-too"));
    let mut tasks = client.dump(&request).expect("a dump");
    assert_eq!(
        tasks.next().expect("a task").expect("one").to_string(),
        alone
    );
    assert!(tasks.next().expect("the end").is_none());
}
