// SPDX-License-Identifier: GPL-2.0-only

//! `task-get`: one task, or all that the caller may see and that match.

use crate::{
    put,
    stats::COUNTS,
    sys::{Query, Room, View, BATCH},
    taskdiag::{Group, TaskGetDumpRequest, TaskGetEntries, TaskGetRequest},
};
use kernel::prelude::*;

/// What is wrong with a descriptor of a procfs.
fn procfs_fd_text(error: Error) -> &'static CStr {
    if error == EBADF {
        c"not an open file descriptor of the caller"
    } else {
        c"not the root of a procfs of the caller's pid namespace or of one that has it"
    }
}

/// Tells of the task with the pid that was asked for.
///
/// `ESRCH` where there is none, or none that the caller may know of: which of the two is not told.
pub(crate) fn one(req: &TaskGetRequest<'_>) -> Result<genl::Sent> {
    let pid = req.require(TaskGetRequest::PID)?;
    let fd = req.procfs_fd();
    let view = View::new(req.opener(), fd).map_err(|error| {
        if fd.is_some() && error != ENOMEM {
            req.reject(TaskGetRequest::PROCFS_FD, error, procfs_fd_text(error))
        } else {
            error
        }
    })?;
    let found = view.get(pid, req.groups().unwrap_or(Group::BASE))?;
    let (room, task) = found
        .as_ref()
        .and_then(|room| Some((room, room.task()?)))
        .ok_or_else(|| {
            req.reject(
                TaskGetRequest::PID,
                ESRCH,
                c"no task with this pid in your pid namespace that you may see",
            )
        })?;
    req.reply(|m| {
        put::task(
            task,
            room.text(),
            |group| task.filled & group.bits() != 0,
            m,
        );
        Ok(())
    })
}

/// A walk over the tasks of the caller's pid namespace.
pub struct Walk {
    view: View,
    query: Query,
    filtered: bool,
    /// The least pid that was not told of.
    next: u32,
    room: Room,
}

impl Walk {
    /// Looks at who asks: that decides what the whole walk tells, whoever receives it.
    pub(crate) fn new(req: &TaskGetDumpRequest<'_>) -> Result<Self> {
        let fd = req.procfs_fd();
        let view = View::new(req.opener(), fd).map_err(|error| {
            if fd.is_some() && error != ENOMEM {
                req.reject(TaskGetDumpRequest::PROCFS_FD, error, procfs_fd_text(error))
            } else {
                error
            }
        })?;
        let groups = req.groups().unwrap_or(Group::BASE);
        let query = match req.filter() {
            Some(filter) => Query::matching(groups, req.threads(), &filter)?,
            None => Query::all(groups, req.threads()),
        };
        // What has no fixed size; what has is known.
        req.largest(put::FIXED.saturating_add(Room::text_of_one(groups)));
        COUNTS.dump();
        Ok(Self {
            view,
            filtered: req.filter().is_some(),
            next: query.first(),
            query,
            room: Room::for_dump(groups)?,
        })
    }

    /// Tells of as many tasks as fit, and counts them.
    pub(crate) fn part(&mut self, out: &mut TaskGetEntries<'_>) -> Result {
        if self.filtered {
            out.filtered();
        }
        let (mut tasks, mut denied) = (0, 0);
        let before = out.room();
        let result = self.fill(out, &mut tasks, &mut denied);
        COUNTS.told(tasks, before.saturating_sub(out.room()) as u64, denied);
        result
    }

    fn fill(&mut self, out: &mut TaskGetEntries<'_>, told: &mut u64, denied: &mut u64) -> Result {
        loop {
            // No more than surely fit, so that none is read in vain; but one, to find out.
            let most = out.fits().clamp(1, BATCH);
            let mut next = self.next;
            let (tasks, text) = self
                .view
                .batch(&self.query, &mut next, &mut self.room, most);
            if tasks.is_empty() {
                return Ok(());
            }
            for task in tasks {
                // Where one does not fit, the next part begins with it.
                self.next = task.pid;
                out.entry(|m| {
                    put::task(task, text, |group| task.filled & group.bits() != 0, m);
                    Ok(())
                })?;
                *told = told.wrapping_add(1);
                // Counting bits takes a while where the processor does not.
                if task.omitted != 0 {
                    *denied = denied.wrapping_add(task.omitted.count_ones().into());
                }
            }
            self.next = next;
        }
    }
}
