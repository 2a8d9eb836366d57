// SPDX-License-Identifier: GPL-2.0-only

//! What a single task must be like.

use super::{bindings, Filter};
use crate::{
    taskdiag::{FilterAttrs, Kthreads, WatchFilter, WatchFilterAttrs},
    values::padded,
};
use kernel::prelude::*;

// SAFETY: Integers, arrays of them and a `bool`, for which all zeroes are values.
unsafe impl Zeroable for Filter {}

/// Takes values that are there, and notes that they count.
macro_rules! take {
    ($out:ident: $($field:ident = $value:expr => $flag:ident;)*) => {$(
        if let Some(value) = $value {
            $out.$field = value;
            $out.set |= bindings::$flag;
        }
    )*};
}

impl Filter {
    /// Any task will do.
    pub(crate) fn any() -> Self {
        pin_init::zeroed()
    }

    /// What a filter of tasks says, but for ids, which are the query's.
    pub(super) fn of_tasks(filter: &FilterAttrs<'_>) -> Self {
        let mut out = Self::any();
        take! { out:
            ppid = filter.ppid() => TD_FILTER_PPID;
            uid = filter.uid() => TD_FILTER_UID;
            comm = filter.comm().map(|comm| padded(comm.bytes())) => TD_FILTER_COMM;
            states = filter.state().map(|states| states.bits()) => TD_FILTER_STATE;
            cgroup_id = filter.cgroup_id() => TD_FILTER_CGROUP;
            min_rss = filter.min_rss() => TD_FILTER_RSS;
            min_cpu = filter.min_cpu() => TD_FILTER_CPU;
            kthreads = kthreads(filter.kthreads()) => TD_FILTER_KTHREADS;
        }
        out
    }

    /// What a filter of a watch says.
    pub(crate) fn of_watch(filter: &WatchFilterAttrs<'_>) -> Self {
        let mut out = Self::any();
        take! { out:
            ppid = filter.ppid() => TD_FILTER_PPID;
            uid = filter.uid() => TD_FILTER_UID;
            comm = filter.comm().map(|comm| padded(comm.bytes())) => TD_FILTER_COMM;
            cgroup_id = filter.cgroup_id() => TD_FILTER_CGROUP;
            min_cpu = filter.min_cpu() => TD_FILTER_CPU;
        }
        out
    }

    /// Tells what a watch's filter says.
    pub(crate) fn tell(&self, m: &mut WatchFilter<'_>) {
        let says = |flag| self.set & flag != 0;
        if says(bindings::TD_FILTER_PPID) {
            m.ppid(self.ppid);
        }
        if says(bindings::TD_FILTER_UID) {
            m.uid(self.uid);
        }
        if says(bindings::TD_FILTER_COMM) {
            m.comm(&self.comm);
        }
        if says(bindings::TD_FILTER_CGROUP) {
            m.cgroup_id(self.cgroup_id);
        }
        if says(bindings::TD_FILTER_CPU) {
            m.min_cpu(self.min_cpu);
        }
    }
}

/// Whether a task must be a kernel thread, if it matters.
fn kthreads(wanted: Option<Kthreads>) -> Option<bool> {
    match wanted? {
        Kthreads::Include => None,
        Kthreads::Exclude => Some(false),
        Kthreads::Only => Some(true),
    }
}
