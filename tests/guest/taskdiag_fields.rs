// SPDX-License-Identifier: MIT OR Apache-2.0

//! What taskdiag tells of a task is what /proc tells.

use genlkit::{
    client::Client,
    generated::taskdiag::{Group, State, TaskGetRequest},
};
use genlkit_tests::{
    child::{Child, isolated},
    tasks::{assert_agrees_with_proc, assert_sums_threads, dumped_pids, listed_pids},
};
use nix::{
    libc,
    sched::{CloneFlags, unshare},
    sys::{
        prctl, ptrace,
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    },
    unistd::{Gid, Uid, getpid, setpgid, setresgid, setresuid, setsid},
};
use std::{ffi::CString, hint::black_box, thread, time::Instant};

fn client() -> Client {
    Client::open().expect("a socket")
}

/// Uses some processor time, in user and in kernel mode.
fn work() {
    let start = Instant::now();
    while start.elapsed().as_millis() < 60 {
        black_box(getpid());
    }
}

#[test]
fn every_task_of_the_guest_is_as_in_proc() {
    let mut client = client();
    for pid in listed_pids() {
        // Kernel workers come and go.
        if std::path::Path::new(&format!("/proc/{pid}")).exists() {
            assert_agrees_with_proc(&mut client, pid);
        }
    }
}

#[test]
fn a_sleeping_process_is_as_in_proc() {
    let child = Child::spawn(work);
    assert_agrees_with_proc(&mut client(), child.pid());
    assert_sums_threads(&mut client(), child.pid());
}

#[test]
fn a_process_group_and_session_of_its_own_are_told() {
    let group = Child::spawn(|| setpgid(getpid(), getpid()).expect("a group"));
    let session = Child::spawn(|| _ = setsid().expect("a session"));
    let mut client = client();
    for child in [&group, &session] {
        assert_agrees_with_proc(&mut client, child.pid());
    }
    let task = client.call(&TaskGetRequest::new().pid(session.pid()));
    assert_eq!(task.expect("the task").sid, Some(session.pid()));
}

#[test]
fn a_name_of_any_bytes_is_told_as_it_is() {
    let name: &[u8] = b"a) R 1 \n\xff\\(z";
    let child = Child::spawn(|| {
        prctl::set_name(&CString::new(name).expect("no NUL")).expect("a name");
    });
    let mut client = client();
    let task = client.call(&TaskGetRequest::new().pid(child.pid()));
    assert_eq!(
        task.expect("the task").comm.expect("a name").as_bytes(),
        name
    );
}

#[test]
fn a_name_of_fifteen_bytes_is_whole() {
    let name = c"fifteen-bytes-x";
    let child = Child::spawn(|| prctl::set_name(name).expect("a name"));
    let mut client = client();
    let task = client.call(&TaskGetRequest::new().pid(child.pid()));
    assert_eq!(
        task.expect("the task").comm.expect("a name").as_bytes(),
        name.to_bytes()
    );
}

#[test]
fn a_stopped_process_is_stopped() {
    let child = Child::stopped();
    let mut client = client();
    let state = client.call(&TaskGetRequest::new().pid(child.pid()));
    assert_eq!(state.expect("the task").state, Some(State::STOPPED));
    assert_agrees_with_proc(&mut client, child.pid());
}

#[test]
fn a_traced_process_is_in_a_tracing_stop() {
    let child = Child::sleeping();
    let pid = nix::unistd::Pid::from_raw(child.pid().cast_signed());
    ptrace::attach(pid).expect("root may trace");
    nix::sys::wait::waitpid(pid, None).expect("it stops");
    let mut client = client();
    let state = client.call(&TaskGetRequest::new().pid(child.pid()));
    assert_eq!(state.expect("the task").state, Some(State::TRACING_STOP));
    assert_agrees_with_proc(&mut client, child.pid());
    ptrace::detach(pid, None).expect("it was attached");
}

#[test]
fn a_zombie_tells_how_it_exited() {
    let child = Child::zombie(7);
    let mut client = client();
    let task = client
        .call(&TaskGetRequest::new().pid(child.pid()))
        .expect("the task");
    assert_eq!(
        (task.state, task.exit_code),
        (Some(State::ZOMBIE), Some(7 << 8))
    );
    assert_agrees_with_proc(&mut client, child.pid());
}

#[test]
fn a_killed_zombie_tells_the_signal() {
    let child = Child::killed(Signal::SIGTERM);
    let mut client = client();
    let task = client.call(&TaskGetRequest::new().pid(child.pid()));
    assert_eq!(task.expect("the task").exit_code, Some(libc::SIGTERM));
    assert_agrees_with_proc(&mut client, child.pid());
}

#[test]
fn a_living_process_has_no_exit_code() {
    let mut client = client();
    let task = client.call(&TaskGetRequest::new().pid(std::process::id()));
    assert_eq!(task.expect("the task").exit_code, None);
}

#[test]
fn ids_of_another_user_are_all_told() {
    let child = Child::spawn(|| {
        let [a, b, c] = [2001, 2002, 2003];
        setresgid(Gid::from_raw(a), Gid::from_raw(b), Gid::from_raw(c)).expect("root may");
        setresuid(Uid::from_raw(a), Uid::from_raw(b), Uid::from_raw(c)).expect("root may");
    });
    let mut client = client();
    assert_agrees_with_proc(&mut client, child.pid());
    let request = TaskGetRequest::new().pid(child.pid()).groups(Group::CRED);
    let cred = client.call(&request).expect("the task").cred.expect("ids");
    assert_eq!(
        (cred.uid, cred.euid, cred.suid, cred.fsuid),
        (Some(2001), Some(2002), Some(2003), Some(2002))
    );
}

