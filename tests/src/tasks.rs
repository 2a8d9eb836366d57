// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks as /proc tells of them and as taskdiag does, to be compared.

use genlkit::{
    client::Client,
    generated::taskdiag::{Cpu, Cred, FilterNest, Group, State, Task, TaskGetDump, TaskGetRequest},
};
use procfs::process::{Process, Stat, Status};
use std::fs;

/// Compares and says what differs.
macro_rules! same {
    ($($name:literal: $ours:expr, $theirs:expr;)*) => {$(
        match (&$ours, &$theirs) {
            (ours, theirs) if ours != theirs => {
                return Err(format!("{}: taskdiag {ours:?}, /proc {theirs:?}", $name));
            }
            _ => {}
        }
    )*};
}

/// Checks that a count is between two readings of /proc.
macro_rules! between {
    ($($name:literal: $ours:expr, $before:expr, $after:expr;)*) => {$(
        let (ours, before, after) = ($ours, $before, $after);
        if !(Some(before)..=Some(after)).contains(&ours) {
            return Err(format!("{}: taskdiag {ours:?}, /proc {before} to {after}", $name));
        }
    )*};
}

use groups::Groups;

mod groups;

/// The flag of kernel threads.
const PF_KTHREAD: u32 = 0x0020_0000;

/// Nanoseconds in one of the ticks that /proc counts in.
const TICK: u64 = 10_000_000;

/// All groups. `Group::all()` has bits for those of later kernels, too.
pub const ALL: Group = Group::BASE
    .union(Group::CRED)
    .union(Group::CPU)
    .union(Group::SCHED)
    .union(Group::MM)
    .union(Group::FDS)
    .union(Group::CGROUP)
    .union(SENSITIVE);

/// Groups of which only some are told of others' tasks.
pub const SENSITIVE: Group = Group::IO
    .union(Group::NS)
    .union(Group::EXE)
    .union(Group::CMDLINE);

/// Groups of which everybody is told whom hidepid lets see the task.
pub const PUBLIC: Group = ALL.difference(SENSITIVE);

/// The pids that a dump tells, in its order.
///
/// # Panics
///
/// If the dump fails.
pub fn dumped_pids(client: &mut Client) -> Vec<u32> {
    let request = TaskGetDump::new().groups(Group::empty());
    let mut tasks = client.dump(&request).expect("a dump");
    let mut pids = Vec::new();
    while let Some(task) = tasks.next().expect("a task") {
        pids.push(task.pid.expect("each task has a pid"));
    }
    pids
}

/// The pids that the caller's /proc lists, in order.
///
/// # Panics
///
/// If there is no /proc.
pub fn listed_pids() -> Vec<u32> {
    listed_in("/proc")
}

