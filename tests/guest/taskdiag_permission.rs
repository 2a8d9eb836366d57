// SPDX-License-Identifier: MIT OR Apache-2.0

//! Nobody learns from taskdiag what their own /proc would not tell.

use genlkit::{
    client::Client,
    generated::taskdiag::{FAMILY, Group, Task, TaskGetDump, TaskGetRequest},
};
use genlkit_tests::{
    child::{Child, isolated},
    tasks::{PUBLIC, dumped_pids, listed_pids},
    users::{ALICE, BOB, act_as, act_as_root, become_user, mount_proc, process_of},
};
use nix::{
    errno::Errno,
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
    sys::prctl,
    unistd::{Uid, seteuid},
};

fn client() -> Client {
    Client::open().expect("a socket")
}

/// Takes /proc away, in a mount namespace of its own.
fn without_proc() {
    mount_proc("");
    umount2("/proc", MntFlags::MNT_DETACH).expect("root may");
    umount2("/proc", MntFlags::MNT_DETACH).expect("root may");
}

fn sees(client: &mut Client, child: &Child) -> bool {
    let listed = dumped_pids(client).contains(&child.pid());
    let got = match client.call(&TaskGetRequest::new().pid(child.pid())) {
        Ok(_) => true,
        Err(error) if error.errno() == Some(Errno::ESRCH as i32) => false,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(listed, got, "the dump and the get agree");
    listed
}

/// Calls `check` with a process's reply.
fn with_task<R>(child: &Child, check: impl FnOnce(&Task<'_>) -> R) -> R {
    let mut client = client();
    let reply = client.call(&TaskGetRequest::new().pid(child.pid()).groups(PUBLIC));
    check(&reply.expect("the task"))
}

#[test]
fn with_the_default_proc_everybody_sees_everybody() {
    let bob = process_of(BOB);
    isolated(|| {
        become_user(ALICE);
        assert!(sees(&mut client(), &bob));
        with_task(&bob, |task| {
            assert_eq!(task.cred.expect("ids").uid, Some(BOB));
            assert!(task.cpu.is_some() && task.omitted.is_none(), "{task}");
        });
    });
}

#[test]
fn how_another_users_process_ended_is_not_told() {
    let zombie_of = |id| {
        let child = Child::spawn(|| become_user(id));
        child.signal(nix::sys::signal::Signal::SIGKILL);
        child.until_zombie()
    };
    let (alice, bob) = (zombie_of(ALICE), zombie_of(BOB));
    isolated(|| {
        become_user(ALICE);
        with_task(&alice, |task| {
            assert_eq!((task.exit_code, task.omitted), (Some(9), None))
        });
        with_task(&bob, |task| {
            assert_eq!((task.exit_code, task.omitted), (None, Some(Group::BASE)));
            assert!(task.comm.is_some(), "the rest of the group is told: {task}");
        });
    });
}

#[test]
fn with_hidepid_2_others_are_not_there() {
    let (alice, bob) = (process_of(ALICE), process_of(BOB));
    isolated(|| {
        mount_proc("hidepid=2");
        // Root sees all.
        assert!(sees(&mut client(), &bob));
        become_user(ALICE);
        let mut client = client();
        assert!(sees(&mut client, &alice));
        assert!(!sees(&mut client, &bob));
        assert_eq!(dumped_pids(&mut client), listed_pids());
    });
}

#[test]
fn with_hidepid_4_others_are_not_there() {
    let (alice, bob) = (process_of(ALICE), process_of(BOB));
    isolated(|| {
        mount_proc("hidepid=4");
        become_user(ALICE);
        let mut client = client();
        assert!(sees(&mut client, &alice));
        assert!(!sees(&mut client, &bob));
        assert_eq!(dumped_pids(&mut client), listed_pids());
    });
}

#[test]
fn with_hidepid_1_others_are_a_pid_and_no_more() {
    let (alice, bob) = (process_of(ALICE), process_of(BOB));
    isolated(|| {
        mount_proc("hidepid=1");
        become_user(ALICE);
        with_task(&alice, |task| {
            assert!(task.comm.is_some() && task.omitted.is_none(), "{task}")
        });
        with_task(&bob, |task| {
            assert_eq!((task.pid, task.omitted), (Some(bob.pid()), Some(PUBLIC)));
            assert!(
                task.tgid.is_none() && task.cred.is_none() && task.cpu.is_none(),
                "{task}"
            );
        });
        assert_eq!(dumped_pids(&mut client()), listed_pids());
    });
}

#[test]
fn the_group_that_hidepid_excepts_sees_everybody() {
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("hidepid=2,gid=3001");
        become_user(ALICE);
        assert!(sees(&mut client(), &bob));
    });
}