#[test]
fn a_process_of_many_threads_is_summed_up() {
    let child = Child::spawn(|| {
        for _ in 0..8 {
            thread::spawn(|| {
                work();
                loop {
                    thread::park();
                }
            });
        }
        work();
    });
    // All threads have worked and sleep.
    thread::sleep(std::time::Duration::from_secs(1));
    let mut client = client();
    assert_agrees_with_proc(&mut client, child.pid());
    assert_sums_threads(&mut client, child.pid());
    let task = client.call(&TaskGetRequest::new().pid(child.pid()));
    assert_eq!(task.expect("the task").nthreads, Some(9));
}

#[test]
fn what_ended_threads_used_is_told() {
    let child = Child::spawn(|| {
        for _ in 0..4 {
            thread::spawn(work).join().expect("it works");
        }
    });
    let mut client = client();
    assert_agrees_with_proc(&mut client, child.pid());
    let request = TaskGetRequest::new().pid(child.pid()).groups(Group::CPU);
    let cpu = client.call(&request).expect("the task").cpu.expect("cpu");
    // Four times 60 ms, and no thread but the first is there any more.
    assert!(cpu.runtime >= Some(200_000_000), "{cpu}");
    let sum = cpu.utime.unwrap_or(0) + cpu.stime.unwrap_or(0);
    assert_eq!(
        Some(sum),
        cpu.runtime,
        "the runtime is all in user or kernel mode"
    );
}

#[test]
fn processor_time_never_goes_back() {
    let child = Child::spawn(|| {
        thread::spawn(|| {
            loop {
                work();
            }
        });
    });
    let mut client = client();
    let request = TaskGetRequest::new().pid(child.pid()).groups(Group::CPU);
    let mut last = (0, 0, 0);
    for _ in 0..200 {
        let cpu = client.call(&request).expect("the task").cpu.expect("cpu");
        let now = (
            cpu.utime.expect("utime"),
            cpu.stime.expect("stime"),
            cpu.runtime.expect("runtime"),
        );
        assert!(
            now.0 >= last.0 && now.1 >= last.1 && now.2 >= last.2,
            "{last:?} then {now:?}"
        );
        last = now;
    }
}

#[test]
fn a_thread_is_told_by_its_own_id() {
    let child = Child::threads(3);
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.pid())).expect("threads");
    let mut tids: Vec<u32> = tasks
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    tids.sort_unstable();
    let mut client = client();
    let tid = *tids.last().expect("threads");
    let request = TaskGetRequest::new()
        .pid(tid)
        .groups(Group::BASE | Group::CPU);
    let task = client.call(&request).expect("the thread");
    assert_eq!((task.pid, task.tgid), (Some(tid), Some(child.pid())));
    let switches = task.cpu.expect("cpu").nvcsw.expect("switches");
    let status = std::fs::read_to_string(format!("/proc/{}/task/{tid}/status", child.pid()));
    assert!(
        status
            .expect("its status")
            .contains(&format!("\nvoluntary_ctxt_switches:\t{switches}\n"))
    );
    // A dump tells of processes only.
    assert!(!dumped_pids(&mut client).contains(&tid));
}

#[test]
fn a_zombie_leader_of_living_threads_is_as_in_proc() {
    let child = Child::spawn(|| {
        let only = SigSet::from(Signal::SIGUSR1);
        only.thread_block().expect("a mask");
        thread::spawn(|| {
            loop {
                thread::park();
            }
        });
        let end = SigAction::new(
            SigHandler::Handler(end_thread),
            SaFlags::empty(),
            SigSet::empty(),
        );
        // SAFETY: The handler makes one system call.
        unsafe { sigaction(Signal::SIGUSR1, &end) }.expect("a handler");
        only.thread_unblock().expect("a mask");
    });
    child.signal(Signal::SIGUSR1);
    let mut client = client();
    let request = TaskGetRequest::new().pid(child.pid());
    while client.call(&request).expect("the task").state != Some(State::ZOMBIE) {
        thread::yield_now();
    }
    assert_eq!(client.call(&request).expect("the task").nthreads, Some(2));
    assert_agrees_with_proc(&mut client, child.pid());
}

/// Ends the thread that it interrupts, and no other.
extern "C" fn end_thread(_: libc::c_int) {
    // SAFETY: The call has no preconditions; the thread's stack stays where it is.
    unsafe { libc::syscall(libc::SYS_exit, 3) };
}

#[test]
fn start_times_are_those_of_the_callers_time_namespace() {
    isolated(|| {
        unshare(CloneFlags::from_bits_retain(libc::CLONE_NEWTIME)).expect("root may");
        std::fs::write("/proc/self/timens_offsets", "boottime 1000 0").expect("an offset");
        let inner = Child::spawn(|| assert_agrees_with_proc(&mut client(), std::process::id()));
        let mut client = client();
        assert_agrees_with_proc(&mut client, inner.pid());
    });
}
