// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who is told io, ns, exe and cmdline of whom, and what a container is told.

use genlkit::{
    client::Client,
    generated::taskdiag::{Group, TaskGetDump, TaskGetRequest},
};
use genlkit_tests::{
    child::{Child, isolated},
    tasks::{
        ALL, SENSITIVE, assert_agrees_where_told, assert_agrees_with_proc, dumped_pids, listed_pids,
    },
    users::{ALICE, BOB, act_as, act_as_root, become_user, mount_proc, process_of},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::prctl,
    unistd::{Gid, Uid, setresgid, setresuid},
};
use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    process::Command,
};

fn client() -> Client {
    Client::open().expect("a socket")
}

/// Lets whoever may ptrace-read a task be told its sensitive groups, until it is dropped.
struct Ptrace;

impl Ptrace {
    fn suffices() -> Self {
        Self::set("ptrace");
        Self
    }

    fn set(to: &str) {
        fs::write("/sys/module/taskdiag/parameters/sensitive", to).expect("root may");
    }
}

impl Drop for Ptrace {
    fn drop(&mut self) {
        Self::set("admin");
    }
}

/// What a call omits of a process.
fn omitted_of(client: &mut Client, pid: u32) -> Group {
    let reply = client.call(&TaskGetRequest::new().pid(pid).groups(ALL));
    let task = reply.expect("the task");
    let omitted = task.omitted.unwrap_or(Group::empty());
    // What is omitted is not there.
    assert_eq!(task.io.is_some(), !omitted.contains(Group::IO), "{task}");
    assert_eq!(task.ns.is_some(), !omitted.contains(Group::NS), "{task}");
    assert_eq!(task.exe.is_some(), !omitted.contains(Group::EXE), "{task}");
    assert_eq!(
        task.cmdline.is_some(),
        !omitted.contains(Group::CMDLINE),
        "{task}"
    );
    omitted
}

/// Whether the caller's /proc lets it read what taskdiag holds to be sensitive.
fn proc_tells(pid: u32) -> bool {
    match fs::read(format!("/proc/{pid}/io")) {
        Ok(_) => true,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => false,
        Err(error) => panic!("{error}"),
    }
}

/// A process whose ids are not all those of one user.
fn process_with_ids(real: u32, effective: u32, group: u32) -> Child {
    Child::spawn(move || {
        let (gid, egid) = (Gid::from_raw(real), Gid::from_raw(group));
        setresgid(gid, egid, egid).expect("root may");
        let (uid, euid) = (Uid::from_raw(real), Uid::from_raw(effective));
        setresuid(uid, euid, euid).expect("root may");
        prctl::set_dumpable(true).expect("anyone may");
    })
}

#[test]
fn by_default_a_user_is_told_sensitive_groups_of_itself_only() {
    let (alice, bob) = (process_of(ALICE), process_of(BOB));
    isolated(|| {
        become_user(ALICE);
        let mut client = client();
        for other in [&alice, &bob] {
            assert_agrees_where_told(&mut client, other.pid(), SENSITIVE);
        }
        assert_agrees_with_proc(&mut client, std::process::id());
    });
}

#[test]
fn where_ptrace_suffices_it_is_as_with_proc() {
    let _ptrace = Ptrace::suffices();
    let own = process_of(ALICE);
    let others = [
        process_of(BOB),
        // Setuid to root, to another, to Alice; and setgid.
        process_with_ids(ALICE, 0, ALICE),
        process_with_ids(ALICE, BOB, ALICE),
        process_with_ids(BOB, ALICE, ALICE),
        process_with_ids(ALICE, ALICE, BOB),
        Child::spawn(|| {
            become_user(ALICE);
            prctl::set_dumpable(false).expect("anyone may");
        }),
        Child::spawn(|| {
            // Her ids, in a user namespace where she has no capability.
            unshare(CloneFlags::CLONE_NEWUSER).expect("anyone may");
        }),
    ];
    isolated(|| {
        become_user(ALICE);
        let mut client = client();
        assert!(proc_tells(own.pid()));
        assert_agrees_with_proc(&mut client, own.pid());
        for other in &others {
            assert!(!proc_tells(other.pid()), "/proc on {}", other.pid());
            assert_eq!(omitted_of(&mut client, other.pid()), SENSITIVE);
        }
    });
}

