// SPDX-License-Identifier: GPL-2.0-only

//! Puts what is known of a task into a message, in the order of the attributes' numbers, which is
//! what readers are quickest at.

use crate::{
    sys::{Cgroup, Cpu, Cred, Exe, Io, Mm, Ns, Sched, Task, Text},
    taskdiag::{self, Group, State, TaskGetReply},
};
use genl::Enum;

/// Bytes of all attributes of fixed size together.
pub(crate) const FIXED: u32 = <TaskGetReply<'_> as genl::Builder>::ROOM as u32;

/// Puts what is known of a task into a message.
///
/// Each caller has a `has` of its own type, and so a copy of this with nests of its own, which the
/// compiler then inlines: then it knows in each attribute that the message has room for it.
#[inline(always)]
pub(crate) fn task(
    task: &Task,
    text: Text<'_>,
    has: impl Fn(Group) -> bool,
    m: &mut TaskGetReply<'_>,
) {
    m.pid(task.pid);
    if task.filled == 0 && task.omitted == 0 {
        return;
    }
    if has(Group::BASE) {
        base(task, m);
    }
    if has(Group::CRED) {
        m.cred(|m| cred(&task.cred, m));
    }
    if has(Group::CPU) {
        m.cpu(|m| cpu(&task.cpu, m));
    }
    if let Some(omitted) =
        Group::from_raw(task.omitted.into()).filter(|omitted| !omitted.is_empty())
    {
        m.omitted(omitted);
    }
    if has(Group::SCHED) {
        m.sched(|m| sched(&task.sched, text, m));
    }
    if has(Group::MM) {
        m.mm(|m| mm(&task.mm, m));
    }
    if has(Group::IO) {
        m.io(|m| io(&task.io, m));
    }
    if has(Group::FDS) {
        m.fds(task.fds);
    }
    if has(Group::NS) {
        m.ns(|m| ns(&task.ns, m));
    }
    if has(Group::CGROUP) {
        m.cgroup(|m| cgroup(&task.cgroup, text, m));
    }
    if has(Group::EXE) {
        m.exe(|m| exe(&task.exe, text, m));
    }
    if has(Group::CMDLINE) {
        m.cmdline(text.of(&task.cmdline));
    }
}

#[inline(always)]
fn base(task: &Task, m: &mut TaskGetReply<'_>) {
    m.tgid(task.tgid)
        .ppid(task.ppid)
        .pgid(task.pgid)
        .sid(task.sid);
    if let Some(state) = State::from_raw(task.state.into()) {
        m.state(state);
    }
    m.comm(&task.comm)
        .start_time(task.start_time)
        .nthreads(task.nthreads)
        .flags(task.flags);
    if task.has_exit_code != 0 {
        m.exit_code(task.exit_code);
    }
}

#[inline(always)]
fn cred(cred: &Cred, m: &mut taskdiag::Cred<'_>) {
    m.uid(cred.uid)
        .gid(cred.gid)
        .euid(cred.euid)
        .egid(cred.egid)
        .suid(cred.suid)
        .sgid(cred.sgid)
        .fsuid(cred.fsuid)
        .fsgid(cred.fsgid)
        .cap_eff(cred.cap_eff)
        .cap_prm(cred.cap_prm)
        .cap_inh(cred.cap_inh);
}

#[inline(always)]
pub(crate) fn cpu(cpu: &Cpu, m: &mut taskdiag::Cpu<'_>) {
    m.utime(cpu.utime)
        .stime(cpu.stime)
        .runtime(cpu.runtime)
        .minflt(cpu.minflt)
        .majflt(cpu.majflt)
        .nvcsw(cpu.nvcsw)
        .nivcsw(cpu.nivcsw);
}

#[inline(always)]
fn sched(sched: &Sched, text: Text<'_>, m: &mut taskdiag::Sched<'_>) {
    m.prio(sched.prio.into())
        .nice(sched.nice.into())
        .policy(sched.policy)
        .cpu(sched.cpu)
        .rt_prio(sched.rt_prio)
        .affinity(text.of(&sched.affinity));
}

#[inline(always)]
fn mm(mm: &Mm, m: &mut taskdiag::Mm<'_>) {
    m.vsz(mm.vsz)
        .rss(mm.rss)
        .anon(mm.anon)
        .file(mm.file)
        .shmem(mm.shmem)
        .swap(mm.swap)
        .hiwater(mm.hiwater);
}

#[inline(always)]
fn io(io: &Io, m: &mut taskdiag::Io<'_>) {
    m.rchar(io.rchar)
        .wchar(io.wchar)
        .syscr(io.syscr)
        .syscw(io.syscw)
        .read_bytes(io.read_bytes)
        .write_bytes(io.write_bytes)
        .cancelled_write_bytes(io.cancelled_write_bytes);
}

/// Puts the namespaces that the task has.
#[inline(always)]
fn ns(ns: &Ns, m: &mut taskdiag::Ns<'_>) {
    macro_rules! put {
        ($($name:ident)*) => {$(
            if ns.$name != 0 {
                m.$name(ns.$name);
            }
        )*};
    }
    put!(cgroup ipc mnt net pid pid_for_children time time_for_children user uts);
}

#[inline(always)]
fn cgroup(cgroup: &Cgroup, text: Text<'_>, m: &mut taskdiag::Cgroup<'_>) {
    m.id(cgroup.id);
    if cgroup.path.len != 0 {
        m.path(text.of(&cgroup.path));
    }
}

#[inline(always)]
fn exe(exe: &Exe, text: Text<'_>, m: &mut taskdiag::Exe<'_>) {
    m.dev(exe.dev).ino(exe.ino);
    if exe.path.len != 0 {
        m.path(text.of(&exe.path));
    }
}
