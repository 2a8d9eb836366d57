// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which processes a dump of taskdiag tells of, and what of them.

use genlkit::{
    client::Client,
    generated::taskdiag::{Group, Task, TaskGetDump, TaskGetRequest, uapi},
};
use genlkit_tests::{
    child::{Child, isolated},
    raw::{RawSocket, Request},
    tasks::{
        ALL, SENSITIVE, assert_agrees_where_told, assert_agrees_with_proc, dumped_pids, listed_pids,
    },
    users::mount_proc,
};
use nix::sched::{CloneFlags, setns, unshare};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

fn client() -> Client {
    Client::open().expect("a socket")
}

/// Asserts that a dump tells of the processes that /proc lists; kernel workers come and go.
fn assert_dump_lists_proc(client: &mut Client) {
    for _ in 0..50 {
        let before = listed_pids();
        let dumped = dumped_pids(client);
        if before == listed_pids() {
            assert_eq!(dumped, before);
            return;
        }
    }
    panic!("processes come and go all the time");
}

#[test]
fn a_dump_lists_every_process_in_the_order_of_pids() {
    let _children: Vec<_> = (0..5).map(|_| Child::threads(3)).collect();
    let _zombie = Child::zombie(0);
    assert_dump_lists_proc(&mut client());
}

#[test]
fn only_the_groups_that_were_asked_for_come() {
    let mut client = client();
    for bits in (0..11).map(|bit| 1 << bit).chain([0, 0b11, 0x7ff]) {
        let groups = Group::from_bits_retain(bits);
        let mut tasks = client
            .dump(&TaskGetDump::new().groups(groups))
            .expect("a dump");
        while let Some(task) = tasks.next().expect("a task") {
            // Kernel threads have no memory, no program and no command line.
            let user = task.flags.is_none_or(|flags| flags & PF_KTHREAD == 0);
            let came = present(&task);
            assert!(groups.contains(came), "{groups}: {task}");
            if groups.contains(Group::BASE) && user {
                assert_eq!(came, groups, "{task}");
            }
        }
    }
}

/// The flag of kernel threads.
const PF_KTHREAD: u32 = 0x0020_0000;

/// The groups that are there.
fn present(task: &Task<'_>) -> Group {
    [
        (Group::BASE, task.tgid.is_some()),
        (Group::CRED, task.cred.is_some()),
        (Group::CPU, task.cpu.is_some()),
        (Group::SCHED, task.sched.is_some()),
        (Group::MM, task.mm.is_some()),
        (Group::IO, task.io.is_some()),
        (Group::FDS, task.fds.is_some()),
        (Group::NS, task.ns.is_some()),
        (Group::CGROUP, task.cgroup.is_some()),
        (Group::EXE, task.exe.is_some()),
        (Group::CMDLINE, task.cmdline.is_some()),
    ]
    .into_iter()
    .filter_map(|(group, there)| there.then_some(group))
    .collect()
}

#[test]
fn without_groups_the_base_comes() {
    let mut client = client();
    let mut tasks = client.dump(&TaskGetDump::new()).expect("a dump");
    let task = tasks.next().expect("a task").expect("one at least");
    assert!(task.tgid.is_some() && task.comm.is_some(), "{task}");
    assert!(task.cred.is_none() && task.cpu.is_none(), "{task}");
}

#[test]
fn a_dump_and_a_get_tell_the_same() {
    let child = Child::stopped();
    let mut client = client();
    // Paths are in the answer about one task only.
    let groups = ALL.difference(Group::CGROUP | Group::EXE);
    let one = TaskGetRequest::new().pid(child.pid()).groups(groups);
    let alone = client.call(&one).expect("the task").to_string();
    let mut tasks = client
        .dump(&TaskGetDump::new().groups(groups))
        .expect("a dump");
    while let Some(task) = tasks.next().expect("a task") {
        if task.pid == Some(child.pid()) {
            assert_eq!(task.to_string(), alone);
            return;
        }
    }
    panic!("the child is missing");
}

#[test]
fn each_process_that_stays_is_told_exactly_once_while_others_come_and_go() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let stay: Vec<_> = (0..150).map(|_| Child::sleeping()).collect();
    let churn = thread::spawn(|| {
        while !STOP.load(Ordering::Relaxed) {
            Child::zombie(0).wait();
        }
    });
    let mut client = client();
    for _ in 0..20 {
        let mut times: BTreeMap<u32, u32> = BTreeMap::new();
        let mut last = 0;
        let mut tasks = client
            .dump(&TaskGetDump::new().groups(ALL))
            .expect("a dump");
        while let Some(task) = tasks.next().expect("a task") {
            let pid = task.pid.expect("a pid");
            assert!(pid > last, "{pid} comes after {last}");
            last = pid;
            *times.entry(pid).or_default() += 1;
            // Others run between the parts of the dump.
            if pid % 16 == 0 {
                thread::yield_now();
            }
        }
        drop(tasks);
        for child in &stay {
            assert_eq!(times.get(&child.pid()), Some(&1), "process {}", child.pid());
        }
    }
    STOP.store(true, Ordering::Relaxed);
    churn.join().expect("it forks until it is told to stop");
}