#[test]
fn the_group_root_sees_everybody_where_hidepid_excepts_no_other() {
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("hidepid=2");
        seteuid(Uid::from_raw(ALICE)).expect("root may");
        assert!(sees(&mut client(), &bob));
        assert_eq!(dumped_pids(&mut client()), listed_pids());
    });
}

#[test]
fn a_process_that_hides_from_its_own_user_is_hidden() {
    let hidden = Child::spawn(|| {
        become_user(ALICE);
        prctl::set_dumpable(false).expect("anyone may");
    });
    isolated(|| {
        mount_proc("hidepid=2");
        become_user(ALICE);
        assert!(!sees(&mut client(), &hidden));
        assert_eq!(dumped_pids(&mut client()), listed_pids());
    });
}

#[test]
fn one_always_sees_oneself() {
    isolated(|| {
        mount_proc("hidepid=2");
        become_user(ALICE);
        prctl::set_dumpable(false).expect("anyone may");
        assert!(dumped_pids(&mut client()).contains(&std::process::id()));
    });
}

#[test]
fn without_a_proc_only_ones_own_are_there() {
    let (alice, bob) = (process_of(ALICE), process_of(BOB));
    isolated(|| {
        without_proc();
        assert!(sees(&mut client(), &bob), "root needs no /proc");
        become_user(ALICE);
        let mut client = client();
        assert!(sees(&mut client, &alice));
        assert!(!sees(&mut client, &bob));
    });
}

#[test]
fn a_tmpfs_on_proc_is_no_proc() {
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("");
        mount(
            Some("none"),
            "/proc",
            Some("tmpfs"),
            MsFlags::empty(),
            None::<&str>,
        )
        .expect("root may");
        become_user(ALICE);
        assert!(!sees(&mut client(), &bob));
    });
}

#[test]
fn a_directory_of_a_procfs_on_proc_is_no_proc() {
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("");
        mount(
            Some("/proc/sys"),
            "/proc",
            None::<&str>,
            MsFlags::MS_BIND,
            None::<&str>,
        )
        .expect("root may");
        become_user(ALICE);
        assert!(!sees(&mut client(), &bob));
    });
}

#[test]
fn a_proc_of_another_pid_namespace_is_no_proc() {
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("");
        unshare(CloneFlags::CLONE_NEWPID).expect("root may");
        // The child's procfs is of the inner namespace, and on the /proc of the outer.
        let _init = Child::spawn(|| {
            let new = MsFlags::empty();
            mount(Some("proc"), "/proc", Some("proc"), new, None::<&str>).expect("root may");
            become_user(ALICE);
        });
        become_user(ALICE);
        assert!(!sees(&mut client(), &bob));
    });
}

#[test]
fn a_dump_goes_on_with_the_rights_that_it_began_with() {
    let _many: Vec<_> = (0..150).map(|_| Child::sleeping()).collect();
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("hidepid=2");
        let mut client = client();
        let mut tasks = client
            .dump(&TaskGetDump::new().groups(PUBLIC))
            .expect("a dump");
        become_user(ALICE);
        let mut seen = false;
        while let Some(task) = tasks.next().expect("a task") {
            seen |= task.pid == Some(bob.pid());
        }
        assert!(seen, "root began it");
        drop(tasks);
        assert!(!sees(&mut client, &bob), "now a user asks");
    });
}

#[test]
fn a_dump_that_a_user_began_tells_root_no_more() {
    let _many: Vec<_> = (0..150).map(|_| process_of(ALICE)).collect();
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("hidepid=2");
        act_as(ALICE);
        let mut client = client();
        let mut tasks = client
            .dump(&TaskGetDump::new().groups(PUBLIC))
            .expect("a dump");
        act_as_root();
        while let Some(task) = tasks.next().expect("a task") {
            assert_ne!(task.pid, Some(bob.pid()));
        }
    });
}

#[test]
fn a_socket_that_a_user_opened_does_not_lend_itself_roots_eyes() {
    let bob = process_of(BOB);
    isolated(|| {
        mount_proc("hidepid=2");
        act_as(ALICE);
        let mut theirs = client();
        act_as_root();
        assert!(sees(&mut client(), &bob), "root's own socket");
        assert!(!sees(&mut theirs, &bob), "a socket that was handed to root");
    });
}

#[test]
fn joining_events_takes_privilege() {
    isolated(|| {
        become_user(ALICE);
        let error = client()
            .subscribe(&FAMILY, "events")
            .expect_err("no privilege");
        assert_eq!(error.errno(), Some(Errno::EPERM as i32), "{error}");
    });
}
