// SPDX-License-Identifier: MIT OR Apache-2.0

//! A process that is stuck with its locks held holds up nobody.

use genlkit::{
    client::Client,
    generated::taskdiag::{Group, TaskGetDump, TaskGetRequest},
};
use genlkit_tests::{child::Child, tasks::ALL};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// How long the lock is held.
const HELD: Duration = Duration::from_secs(4);

/// Holds the mmap lock of a process from now on, for [`HELD`].
fn hold_mmap_lock(child: &Child) -> thread::JoinHandle<()> {
    let told = format!("{} {}", child.pid(), HELD.as_millis());
    let holder = thread::spawn(move || {
        fs::write("/sys/module/genltest_c/parameters/hold_mmap", told).expect("it holds");
    });
    thread::sleep(Duration::from_millis(500));
    assert!(!holder.is_finished(), "the lock is held");
    holder
}

#[test]
fn with_a_held_mmap_lock_only_the_command_line_is_omitted() {
    let child = Child::sleeping();
    let mut client = Client::open().expect("a socket");
    let holder = hold_mmap_lock(&child);
    let start = Instant::now();

    let mut tasks = client
        .dump(&TaskGetDump::new().groups(ALL))
        .expect("a dump");
    let mut found = false;
    while let Some(task) = tasks.next().expect("a task") {
        if task.pid == Some(child.pid()) {
            found = true;
            assert_eq!(task.omitted, Some(Group::CMDLINE));
            assert!(task.cmdline.is_none(), "{task}");
            assert!(task.mm.is_some_and(|mm| mm.rss > Some(0)), "{task}");
            assert!(task.exe.is_some() && task.fds.is_some(), "{task}");
        } else {
            assert_eq!(task.omitted, None, "{task}");
        }
    }
    drop(tasks);
    assert!(found, "the child is told of");
    let one = TaskGetRequest::new().pid(child.pid()).groups(ALL);
    let task = client.call(&one).expect("the task");
    assert_eq!(task.omitted, Some(Group::CMDLINE));
    assert!(start.elapsed() < HELD / 4, "{:?}", start.elapsed());
    assert!(!holder.is_finished(), "the lock was held all the time");

    // What taskdiag is measured by: the same from /proc waits.
    let line = fs::read(format!("/proc/{}/cmdline", child.pid())).expect("its command line");
    assert!(
        holder.is_finished() || start.elapsed() > HELD / 2,
        "/proc waited"
    );
    holder.join().expect("it held");
    let task = client.call(&one).expect("the task");
    assert_eq!(task.omitted, None);
    assert_eq!(task.cmdline.map(|line| line.to_vec()), Some(line));
}

#[test]
fn arguments_that_are_not_in_memory_are_omitted_and_not_fetched() {
    use nix::libc;
    // A page that was never touched, in the place of the arguments.
    let child = Child::spawn(|| {
        // SAFETY: A new mapping of its own; nothing is there yet.
        let page = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                8192,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert_ne!(page, libc::MAP_FAILED);
        set_mm(libc::PR_SET_MM_ARG_START, page as u64);
        set_mm(libc::PR_SET_MM_ARG_END, page as u64 + 100);
    });
    let mut client = Client::open().expect("a socket");
    let rss = |client: &mut Client| {
        let one = TaskGetRequest::new().pid(child.pid());
        let task = client.call(&one.groups(Group::MM | Group::CMDLINE));
        let task = task.expect("the task");
        assert_eq!(task.omitted, Some(Group::CMDLINE), "{task}");
        assert!(task.cmdline.is_none(), "{task}");
        task.mm.expect("memory").rss
    };
    let before = rss(&mut client);
    assert_eq!(before, rss(&mut client), "nothing was faulted in");
}

/// Changes where the kernel takes the command line from.
fn set_mm(what: nix::libc::c_int, to: u64) {
    // SAFETY: The call has no preconditions.
    let done = unsafe { nix::libc::prctl(nix::libc::PR_SET_MM, what, to, 0, 0) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}
