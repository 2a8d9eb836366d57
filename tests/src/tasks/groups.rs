// SPDX-License-Identifier: MIT OR Apache-2.0

//! The groups of a task beyond ids and processor time, as /proc tells of them.

use genlkit::generated::taskdiag::{Exe, Group, Io, Mm, Ns, Sched, Task};
use procfs::process::{Process, Stat, Status};
use std::{fs, os::unix::fs::MetadataExt as _};

/// The most of a command line that taskdiag tells.
const CMDLINE_MAX: usize = 4096;

/// The names of the files in /proc/PID/ns, in the order of the attributes.
const NAMESPACES: [&str; 10] = [
    "cgroup",
    "ipc",
    "mnt",
    "net",
    "pid",
    "pid_for_children",
    "time",
    "time_for_children",
    "user",
    "uts",
];

/// What /proc has of a task beside stat and status.
#[derive(Debug, PartialEq)]
pub(super) struct Groups {
    affinity: Vec<u8>,
    io: Option<[u64; 7]>,
    fds: Option<u64>,
    ns: [Option<u32>; 10],
    cgroup: Option<String>,
    exe: Option<(String, u64, u64)>,
    cmdline: Option<Vec<u8>>,
}

impl Groups {
    pub(super) fn read(dir: &str, process: &Process, fds: Option<u64>) -> Self {
        let stat = process.stat().expect("its stat");
        // A zombie's directory of descriptors counts none; the others have a table of them.
        let zombie = stat.state == 'Z';
        Self {
            affinity: affinity(dir),
            io: process.io().ok().map(|io| {
                [
                    io.rchar,
                    io.wchar,
                    io.syscr,
                    io.syscw,
                    io.read_bytes,
                    io.write_bytes,
                    io.cancelled_write_bytes,
                ]
            }),
            fds: fds.filter(|_| !zombie),
            ns: NAMESPACES.map(|name| inum(&format!("{dir}/ns/{name}"))),
            cgroup: unified_cgroup(dir),
            exe: exe(&format!("{dir}/exe")),
            cmdline: (stat.vsize != 0)
                .then(|| fs::read(format!("{dir}/cmdline")).ok())
                .flatten()
                .map(|mut line| {
                    line.truncate(CMDLINE_MAX);
                    line
                }),
        }
    }

    /// Compares what taskdiag told with what /proc told before and after it, but for `omitted`.
    pub(super) fn compare(
        &self,
        task: &Task<'_>,
        after: &Self,
        omitted: Group,
    ) -> Result<(), String> {
        let affinity = task.sched.and_then(|sched| sched.affinity);
        same! {
            "affinity": affinity.map(|bits| trimmed(&bits)), Some(trimmed(&self.affinity));
            "fds": task.fds.map(u64::from), self.fds;
        }
        // Paths are in the answer about one task only.
        let cgroup = task.cgroup.ok_or("no cgroup group")?;
        if let (Some(path), Some(theirs)) = (cgroup.path, &self.cgroup) {
            same! { "cgroup": path.to_string().as_str(), theirs.as_str(); }
        }
        if !omitted.contains(Group::NS) {
            same! { "namespaces": task.ns.as_ref().map(told_ns), Some(self.ns); }
        }
        if !omitted.contains(Group::EXE) {
            self.compare_exe(task.exe)?;
        }
        if !omitted.contains(Group::CMDLINE) {
            same! { "cmdline": task.cmdline.map(|line| line.to_vec()), self.cmdline; }
        }
        if !omitted.contains(Group::IO) {
            self.compare_io(&task.io.ok_or("no io group")?, after)?;
        }
        Ok(())
    }

    fn compare_exe(&self, exe: Option<Exe<'_>>) -> Result<(), String> {
        if let (Some(path), Some((theirs, ..))) = (exe.and_then(|exe| exe.path), &self.exe) {
            same! { "exe's path": path.to_string().as_str(), theirs.as_str(); }
        }
        let theirs = self
            .exe
            .as_ref()
            .map(|(_, dev, ino)| (Some(*dev), Some(*ino)));
        same! { "exe": exe.map(|exe| (exe.dev, exe.ino)), theirs; }
        Ok(())
    }