#[test]
fn a_dump_comes_in_many_parts_of_whole_messages() {
    let _many: Vec<_> = (0..400).map(|_| Child::sleeping()).collect();
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    let request = Request::of(&family, uapi::TASKDIAG_CMD_TASK_GET)
        .u32(uapi::TASKDIAG_A_TASK_GROUPS, ALL.bits())
        .dump();
    let answers = socket.ask(request);
    assert_eq!(answers.done().errno, 0);
    assert!(
        answers.datagrams().len() > 2,
        "{} datagrams",
        answers.datagrams().len()
    );
    assert!(answers.data().count() > 400);
}

#[test]
fn a_pid_namespace_is_told_in_its_own_ids_and_nothing_else() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWPID).expect("root may");
        // The first child is the namespace's init.
        let init = Child::spawn(|| {
            mount_proc("");
            let child = Child::threads(2);
            let grandchild = Child::spawn(|| _ = nix::unistd::setsid());
            let mut client = client();
            assert_eq!(dumped_pids(&mut client), [1, child.pid(), grandchild.pid()]);
            assert_dump_lists_proc(&mut client);
            for pid in [1, child.pid(), grandchild.pid()] {
                assert_agrees_with_proc(&mut client, pid);
            }
            let request = TaskGetRequest::new().pid(1);
            let init = client.call(&request).expect("the namespace's init");
            assert_eq!(
                (init.pid, init.tgid, init.ppid),
                (Some(1), Some(1), Some(0))
            );
        });
        // From outside it has another id, and agrees with the outer /proc in that.
        assert_agrees_with_proc(&mut client(), init.pid());
        assert!(init.pid() > 1);
    });
}

#[test]
fn a_user_namespace_sees_ids_as_it_maps_them() {
    let outsider = Child::spawn(|| {
        nix::unistd::setresuid(77.into(), 78.into(), 79.into()).expect("root may");
    });
    let insider = Child::spawn(|| unshare(CloneFlags::CLONE_NEWUSER).expect("anyone may"));
    let enter = || {
        let namespace = format!("/proc/{}/ns/user", insider.pid());
        let namespace = std::fs::File::open(namespace).expect("its user namespace");
        setns(namespace, CloneFlags::CLONE_NEWUSER).expect("root may");
    };
    let both = [outsider.pid(), insider.pid()];
    isolated(|| {
        enter();
        // Nothing is mapped: everybody is nobody.
        for pid in both {
            assert_agrees_where_told(&mut client(), pid, SENSITIVE);
        }
    });
    let map = format!("/proc/{}/uid_map", insider.pid());
    std::fs::write(map, "0 0 1\n500 77 2").expect("root may map anybody");
    isolated(|| {
        enter();
        for pid in both {
            assert_agrees_where_told(&mut client(), pid, SENSITIVE);
        }
        let mut client = client();
        let request = TaskGetRequest::new().pid(outsider.pid()).groups(ALL);
        let cred = client.call(&request).expect("the task").cred.expect("ids");
        assert_eq!(
            (cred.uid, cred.euid, cred.suid),
            (Some(500), Some(501), Some(65534))
        );
    });
}

#[test]
fn a_dump_goes_on_in_the_namespaces_that_it_began_in() {
    let many: Vec<_> = (0..150).map(|_| Child::sleeping()).collect();
    let all = dumped_pids(&mut client());
    isolated(|| {
        let mut client = client();
        let mut tasks = client
            .dump(&TaskGetDump::new().groups(ALL))
            .expect("a dump");
        // The rest is received by who has other user ids to translate to.
        unshare(CloneFlags::CLONE_NEWUSER).expect("anyone may");
        let mut seen = Vec::new();
        while let Some(task) = tasks.next().expect("a task") {
            assert_ne!(task.cred.expect("ids").uid, Some(65534), "{task}");
            seen.push(task.pid.expect("a pid"));
        }
        assert!(many.iter().all(|child| seen.contains(&child.pid())));
        assert!(
            seen.len() >= all.len() - 10,
            "{} of {}",
            seen.len(),
            all.len()
        );
    });
}
