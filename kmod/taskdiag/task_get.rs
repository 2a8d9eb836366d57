// SPDX-License-Identifier: GPL-2.0-only

//! `task-get`: one task, or all that the caller may see.

use crate::{
    sys::{Cpu, Cred, Task, View},
    taskdiag::{
        self, Group, State, TaskGetDumpRequest, TaskGetEntries, TaskGetReply, TaskGetRequest,
    },
};
use genl::Enum;
use kernel::prelude::*;

/// Tells of the task with the pid that was asked for.
///
/// `ESRCH` where there is none, or none that the caller may know of: which of the two is not told.
pub(crate) fn one(req: &TaskGetRequest<'_>) -> Result<genl::Sent> {
    let pid = req.require(TaskGetRequest::PID)?;
    let view = View::new(req.opener())?;
    let task = view
        .get(pid, req.groups().unwrap_or(Group::BASE))
        .ok_or_else(|| {
            req.reject(
                TaskGetRequest::PID,
                ESRCH,
                c"no task with this pid in your pid namespace that you may see",
            )
        })?;
    req.reply(|m| {
        put(&task, |group| task.filled & group.bits() != 0, m);
        Ok(())
    })
}

/// Tasks that are read at once, in one RCU section.
const BATCH: usize = 16;

/// A walk over the processes of the caller's pid namespace.
pub struct Walk {
    view: View,
    groups: Group,
    /// The least pid that was not told of.
    next: u32,
    batch: KBox<[Task; BATCH]>,
}

impl Walk {
    /// Looks at who asks: that decides what the whole walk tells, whoever receives it.
    pub(crate) fn new(req: &TaskGetDumpRequest<'_>) -> Result<Self> {
        Ok(Self {
            view: View::new(req.opener())?,
            groups: req.groups().unwrap_or(Group::BASE),
            next: 1,
            batch: KBox::init(pin_init::init_zeroed(), GFP_KERNEL)?,
        })
    }

    /// Tells of as many processes as fit.
    pub(crate) fn part(&mut self, out: &mut TaskGetEntries<'_>) -> Result {
        loop {
            // No more than surely fit, so that none is read in vain; but one, to find out.
            let most = out.fits().clamp(1, BATCH);
            let mut next = self.next;
            let room = self.batch.get_mut(..most).unwrap_or(&mut []);
            let tasks = self.view.batch(&mut next, self.groups, room);
            if tasks.is_empty() {
                return Ok(());
            }
            for task in tasks {
                // Where one does not fit, the next part begins with it.
                self.next = task.pid;
                out.entry(|m| {
                    put(task, |group| task.filled & group.bits() != 0, m);
                    Ok(())
                })?;
            }
            self.next = next;
        }
    }
}

/// Puts what is known of a task into a message.
///
/// In the order of the attributes' numbers, which is what readers are quickest at.
///
/// Each caller has a `has` of its own type, and so a copy of this with nests of its own, which the
/// compiler then inlines: then it knows in each attribute that the message has room for it.
#[inline(always)]
fn put(task: &Task, has: impl Fn(Group) -> bool, m: &mut TaskGetReply<'_>) {
    m.pid(task.pid);
    if has(Group::BASE) {
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
    if has(Group::CRED) {
        m.cred(|m| put_cred(&task.cred, m));
    }
    if has(Group::CPU) {
        m.cpu(|m| put_cpu(&task.cpu, m));
    }
    if let Some(omitted) =
        Group::from_raw(task.omitted.into()).filter(|omitted| !omitted.is_empty())
    {
        m.omitted(omitted);
    }
}

#[inline(always)]
fn put_cred(cred: &Cred, m: &mut taskdiag::Cred<'_>) {
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
fn put_cpu(cpu: &Cpu, m: &mut taskdiag::Cpu<'_>) {
    m.utime(cpu.utime)
        .stime(cpu.stime)
        .runtime(cpu.runtime)
        .minflt(cpu.minflt)
        .majflt(cpu.majflt)
        .nvcsw(cpu.nvcsw)
        .nivcsw(cpu.nivcsw);
}
