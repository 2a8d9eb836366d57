// SPDX-License-Identifier: GPL-2.0-only

//! Triggers: processes, and what of them is waited for.

use super::{bindings, Firing, Rules, View};
use crate::{stats::COUNTS, taskdiag::WatchOn};
use core::ptr::{self, NonNull};
use genl::Enum;
use kernel::error::{from_err_ptr, to_result};
use kernel::prelude::*;
use kernel::sync::Arc;

/// The most processes that a trigger can have.
pub(crate) const PIDS: usize = bindings::TD_WATCH_PIDS as usize;

/// Who is told of firings.
pub(crate) trait Fired: Send + Sync + 'static {
    /// Tells of a firing, which may be of a trigger that was dropped meanwhile.
    ///
    /// Runs in a work item, never twice at once.
    fn fired(&self, firing: &Firing);
}

/// Processes, and what of them is waited for.
///
/// # Invariants
///
/// The pointer owns a watch that has not ended.
pub(crate) struct Trigger(NonNull<bindings::td_watch>);

// SAFETY: What is behind the pointer has its own locks.
unsafe impl Send for Trigger {}

// SAFETY: As above.
unsafe impl Sync for Trigger {}

/// The work item's way to [`Fired::fired`].
///
/// # Safety
///
/// `home` must be an `H`, and both must be valid during the call.
unsafe extern "C" fn fired<H: Fired>(home: *const c_void, firing: *const Firing) {
    // SAFETY: By the safety requirement.
    let home = unsafe { &*home.cast::<H>() };
    // SAFETY: By the safety requirement.
    home.fired(unsafe { &*firing });
}

/// Drops a reference to who is told.
///
/// # Safety
///
/// `home` must be what `Arc::into_raw` has returned for an `H`, and not be used after.
unsafe extern "C" fn put<H: Fired>(home: *const c_void) {
    // SAFETY: By the safety requirement.
    drop(unsafe { Arc::from_raw(home.cast::<H>()) });
}

impl Trigger {
    /// A trigger of no process; `bounded`, it and its processes count among those of its user.
    ///
    /// What `view` may not know is not told. `EMFILE` where the user has as many as it may,
    /// `ENFILE` where all users have, `ENOSPC` where it filters and 64 others do, `ENODEV` where
    /// there is no way to see what it waits for, `ENOMEM`. May sleep.
    pub(crate) fn new<H: Fired>(
        home: Arc<H>,
        rules: &Rules,
        view: View,
        bounded: bool,
    ) -> Result<Self> {
        let view = view.into_raw();
        let home = home.into_raw();
        // SAFETY: View and home are ours to give, and the functions are those of the home's type.
        let watch = unsafe {
            bindings::td_watch_new(
                view.as_ptr(),
                rules,
                bounded,
                home.cast(),
                Some(fired::<H>),
                Some(put::<H>),
            )
        };
        let watch = from_err_ptr(watch).inspect_err(|_| {
            // SAFETY: It was not taken, and is what `into_raw` returned.
            drop(unsafe { View::from_raw(view) });
            // SAFETY: As above.
            drop(unsafe { Arc::from_raw(home) });
        })?;
        COUNTS.watch_made();
        // INVARIANT: A new watch is ours.
        NonNull::new(watch).map(Self).ok_or(ENOMEM)
    }

    /// Adds processes: all of them, or none. May sleep.
    ///
    /// `ESRCH` where one is no process that lives and may be seen, `EPERM` where how it ends is
    /// waited for and may not be told, `ENOSPC` where they are too many for a trigger, `EMFILE` for
    /// its user, `ENFILE` for all users, `ENOMEM`.
    pub(crate) fn add(&self, pids: &[u32]) -> Result {
        // SAFETY: By the invariant, the watch is valid; there are as many pids.
        to_result(unsafe {
            bindings::td_watch_add(self.0.as_ptr(), pids.as_ptr(), pids.len() as u32)
        })
    }

    /// The processes that live, those alone that a view may see and in its numbers; without one,
    /// as the trigger's own. May sleep.
    pub(crate) fn pids(&self, view: Option<&View>) -> Result<KVec<u32>> {
        let mut pids = KVec::from_elem(0, PIDS, GFP_KERNEL)?;
        let view = view.map_or(ptr::null(), View::as_raw);
        // SAFETY: By the invariants, all are valid; there is room for as many.
        let n = unsafe {
            bindings::td_watch_pids(self.0.as_ptr(), view, pids.as_mut_ptr(), PIDS as u32)
        };
        pids.truncate(n as usize);
        Ok(pids)
    }
}

impl Drop for Trigger {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the watch is ours.
        unsafe { bindings::td_watch_end(self.0.as_ptr()) };
        COUNTS.watch_gone();
    }
}

/// Waits until nothing is left of triggers that were dropped: neither firings that are told, nor
/// references to who is told. May sleep; not to be called by who is told.
pub(crate) fn settle() {
    // SAFETY: Waits.
    unsafe { bindings::td_watch_sync() };
}

/// How many firings were dropped, of all triggers, before anyone could be told of them.
pub(crate) fn dropped() -> u64 {
    // SAFETY: Reads a count.
    unsafe { bindings::td_firings_dropped() }
}

impl Firing {
    /// What happened.
    pub(crate) fn kind(&self) -> WatchOn {
        WatchOn::from_raw(self.on.into()).unwrap_or(WatchOn::Exit)
    }

    /// How the process ended, if it did and that may be told.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        self.has_exit_code.then_some(self.exit_code)
    }
}