#[test]
fn a_setuid_program_is_kept_from_who_runs_it() {
    let _ptrace = Ptrace::suffices();
    let program = "/tmp/taskdiag-setuid";
    fs::copy("/bin/busybox", program).expect("there is a busybox");
    fs::set_permissions(program, fs::Permissions::from_mode(0o4755)).expect("its owner may");
    isolated(|| {
        become_user(ALICE);
        let mut setuid = Command::new(program)
            .arg0("sleep")
            .arg("9999")
            .spawn()
            .expect("it runs");
        let (pid, mut client) = (setuid.id(), client());
        let comm = format!("/proc/{pid}/comm");
        while fs::read_to_string(&comm).expect("its name") != "taskdiag-setuid\n" {
            std::thread::yield_now();
        }
        let tells = proc_tells(pid);
        let omitted = omitted_of(&mut client, pid);
        setuid.kill().expect("its parent may");
        setuid.wait().expect("it ends");
        assert!(!tells, "/proc keeps it");
        assert_eq!(omitted, SENSITIVE);
    });
    fs::remove_file(program).expect("its owner may");
}

#[test]
fn a_socket_that_a_user_opened_does_not_tell_it_more_when_root_asks() {
    let _ptrace = Ptrace::suffices();
    let bob = process_of(BOB);
    isolated(|| {
        act_as(ALICE);
        let mut theirs = client();
        act_as_root();
        assert_eq!(omitted_of(&mut client(), bob.pid()), Group::empty());
        assert_eq!(omitted_of(&mut theirs, bob.pid()), SENSITIVE);
    });
}

/// What is omitted of `pid` in a dump that one asks for and another receives.
fn omitted_in_dump(pid: u32, ask: impl FnOnce(), receive: impl FnOnce()) -> Group {
    ask();
    let mut client = client();
    let mut tasks = client
        .dump(&TaskGetDump::new().groups(ALL))
        .expect("a dump");
    receive();
    let mut omitted = None;
    while let Some(task) = tasks.next().expect("a task") {
        if task.pid == Some(pid) {
            omitted = Some(task.omitted.unwrap_or(Group::empty()));
        }
    }
    omitted.expect("the task is told of")
}

#[test]
fn a_dump_tells_sensitive_groups_as_to_who_began_it() {
    // Enough that the process is not in the first part.
    let _many: Vec<_> = (0..150).map(|_| Child::sleeping()).collect();
    let bob = process_of(BOB);
    isolated(|| {
        let omitted = omitted_in_dump(bob.pid(), || {}, || act_as(ALICE));
        assert_eq!(omitted, Group::empty(), "root began it");
        act_as_root();
        let omitted = omitted_in_dump(bob.pid(), || act_as(ALICE), act_as_root);
        assert_eq!(omitted, SENSITIVE, "a user began it");
    });
}

/// Runs `check` as the init of a container of a user: its own user, pid, network and mount namespaces.
fn in_container(check: impl FnOnce()) {
    isolated(|| {
        let flags = CloneFlags::CLONE_NEWUSER
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWNS;
        become_user(ALICE);
        unshare(flags).expect("anyone may");
        fs::write("/proc/self/setgroups", "deny").expect("the owner may");
        fs::write("/proc/self/uid_map", format!("0 {ALICE} 1")).expect("the owner may");
        fs::write("/proc/self/gid_map", format!("0 {ALICE} 1")).expect("the owner may");
        drop(Child::spawn(check));
    });
}

#[test]
fn a_container_is_told_of_its_own_with_its_own_pids_and_nothing_else() {
    let outside = [process_of(ALICE), process_of(BOB), Child::sleeping()];
    in_container(|| {
        let mut client = client();
        // Its /proc is still the host's, which is of a namespace that has this one.
        assert_eq!(dumped_pids(&mut client), [1]);
        mount_proc("");
        let children = [Child::sleeping(), Child::threads(3), Child::zombie(3)];
        assert_eq!(dumped_pids(&mut client), listed_pids());
        assert_eq!(dumped_pids(&mut client).len(), 1 + children.len());
        for child in &children {
            assert_agrees_where_told(&mut client, child.pid(), SENSITIVE);
        }
        for other in &outside {
            let request = TaskGetRequest::new().pid(other.pid());
            let error = client.call(&request).expect_err("there is none");
            assert_eq!(error.errno(), Some(Errno::ESRCH as i32), "{error}");
        }
    });
}

#[test]
fn a_containers_root_is_told_all_of_its_own_where_ptrace_suffices() {
    let _ptrace = Ptrace::suffices();
    in_container(|| {
        mount_proc("hidepid=2");
        let mut client = client();
        let children = [Child::sleeping(), Child::threads(3)];
        assert_eq!(dumped_pids(&mut client), listed_pids());
        for pid in children.iter().map(Child::pid).chain([1]) {
            assert_agrees_with_proc(&mut client, pid);
        }
    });
}