    fn compare_io(&self, io: &Io, after: &Self) -> Result<(), String> {
        let (Some(least), Some(most)) = (self.io, after.io) else {
            return Err("/proc has no io".into());
        };
        for (at, ours) in told_io(io).into_iter().enumerate() {
            between! { "io": ours, least[at], most[at]; }
        }
        Ok(())
    }
}

/// How many descriptors a task has open.
pub(super) fn fds(dir: &str) -> Option<u64> {
    Some(fs::metadata(format!("{dir}/fd")).ok()?.size())
}

/// The processors of status's hexadecimal mask, a bit each, lowest first.
fn affinity(dir: &str) -> Vec<u8> {
    let status = fs::read_to_string(format!("{dir}/status")).expect("its status");
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("Cpus_allowed:\t"));
    let mask = mask.expect("a mask").split(',').rev();
    mask.flat_map(|word| u32::from_str_radix(word, 16).expect("hex").to_le_bytes())
        .collect()
}

/// Without the zeroes at the end, of which each side has as many as it likes.
fn trimmed(bits: &[u8]) -> Vec<u8> {
    let len = bits
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    bits[..len].to_vec()
}

/// The number in a link such as `mnt:[4026531841]`.
fn inum(path: &str) -> Option<u32> {
    let link = fs::read_link(path).ok()?;
    let link = link.to_str()?;
    link.split_once('[')?.1.strip_suffix(']')?.parse().ok()
}

/// The path in the unified hierarchy, where that was ever mounted.
fn unified_cgroup(dir: &str) -> Option<String> {
    let text = fs::read_to_string(format!("{dir}/cgroup")).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix("0::"))
        .map(str::to_owned)
}

/// The path, the device and the inode number of the file behind a link.
fn exe(path: &str) -> Option<(String, u64, u64)> {
    let link = fs::read_link(path).ok()?;
    let file = fs::metadata(path).ok()?;
    Some((link.to_str()?.to_owned(), file.dev(), file.ino()))
}

fn told_ns(ns: &Ns) -> [Option<u32>; 10] {
    [
        ns.cgroup,
        ns.ipc,
        ns.mnt,
        ns.net,
        ns.pid,
        ns.pid_for_children,
        ns.time,
        ns.time_for_children,
        ns.user,
        ns.uts,
    ]
}

fn told_io(io: &Io) -> [Option<u64>; 7] {
    [
        io.rchar,
        io.wchar,
        io.syscr,
        io.syscw,
        io.read_bytes,
        io.write_bytes,
        io.cancelled_write_bytes,
    ]
}

pub(super) fn compare_sched(sched: &Sched<'_>, stat: &Stat) -> Result<(), String> {
    same! {
        "prio": sched.prio, Some(stat.priority);
        "nice": sched.nice, Some(stat.nice);
        "policy": sched.policy, stat.policy;
        "cpu": sched.cpu.map(u32::cast_signed), stat.processor;
        "rt-prio": sched.rt_prio, stat.rt_priority;
    }
    Ok(())
}

pub(super) fn compare_mm(mm: Option<Mm>, stat: &Stat, status: &Status) -> Result<(), String> {
    let kib = |bytes: Option<u64>| bytes.map(|bytes| bytes / 1024);
    let mm = mm.unwrap_or_default();
    // The resident pages in stat are off by what processors have not yet added; status is exact.
    same! {
        "vsz in stat": mm.vsz.unwrap_or(0), stat.vsize;
        "vsz": kib(mm.vsz), status.vmsize;
        "rss": kib(mm.rss), status.vmrss;
        "anon": kib(mm.anon), status.rssanon;
        "file": kib(mm.file), status.rssfile;
        "shmem": kib(mm.shmem), status.rssshmem;
        "swap": kib(mm.swap), status.vmswap;
        "hiwater": kib(mm.hiwater), status.vmhwm;
    }
    Ok(())
}
