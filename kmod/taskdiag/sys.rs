// SPDX-License-Identifier: GPL-2.0-only

//! The C of this directory, safely.
//!
//! All that reads tasks is C: it fills plain structs, which is all that the handlers see. Nothing
//! else in taskdiag has `unsafe`.

use crate::taskdiag::Group;
use core::{
    mem::{ManuallyDrop, MaybeUninit},
    ptr::NonNull,
};
use kernel::{cred::Credential, prelude::*};

#[expect(
    dead_code,
    improper_ctypes,
    non_camel_case_types,
    unreachable_pub,
    reason = "generated; `struct cred` has empty members in some configurations"
)]
mod bindings {
    use kernel::bindings::*;

    include!(concat!(env!("GENL_OBJ"), "/taskdiag/task_generated.rs"));
    include!(concat!(env!("GENL_OBJ"), "/taskdiag/events_generated.rs"));
}

pub(crate) use bindings::{
    td_cpu as Cpu, td_cred as Cred, td_event as Event, td_event_task as EventTask, td_task as Task,
};

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

/// Sends what a [`Ring`] has.
pub(crate) trait Deliver {
    /// Takes records and sends them, at most as many as the ring can hold; says whether anyone
    /// listens.
    ///
    /// Runs in a work item, never twice at once, and again while there are more records.
    fn deliver(ring: &Ring) -> bool;
}

/// The probes and the ring that they write to.
///
/// # Invariants
///
/// The pointer owns the events.
pub(crate) struct Ring(NonNull<bindings::td_events>);

// SAFETY: Everything behind the pointer has its own locks.
unsafe impl Send for Ring {}

// SAFETY: As above.
unsafe impl Sync for Ring {}

/// The work item's way to [`Deliver::deliver`].
///
/// # Safety
///
/// The events must be valid during the call.
unsafe extern "C" fn deliver<D: Deliver>(events: *mut bindings::td_events) -> bool {
    // INVARIANT: Valid during the call, and not dropped here.
    let ring = NonNull::new(events).map(|events| ManuallyDrop::new(Ring(events)));
    ring.is_some_and(|ring| D::deliver(&ring))
}

impl Ring {
    /// How many records there can be.
    pub(crate) const SIZE: u32 = bindings::TD_RING_SIZE;

    /// Makes the ring. The probes come with the first listener.
    ///
    /// `ENODEV` where the kernel has not the tracepoints, or no memory.
    pub(crate) fn new<D: Deliver>() -> Result<Self> {
        // SAFETY: `deliver` is called with the events themselves, as it expects.
        let events = unsafe { bindings::td_events_new(Some(deliver::<D>)) };
        // INVARIANT: New events are ours.
        NonNull::new(events).map(Self).ok_or(ENODEV)
    }

    /// Someone joins the group.
    pub(crate) fn listen(&self) {
        // SAFETY: By the invariant, the events are valid.
        unsafe { bindings::td_events_listen(self.0.as_ptr()) };
    }

    /// Someone has left the group.
    pub(crate) fn unlisten(&self) {
        // SAFETY: By the invariant, the events are valid.
        unsafe { bindings::td_events_unlisten(self.0.as_ptr()) };
    }

    /// Takes the oldest record. May sleep.
    #[inline]
    pub(crate) fn pop(&self) -> Option<Event> {
        let mut event = MaybeUninit::uninit();
        // SAFETY: By the invariant, the events are valid; the record is ours to fill.
        let some = unsafe { bindings::td_events_pop(self.0.as_ptr(), event.as_mut_ptr()) };
        // SAFETY: The function fills the whole record if it says so.
        some.then(|| unsafe { event.assume_init() })
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the events are ours; after this, nothing else uses them.
        unsafe { bindings::td_events_free(self.0.as_ptr()) };
    }
}
