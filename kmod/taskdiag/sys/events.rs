// SPDX-License-Identifier: GPL-2.0-only

//! The probes, and the ring of what they saw.

use super::{bindings, Event};
use core::{
    mem::{ManuallyDrop, MaybeUninit},
    ptr::NonNull,
};
use kernel::prelude::*;

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
