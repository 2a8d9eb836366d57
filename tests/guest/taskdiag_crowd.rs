// SPDX-License-Identifier: MIT OR Apache-2.0

//! In a crowd of processes of all kinds, every field of every process and of every thread is as
//! in /proc.

use genlkit::client::Client;
use genlkit_tests::{
    child::{Child, isolated},
    tasks::{assert_agrees_with_proc, assert_threads_agree_with_proc, dumped_pids, listed_pids},
};
use nix::{
    libc,
    mount::{MsFlags, mount},
    sched::{CloneFlags, CpuSet, sched_setaffinity, unshare},
    sys::{prctl, ptrace, signal::Signal, wait::waitpid},
    unistd::{Gid, Pid, Uid, execve, setpgid, setresgid, setresuid, setsid},
};
use std::{
    ffi::CString,
    fs,
    io::{Read as _, Write as _},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    thread,
    time::Duration,
};

/// Processes of each kind.
const EACH: u32 = 16;

fn client() -> Client {
    Client::open().expect("a socket")
}

/// One process of a kind; `i` tells it from others of its kind.
type Make = fn(u32) -> Child;

/// What a process can be.
const KINDS: [Make; 18] = [
    |_| Child::sleeping(),
    |_| Child::stopped(),
    |i| Child::zombie(i.cast_signed()),
    |_| Child::killed(Signal::SIGKILL),
    |i| Child::threads(2 + i as usize % 5),
    |i| Child::spawn(move || named_threads(i)),
    |i| Child::spawn(move || other_ids(i)),
    |i| Child::spawn(move || set_name(&format!("{i}) R \u{e9}\\\n"))),
    |_| Child::spawn(|| inner(CloneFlags::CLONE_NEWPID)),
    |_| Child::spawn(|| inner(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)),
    |_| Child::spawn(other_namespaces),
    |i| in_cgroup(i),
    |i| exec(i),
    |i| Child::spawn(move || memory(i)),
    |i| Child::spawn(move || files(i)),
    |i| Child::spawn(move || scheduled(i)),
    |i| Child::spawn(move || session(i)),
    |_| traced(),
];

fn set_name(name: &str) {
    prctl::set_name(&CString::new(name).expect("a name")).expect("a name");
}

fn named_threads(i: u32) {
    for at in 0..i % 4 {
        thread::spawn(move || {
            set_name(&format!("thread {at}"));
            _ = fs::read("/proc/self/stat");
            loop {
                thread::park();
            }
        });
    }
    thread::spawn(|| _ = fs::read("/proc/self/status"))
        .join()
        .expect("a thread that ends");
}

fn other_ids(i: u32) {
    let [a, b, c] = [5000 + i, 6000 + i, 7000 + i];
    setresgid(Gid::from_raw(a), Gid::from_raw(b), Gid::from_raw(c)).expect("root may");
    setresuid(Uid::from_raw(c), Uid::from_raw(a), Uid::from_raw(b)).expect("root may");
}

/// Has a child in new namespaces, which is their init.
fn inner(flags: CloneFlags) {
    unshare(flags).expect("root may");
    std::mem::forget(Child::spawn(|| std::mem::forget(Child::threads(2))));
}

fn other_namespaces() {
    let flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWCGROUP
        | CloneFlags::from_bits_retain(libc::CLONE_NEWTIME);
    unshare(flags).expect("root may");
}

/// Where the unified hierarchy of cgroups is mounted.
const CGROUPS: &str = "/tmp/taskdiag-crowd-cgroups";

fn in_cgroup(i: u32) -> Child {
    let child = Child::threads(2);
    let dir = format!("{CGROUPS}/crowd-{}/deep", i % 4);
    fs::create_dir_all(&dir).expect("a cgroup");
    fs::write(format!("{dir}/cgroup.procs"), child.pid().to_string()).expect("it moves");
    child
}

/// Runs another program with arguments and an environment, small ones and large ones.
fn exec(i: u32) -> Child {
    let large = 40 * i as usize * i as usize;
    let text = |text: &str| CString::new(text).expect("no NUL");
    let mut arguments = vec![text("sleep"), text("9999")];
    // sleep(1) adds them all up.
    arguments.extend((0..large / 8).map(|_| text("0000001")));
    let environment = [text(&format!("BIG={}", "x".repeat(large * 4)))];
    let child = Child::run(|| _ = execve(c"/bin/sleep", &arguments, &environment));
    let comm = format!("/proc/{}/comm", child.pid());
    wait_for(|| fs::read(&comm).is_ok_and(|comm| comm == b"sleep\n"));
    child
}

/// Waits until `done`, at most ten seconds.
fn wait_for(mut done: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if done() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("it does not happen");
}