/// The numbers that are names in a directory, in order.
fn listed_in(dir: &str) -> Vec<u32> {
    let entries = fs::read_dir(dir).expect("a directory of /proc");
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

/// Asks taskdiag and /proc about a process until both tell the same of what does not only grow,
/// and checks what does.
///
/// # Panics
///
/// If they do not agree after many tries, or if anything is omitted.
pub fn assert_agrees_with_proc(client: &mut Client, pid: u32) {
    assert_agrees_where_told(client, pid, Group::empty());
}

/// As [`assert_agrees_with_proc`], of a process that the caller is told all of but `omitted`.
///
/// # Panics
///
/// As [`assert_agrees_with_proc`].
pub fn assert_agrees_where_told(client: &mut Client, pid: u32, omitted: Group) {
    let request = TaskGetRequest::new().pid(pid).groups(ALL);
    agree(&format!("/proc/{pid}"), |before, after| {
        let reply = client.call(&request);
        let task = reply.unwrap_or_else(|error| panic!("task {pid}: {error}"));
        before.compare(&task, &after(), omitted)
    });
}

/// Asserts that a dump of the threads of a process is as /proc/PID/task.
///
/// # Panics
///
/// If they do not agree after many tries, or if a thread is missing or there is one more.
pub fn assert_threads_agree_with_proc(client: &mut Client, pid: u32) {
    let listed = listed_in(&format!("/proc/{pid}/task"));
    let mut dumped = Vec::new();
    let process = [pid];
    for tid in &listed {
        let request = TaskGetDump::new()
            .groups(ALL)
            .threads(true)
            .filter(FilterNest::new().pid(&process));
        agree(&format!("/proc/{pid}/task/{tid}"), |before, after| {
            dumped.clear();
            let mut result = Err("it is not in the dump".into());
            let mut tasks = client.dump(&request).expect("a dump");
            while let Some(task) = tasks.next().expect("a task") {
                dumped.extend(task.pid);
                if task.pid == Some(*tid) {
                    result = before.compare(&task, &after(), Group::empty());
                }
            }
            result
        });
    }
    assert_eq!(dumped, listed, "the threads of {pid}");
}

/// Tries `compare` until it finds no difference. It is given what a directory of /proc told before
/// and a way to read it again.
fn agree(dir: &str, mut compare: impl FnMut(&Told, &dyn Fn() -> Told) -> Result<(), String>) {
    let mut why = String::new();
    for _ in 0..50 {
        let before = Told::read(dir);
        match compare(&before, &|| Told::read(dir)) {
            Ok(()) => return,
            Err(difference) => why = format!("{difference}\n{before:?}"),
        }
    }
    panic!("{dir}: {why}");
}

/// What a directory of /proc tells of a process or of a thread.
#[derive(Debug)]
struct Told {
    stat: Stat,
    status: Status,
    groups: Groups,
    /// Nanoseconds on a processor, of each thread.
    runtime: u64,
    nvcsw: u64,
    nivcsw: u64,
}

impl Told {
    fn read(dir: &str) -> Self {
        // First: what is opened here could be counted.
        let fds = groups::fds(dir);
        let process = Process::new_with_root(dir.into()).expect("the task is in /proc");
        let mut told = Self {
            stat: process.stat().expect("its stat"),
            status: process.status().expect("its status"),
            groups: Groups::read(dir, &process, fds),
            runtime: 0,
            nvcsw: 0,
            nivcsw: 0,
        };
        // A thread's directory has none of threads: there it is this one.
        let mut dirs = vec![dir.to_owned()];
        if let Ok(threads) = fs::read_dir(format!("{dir}/task")) {
            let threads = threads.flatten();
            dirs = threads.map(|it| it.path().display().to_string()).collect();
        }
        for thread in dirs {
            let Ok(thread) = Process::new_with_root(thread.into()) else {
                continue;
            };
            let (Ok(status), Ok(sched)) = (thread.status(), thread.schedstat()) else {
                continue;
            };
            told.runtime += sched.sum_exec_runtime;
            told.nvcsw += status.voluntary_ctxt_switches.unwrap_or(0);
            told.nivcsw += status.nonvoluntary_ctxt_switches.unwrap_or(0);
        }
        told
    }

    /// Compares what taskdiag told with what /proc told before and after it.
    fn compare(&self, task: &Task<'_>, after: &Self, omitted: Group) -> Result<(), String> {
        self.compare_base(task, after)?;
        compare_cred(&task.cred.ok_or("no cred group")?, &self.status)?;
        self.compare_cpu(&task.cpu.ok_or("no cpu group")?, after)?;
        groups::compare_sched(&task.sched.ok_or("no sched group")?, &self.stat)?;
        groups::compare_mm(task.mm, &self.stat, &self.status)?;
        self.groups.compare(task, &after.groups, omitted)?;
        same! { "omitted": task.omitted.unwrap_or(Group::empty()), omitted; }
        Ok(())
    }

    fn compare_base(&self, task: &Task<'_>, after: &Self) -> Result<(), String> {
        let (stat, status) = (&self.stat, &self.status);
        same! {
            "state of its own": stat.state, after.stat.state;
            "pid": task.pid, Some(stat.pid.cast_unsigned());
            "tgid": task.tgid, Some(status.tgid.cast_unsigned());
            "ppid": task.ppid, Some(stat.ppid.cast_unsigned());
            "pgid": task.pgid, Some(stat.pgrp.cast_unsigned());
            "sid": task.sid, Some(stat.session.cast_unsigned());
            "state": task.state.map(letter), Some(stat.state);
            "start-time": task.start_time.map(|ns| ns / TICK), Some(stat.starttime);
            "nthreads": task.nthreads.map(i64::from), Some(stat.num_threads);
            "flags": task.flags, Some(stat.flags);
            "exit-code": task.exit_code, (stat.state == 'Z').then_some(stat.exit_code.unwrap_or(0));
        }
        let comm = task.comm.ok_or("no comm")?;
        let comm = String::from_utf8_lossy(comm.as_bytes());
        // /proc knows more of a kernel thread's name than the thread carries.
        if stat.flags & PF_KTHREAD == 0 || !stat.comm.starts_with(&*comm) {
            same! { "comm": &*comm, stat.comm.as_str(); }
        }
        Ok(())
    }

    fn compare_cpu(&self, cpu: &Cpu, after: &Self) -> Result<(), String> {
        between! {
            "utime": cpu.utime.map(|ns| ns / TICK), self.stat.utime, after.stat.utime;
            "stime": cpu.stime.map(|ns| ns / TICK), self.stat.stime, after.stat.stime;
            "minflt": cpu.minflt, self.stat.minflt, after.stat.minflt;
            "majflt": cpu.majflt, self.stat.majflt, after.stat.majflt;
        }
        // What ended threads have used is in no file of /proc but stat.
        if cpu.runtime < Some(self.runtime) || cpu.nvcsw < Some(self.nvcsw) {
            return Err(format!("less than its living threads used: {cpu}"));
        }
        if cpu.nivcsw < Some(self.nivcsw) {
            return Err(format!("fewer switches than its living threads had: {cpu}"));
        }
        Ok(())
    }

    /// Whether taskdiag's figures are exactly those of the living threads.
    fn only_living_threads(&self, cpu: &Cpu, after: &Self) -> Result<(), String> {
        between! {
            "runtime": cpu.runtime, self.runtime, after.runtime;
            "nvcsw": cpu.nvcsw, self.nvcsw, after.nvcsw;
            "nivcsw": cpu.nivcsw, self.nivcsw, after.nivcsw;
        }
        Ok(())
    }
}

/// Checks the figures that /proc has by thread only, of a process none of whose threads has ended.
///
/// # Panics
///
/// If one is outside what /proc told before and after.
pub fn assert_sums_threads(client: &mut Client, pid: u32) {
    let dir = format!("/proc/{pid}");
    let before = Told::read(&dir);
    let reply = client.call(&TaskGetRequest::new().pid(pid).groups(Group::CPU));
    let cpu = reply.expect("the task").cpu.expect("its cpu group");
    let after = Told::read(&dir);
    if let Err(difference) = before.only_living_threads(&cpu, &after) {
        panic!("task {pid}: {difference}");
    }
}

fn compare_cred(cred: &Cred, status: &Status) -> Result<(), String> {
    same! {
        "uid": cred.uid, Some(status.ruid);
        "euid": cred.euid, Some(status.euid);
        "suid": cred.suid, Some(status.suid);
        "fsuid": cred.fsuid, Some(status.fuid);
        "gid": cred.gid, Some(status.rgid);
        "egid": cred.egid, Some(status.egid);
        "sgid": cred.sgid, Some(status.sgid);
        "fsgid": cred.fsgid, Some(status.fgid);
        "cap-inh": cred.cap_inh, Some(status.capinh);
        "cap-prm": cred.cap_prm, Some(status.capprm);
        "cap-eff": cred.cap_eff, Some(status.capeff);
    }
    Ok(())
}

/// The letter of a state in /proc/PID/stat.
fn letter(state: State) -> char {
    match state {
        State::RUNNING => 'R',
        State::SLEEPING => 'S',
        State::DISK_SLEEP => 'D',
        State::STOPPED => 'T',
        State::TRACING_STOP => 't',
        State::DEAD => 'X',
        State::ZOMBIE => 'Z',
        State::PARKED => 'P',
        State::IDLE => 'I',
        _ => '?',
    }
}
