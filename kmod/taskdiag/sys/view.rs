// SPDX-License-Identifier: GPL-2.0-only

//! Who asks, and what is told to them of tasks.

use super::{bindings, Task};
use crate::taskdiag::Group;
use core::ptr::NonNull;
use kernel::{cred::Credential, prelude::*};

// SAFETY: Integers and arrays of them, for which all zeroes are values.
unsafe impl Zeroable for Task {}

/// Who asks, as it was when they asked: what may be told to them, and in which namespaces' ids.
///
/// # Invariants
///
/// The pointer owns a view, which nobody changes.
pub(crate) struct View(NonNull<bindings::td_view>);

// SAFETY: A view holds counted references, which any thread may read and drop.
unsafe impl Send for View {}

impl View {
    /// A view of the current task, which asks through a socket that `opener` opened.
    ///
    /// Both must be allowed what is told. To be called while the request is handled.
    pub(crate) fn new(opener: &Credential) -> Result<Self> {
        // SAFETY: The credentials are valid; the function takes its own reference.
        let view = unsafe { bindings::td_view_new(opener.as_ptr()) };
        // INVARIANT: A new view is ours.
        NonNull::new(view).map(Self).ok_or(ENOMEM)
    }

    /// Tells of the task with this pid, if there is one that the view may know of.
    pub(crate) fn get(&self, pid: u32, groups: Group) -> Option<Task> {
        let mut task = pin_init::zeroed::<Task>();
        // SAFETY: By the invariant, the view is valid; the task is ours to fill.
        let found =
            unsafe { bindings::td_task_get(self.0.as_ptr(), pid, groups.bits(), &mut task) };
        found.then_some(task)
    }

    /// Tells of the next processes from pid `next` on, at most as many as `out` has room for, and
    /// moves `next` behind them. May sleep.
    pub(crate) fn batch<'t>(
        &self,
        next: &mut u32,
        groups: Group,
        out: &'t mut [Task],
    ) -> &'t [Task] {
        let max = out.len() as u32;
        // SAFETY: By the invariant, the view is valid; the slice has `max` tasks to fill.
        let n = unsafe {
            bindings::td_task_batch(self.0.as_ptr(), next, groups.bits(), out.as_mut_ptr(), max)
        };
        out.get(..n as usize).unwrap_or(&[])
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the view is ours.
        unsafe { bindings::td_view_free(self.0.as_ptr()) };
    }
}