/// Has anonymous, shared and file's memory, and gives some of it back.
fn memory(i: u32) {
    let size = (64 << 10) * (i as usize + 1);
    std::mem::forget(vec![1_u8; size]);
    drop(vec![1_u8; 4 * size]);
    for flags in [libc::MAP_SHARED, libc::MAP_PRIVATE | libc::MAP_LOCKED] {
        let flags = flags | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: A mapping of its own, which nothing else uses.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), size, access, flags, -1, 0) };
        assert_ne!(at, libc::MAP_FAILED);
    }
}

/// Opens, reads and writes files.
fn files(i: u32) {
    for _ in 0..i * i {
        let mut file = fs::File::open("/proc/version").expect("a file");
        file.read_to_end(&mut Vec::new()).expect("its text");
        std::mem::forget(file);
    }
    let path = format!("/tmp/taskdiag-crowd-{i}");
    let mut file = fs::File::create(&path).expect("a file");
    file.write_all(&vec![0; 4096 * i as usize]).expect("room");
    fs::remove_file(path).expect("it is there");
}

fn scheduled(i: u32) {
    let policy = [
        libc::SCHED_OTHER,
        libc::SCHED_BATCH,
        libc::SCHED_IDLE,
        libc::SCHED_FIFO,
        libc::SCHED_RR,
    ][i as usize % 5];
    let mut param = libc::sched_param { sched_priority: 0 };
    if [libc::SCHED_FIFO, libc::SCHED_RR].contains(&policy) {
        param.sched_priority = 1 + (7 * i % 99).cast_signed();
    }
    // SAFETY: The parameters are there for the call.
    let done = unsafe { libc::sched_setscheduler(0, policy, &param) };
    assert_eq!(done, 0, "root may");
    // SAFETY: The call has no preconditions.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, (i * 5 % 40).cast_signed() - 20) };
    let mut cpus = CpuSet::new();
    cpus.set(0).expect("the first processor");
    sched_setaffinity(Pid::from_raw(0), &cpus).expect("root may");
}

fn session(i: u32) {
    if i.is_multiple_of(2) {
        setsid().expect("a session");
    } else {
        setpgid(Pid::from_raw(0), Pid::from_raw(0)).expect("a group");
    }
    std::mem::forget(Child::sleeping());
}

fn traced() -> Child {
    let child = Child::sleeping();
    let pid = Pid::from_raw(child.pid().cast_signed());
    ptrace::attach(pid).expect("root may trace");
    waitpid(pid, None).expect("it stops");
    child
}

/// Runs `check` amidst a crowd, with the unified hierarchy of cgroups mounted.
fn in_crowd(check: impl FnOnce()) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNS).expect("root may");
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>).expect("root may");
        fs::create_dir_all(CGROUPS).expect("a directory");
        let plain = MsFlags::empty();
        mount(Some("none"), CGROUPS, Some("cgroup2"), plain, None::<&str>).expect("root may");
        let kinds = (0..EACH).flat_map(|i| KINDS.map(|make| make(i)));
        let crowd: Vec<Child> = kinds.collect();
        check();
        drop(crowd);
    });
}

/// Calls `check` with every process there is, and returns how many that were. Kernel workers come
/// and go: what is gone need not pass.
fn for_each_process(mut check: impl FnMut(u32)) -> usize {
    let pids = listed_pids();
    for pid in &pids {
        let checked = catch_unwind(AssertUnwindSafe(|| check(*pid)));
        if let Err(difference) = checked
            && Path::new(&format!("/proc/{pid}")).exists()
        {
            resume_unwind(difference);
        }
    }
    pids.len()
}

#[test]
fn of_a_crowd_every_process_is_in_a_dump_in_the_order_of_pids() {
    in_crowd(|| {
        let mut client = client();
        // Kernel workers come and go: only what /proc lists twice is compared.
        wait_for(|| {
            let before = listed_pids();
            let dumped = dumped_pids(&mut client);
            let still = before == listed_pids();
            assert!(!still || dumped == before, "{dumped:?}, /proc {before:?}");
            still
        });
    });
}

#[test]
fn of_a_crowd_every_field_of_every_process_is_as_in_proc() {
    in_crowd(|| {
        let mut client = client();
        let checked = for_each_process(|pid| assert_agrees_with_proc(&mut client, pid));
        assert!(checked > KINDS.len() * EACH as usize, "{checked}");
    });
}

#[test]
fn of_a_crowd_every_field_of_every_thread_is_as_in_proc() {
    in_crowd(|| {
        let mut client = client();
        for_each_process(|pid| assert_threads_agree_with_proc(&mut client, pid));
    });
}
