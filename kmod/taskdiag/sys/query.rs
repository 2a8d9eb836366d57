// SPDX-License-Identifier: GPL-2.0-only

//! Which tasks are asked for, and what of each.

use super::{bindings, Filter};
use crate::taskdiag::{FilterAttrs, Group};
use core::ptr;
use kernel::{error::to_result, prelude::*};

/// Which tasks are asked for, and what of each.
///
/// # Invariants
///
/// `raw.pids` is null or a list of its own.
pub(crate) struct Query {
    raw: bindings::td_query,
    first: u32,
}

// SAFETY: The list is memory that any thread may read and free.
unsafe impl Send for Query {}

impl Query {
    /// All processes, or all threads.
    pub(crate) fn all(groups: Group, threads: bool) -> Self {
        // INVARIANT: There is no list.
        Self {
            raw: bindings::td_query {
                groups: groups.bits(),
                threads,
                paths: false,
                pid_max: u32::MAX,
                filter: Filter::any(),
                pids: ptr::null_mut(),
                npids: 0,
            },
            first: 1,
        }
    }

    /// Of all, the tasks that match the filter. `ENOMEM` without memory for the listed pids.
    pub(crate) fn matching(groups: Group, threads: bool, filter: &FilterAttrs<'_>) -> Result<Self> {
        let mut query = Self::all(groups, threads);
        query.list(filter)?;
        query.first = filter.pid_min().unwrap_or(0).max(1);
        query.raw.pid_max = filter.pid_max().unwrap_or(u32::MAX);
        query.raw.filter = Filter::of_tasks(filter);
        Ok(query)
    }

    /// Lists the processes that a filter names, if it does.
    fn list(&mut self, filter: &FilterAttrs<'_>) -> Result {
        // `count` can panic.
        let most = filter.pid().fold(0_u32, |n, _| n.saturating_add(1));
        if most == 0 {
            return Ok(());
        }
        // SAFETY: There is no list yet.
        to_result(unsafe { bindings::td_query_list(&mut self.raw, most) })?;
        for pid in filter.pid() {
            // SAFETY: The list was made for as many.
            unsafe { bindings::td_query_add(&mut self.raw, pid, most) };
        }
        // SAFETY: There is a list.
        unsafe { bindings::td_query_sort(&mut self.raw) };
        Ok(())
    }

    /// The least pid that will do.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    /// As C has it.
    pub(super) fn raw(&self) -> &bindings::td_query {
        &self.raw
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        // SAFETY: By the invariant.
        unsafe { bindings::td_query_release(&mut self.raw) };
    }
}
