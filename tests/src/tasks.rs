// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks as /proc tells of them and as taskdiag does, to be compared.

use genlkit::{
    client::Client,
    generated::taskdiag::{Cpu, Cred, Group, State, Task, TaskGetDump, TaskGetRequest},
};
use procfs::process::{Process, Stat, Status};
use std::fs;

/// The flag of kernel threads.
const PF_KTHREAD: u32 = 0x0020_0000;

/// Nanoseconds in one of the ticks that /proc counts in.
const TICK: u64 = 10_000_000;

/// All groups of this issue of the interface.
pub const ALL: Group = Group::BASE.union(Group::CRED).union(Group::CPU);

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
    let entries = fs::read_dir("/proc").expect("a /proc");
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

/// Asks taskdiag and /proc about a task until both tell the same of what does not only grow, and
/// checks what does.
///
/// # Panics
///
/// If they do not agree after many tries, or if a count is outside what /proc told before and
/// after.
pub fn assert_agrees_with_proc(client: &mut Client, pid: u32) {
    let mut why = String::new();
    for _ in 0..50 {
        let before = Told::read(pid);
        let reply = client.call(&TaskGetRequest::new().pid(pid).groups(ALL));
        let task = reply.unwrap_or_else(|error| panic!("task {pid}: {error}"));
        let after = Told::read(pid);
        match before.compare(&task, &after) {
            Ok(()) => return,
            Err(difference) => why = format!("{difference}\n{task}\n{before:?}\n{after:?}"),
        }
    }
    panic!("task {pid}: {why}");
}

/// What /proc tells of a task.
#[derive(Debug)]
struct Told {
    stat: Stat,
    status: Status,
    /// Nanoseconds on a processor, of each thread.
    runtime: u64,
    nvcsw: u64,
    nivcsw: u64,
}

/// Compares and says what differs.
macro_rules! same {
    ($($name:literal: $ours:expr, $theirs:expr;)*) => {$(
        let (ours, theirs) = ($ours, $theirs);
        if ours != theirs {
            return Err(format!("{}: taskdiag {ours:?}, /proc {theirs:?}", $name));
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

impl Told {
    fn read(pid: u32) -> Self {
        let process = Process::new(pid.cast_signed()).expect("the task is in /proc");
        let mut told = Self {
            stat: process.stat().expect("its stat"),
            status: process.status().expect("its status"),
            runtime: 0,
            nvcsw: 0,
            nivcsw: 0,
        };
        for thread in process.tasks().expect("its threads").flatten() {
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
    fn compare(&self, task: &Task<'_>, after: &Self) -> Result<(), String> {
        self.compare_base(task, after)?;
        compare_cred(&task.cred.ok_or("no cred group")?, &self.status)?;
        self.compare_cpu(&task.cpu.ok_or("no cpu group")?, after)?;
        same! { "omitted": task.omitted, None; }
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
        let comm = task.comm.ok_or("no comm")?.to_string();
        // /proc knows more of a kernel thread's name than the thread carries.
        if stat.flags & PF_KTHREAD == 0 || !stat.comm.starts_with(&comm) {
            same! { "comm": comm.as_str(), stat.comm.as_str(); }
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
    let before = Told::read(pid);
    let reply = client.call(&TaskGetRequest::new().pid(pid).groups(Group::CPU));
    let cpu = reply.expect("the task").cpu.expect("its cpu group");
    let after = Told::read(pid);
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
