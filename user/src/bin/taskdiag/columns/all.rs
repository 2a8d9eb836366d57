// SPDX-License-Identifier: MIT OR Apache-2.0
//! All columns there are.

use super::Column;
use super::print::Align::{Left, Right};
use super::value::{Value, text};
use genlkit::generated::taskdiag::Group;

/// Makes a column of an attribute, or of an attribute of a nest.
macro_rules! column {
    ($name:literal, $title:literal, $width:literal $align:ident, $group:ident, $doc:literal, |$row:ident| $value:expr) => {
        Column {
            name: $name,
            title: $title,
            doc: $doc,
            width: $width,
            align: $align,
            group: Group::$group,
            value: |$row| $value,
        }
    };
    ($name:literal, $title:literal, $width:literal $align:ident, $group:ident, $doc:literal, $kind:ident($($path:ident).+)) => {
        column!($name, $title, $width $align, $group, $doc, |row| {
            column!(@get row.task, $($path).+).map_or(Value::Absent, |value| Value::$kind(value.into()))
        })
    };
    (@get $task:expr, $field:ident) => { $task.$field };
    (@get $task:expr, $nest:ident.$field:ident) => { $task.$nest.and_then(|nest| nest.$field) };
}

/// The columns, in the order of the spec.
pub(crate) static COLUMNS: &[Column] = &[
    column!("pid", "PID", 7 Right, BASE, "Its id", Number(pid)),
    column!("tgid", "TGID", 7 Right, BASE, "The id of its process", Number(tgid)),
    column!("ppid", "PPID", 7 Right, BASE, "The id of its parent", Number(ppid)),
    column!("pgid", "PGID", 7 Right, BASE, "The id of its process group", Number(pgid)),
    column!("sid", "SID", 7 Right, BASE, "The id of its session", Number(sid)),
    column!("state", "S", 1 Left, BASE, "What it is doing: R running, S sleeping, D waiting for a device, T stopped, t traced, Z ended, I idle", State(state)),
    column!("comm", "COMMAND", 15 Left, BASE, "The name of what it runs", |row| text(row.task.comm)),
    column!("start", "START", 5 Left, BASE, "When it started", Start(start_time)),
    column!("threads", "THR", 3 Right, BASE, "How many threads it has", Number(nthreads)),
    column!("flags", "FLAGS", 8 Right, BASE, "The kernel's PF_ flags, in hexadecimal", Hex(flags)),
    column!("exit-code", "EXIT", 5 Right, BASE, "The wait status of one that ended", |row| {
        row.task.exit_code.map_or(Value::Absent, |status| Value::Signed(status.into()))
    }),
    column!("user", "USER", 8 Left, CRED, "Whom it acts for, by name", User(cred.euid)),
    column!("uid", "UID", 6 Right, CRED, "Real user id", Number(cred.uid)),
    column!("euid", "EUID", 6 Right, CRED, "Effective user id", Number(cred.euid)),
    column!("suid", "SUID", 6 Right, CRED, "Saved user id", Number(cred.suid)),
    column!("fsuid", "FSUID", 6 Right, CRED, "User id for file access", Number(cred.fsuid)),
    column!("gid", "GID", 6 Right, CRED, "Real group id", Number(cred.gid)),
    column!("egid", "EGID", 6 Right, CRED, "Effective group id", Number(cred.egid)),
    column!("sgid", "SGID", 6 Right, CRED, "Saved group id", Number(cred.sgid)),
    column!("fsgid", "FSGID", 6 Right, CRED, "Group id for file access", Number(cred.fsgid)),
    column!("cap-eff", "CAPEFF", 11 Right, CRED, "Effective capabilities, in hexadecimal", Hex(cred.cap_eff)),
    column!("cap-prm", "CAPPRM", 11 Right, CRED, "Permitted capabilities, in hexadecimal", Hex(cred.cap_prm)),
    column!("cap-inh", "CAPINH", 11 Right, CRED, "Inheritable capabilities, in hexadecimal", Hex(cred.cap_inh)),
    column!("%cpu", "%CPU", 5 Right, CPU, "Share of one processor: in its whole life, with --watch since the last time", |row| {
        row.rate.cpu.map_or(Value::Absent, Value::Permille)
    }),
    column!("time", "TIME", 9 Right, CPU, "Processor time", |row| {
        let cpu = row.task.cpu.unwrap_or_default();
        match (cpu.utime, cpu.stime) {
            (Some(user), Some(kernel)) => Value::Time(user.saturating_add(kernel)),
            _ => Value::Absent,
        }
    }),
    column!("utime", "UTIME", 9 Right, CPU, "Processor time in user mode", Time(cpu.utime)),
    column!("stime", "STIME", 9 Right, CPU, "Processor time in kernel mode", Time(cpu.stime)),
    column!("runtime", "RUNTIME", 13 Right, CPU, "Nanoseconds on a processor", Number(cpu.runtime)),
    column!("minflt", "MINFLT", 8 Right, CPU, "Page faults without I/O", Number(cpu.minflt)),
    column!("majflt", "MAJFLT", 6 Right, CPU, "Page faults with I/O", Number(cpu.majflt)),
    column!("nvcsw", "NVCSW", 8 Right, CPU, "Voluntary context switches", Number(cpu.nvcsw)),
    column!("nivcsw", "NIVCSW", 8 Right, CPU, "Involuntary context switches", Number(cpu.nivcsw)),
    column!("prio", "PRI", 4 Right, SCHED, "Priority, negative for real-time", Signed(sched.prio)),
    column!("nice", "NI", 3 Right, SCHED, "Nice value", Signed(sched.nice)),
    column!("policy", "POL", 3 Right, SCHED, "Scheduling policy, SCHED_*", Number(sched.policy)),
    column!("psr", "PSR", 3 Right, SCHED, "The processor that it runs on or ran on last", Number(sched.cpu)),
    column!("rt-prio", "RTPRIO", 6 Right, SCHED, "Real-time priority", Number(sched.rt_prio)),
    column!("%mem", "%MEM", 5 Right, MM, "Share of the memory", |row| {
        match row.task.mm.and_then(|mm| mm.rss) {
            Some(rss) if row.memory > 0 => {
                Value::Permille((u128::from(rss) * 1000 / u128::from(row.memory)) as u64)
            }
            _ => Value::Absent,
        }
    }),
    column!("vsz", "VSZ", 5 Right, MM, "Address space", Size(mm.vsz)),
    column!("rss", "RSS", 5 Right, MM, "Resident memory", Size(mm.rss)),
    column!("anon", "ANON", 5 Right, MM, "Resident anonymous memory", Size(mm.anon)),
    column!("file", "FILE", 5 Right, MM, "Resident file mappings", Size(mm.file)),
    column!("shmem", "SHMEM", 5 Right, MM, "Resident shared memory", Size(mm.shmem)),
    column!("swap", "SWAP", 5 Right, MM, "Swapped out memory", Size(mm.swap)),
    column!("hiwater", "HIWAT", 5 Right, MM, "The most memory that was ever resident", Size(mm.hiwater)),
    column!("rchar", "RCHAR", 5 Right, IO, "Bytes that read calls returned", Size(io.rchar)),
    column!("wchar", "WCHAR", 5 Right, IO, "Bytes that write calls took", Size(io.wchar)),
    column!("syscr", "SYSCR", 8 Right, IO, "Read calls", Number(io.syscr)),
    column!("syscw", "SYSCW", 8 Right, IO, "Write calls", Number(io.syscw)),
    column!("read-bytes", "READ", 5 Right, IO, "Bytes fetched from storage", Size(io.read_bytes)),
    column!("write-bytes", "WRITE", 5 Right, IO, "Bytes sent to storage", Size(io.write_bytes)),
    column!("read-rate", "RD/s", 5 Right, IO, "Bytes fetched from storage a second", |row| {
        row.rate.read.map_or(Value::Absent, Value::Rate)
    }),
    column!("write-rate", "WR/s", 5 Right, IO, "Bytes sent to storage a second", |row| {
        row.rate.write.map_or(Value::Absent, Value::Rate)
    }),
    column!("fds", "FDS", 5 Right, FDS, "Open file descriptors", Number(fds)),
    column!("cgroup-ns", "CGROUPNS", 10 Right, NS, "Cgroup namespace", Number(ns.cgroup)),
    column!("ipc-ns", "IPCNS", 10 Right, NS, "IPC namespace", Number(ns.ipc)),
    column!("mnt-ns", "MNTNS", 10 Right, NS, "Mount namespace", Number(ns.mnt)),
    column!("net-ns", "NETNS", 10 Right, NS, "Network namespace", Number(ns.net)),
    column!("pid-ns", "PIDNS", 10 Right, NS, "Pid namespace", Number(ns.pid)),
    column!("time-ns", "TIMENS", 10 Right, NS, "Time namespace", Number(ns.time)),
    column!("user-ns", "USERNS", 10 Right, NS, "User namespace", Number(ns.user)),
    column!("uts-ns", "UTSNS", 10 Right, NS, "UTS namespace", Number(ns.uts)),
    column!("cgroup", "CGROUP", 8 Right, CGROUP, "The id of its cgroup", Number(cgroup.id)),
    column!("exe", "EXE", 8 Right, EXE, "The inode number of its program", Number(exe.ino)),
    column!("cmdline", "COMMAND LINE", 15 Left, CMDLINE, "Its arguments", |row| {
        row.task.cmdline.map_or(Value::Absent, |bytes| Value::Args(bytes.0))
    }),
    column!("omitted", "OMITTED", 10 Left, BASE, "The groups that the kernel withheld", |row| {
        row.task.omitted.map_or(Value::Absent, Value::Groups)
    }),
];
