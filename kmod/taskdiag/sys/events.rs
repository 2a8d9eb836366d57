// SPDX-License-Identifier: GPL-2.0-only

//! Events: the probes, the ring of what they saw, and who takes it out.

use super::{bindings, Event, EventChange, EventCounts, EventEnd, EventNames, EventTask, Owner};
use crate::taskdiag::{EventType, EventTypeFlags};
use core::{
    mem::{ManuallyDrop, MaybeUninit},
    ops::Deref,
    ptr::NonNull,
};
use genl::Enum;
use kernel::cred::Credential;
use kernel::error::{from_err_ptr, to_result};
use kernel::prelude::*;

/// Sends what a [`Source`] has.
pub(crate) trait Deliver: Send + Sync + 'static {
    /// Takes records and sends them; says whether anyone is in the group.
    ///
    /// Runs in a work item, never twice at once, and again while there are more records: it has an
    /// end even if there always are.
    fn deliver(&self, source: &Source) -> bool;
}

/// The probes and the ring that they write to.
///
/// # Invariants
///
/// The events are valid as long as this is.
#[repr(transparent)]
pub(crate) struct Source(NonNull<bindings::td_events>);

// SAFETY: Everything behind the pointer has its own locks.
unsafe impl Send for Source {}

// SAFETY: As above.
unsafe impl Sync for Source {}

impl Source {
    /// Someone joins the group.
    pub(crate) fn joining(&self) {
        // SAFETY: By the invariant, the events are valid.
        unsafe { bindings::td_events_joining(self.0.as_ptr()) };
    }

    /// Has it looked soon who still listens.
    pub(crate) fn look(&self) {
        // SAFETY: By the invariant, the events are valid.
        unsafe { bindings::td_events_look(self.0.as_ptr()) };
    }

    /// Has kinds of event recorded, for one more. May sleep.
    pub(crate) fn record(&self, kinds: EventTypeFlags) -> Result {
        // SAFETY: By the invariant, the events are valid.
        to_result(unsafe { bindings::td_events_record(self.0.as_ptr(), kinds.bits()) })
    }

    /// Ends what [`record`](Self::record) began, for one. May sleep.
    pub(crate) fn unrecord(&self, kinds: EventTypeFlags) {
        // SAFETY: By the invariant, the events are valid.
        unsafe { bindings::td_events_unrecord(self.0.as_ptr(), kinds.bits()) };
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

    /// Gives the ring room for so many records, rounded up to a power of two. `ENOMEM`. May sleep.
    pub(crate) fn resize(&self, size: u32) -> Result {
        // SAFETY: By the invariant, the events are valid.
        to_result(unsafe { bindings::td_events_resize(self.0.as_ptr(), size) })
    }

    /// How many records the ring has room for.
    pub(crate) fn size(&self) -> u32 {
        // SAFETY: By the invariant, the events are valid.
        unsafe { bindings::td_events_size(self.0.as_ptr()) }
    }

    /// The kinds of event that a probe is on for.
    pub(crate) fn armed(&self) -> EventTypeFlags {
        // SAFETY: By the invariant, the events are valid.
        let armed = unsafe { bindings::td_events_armed(self.0.as_ptr()) };
        EventTypeFlags::from_raw(armed.into()).unwrap_or(EventTypeFlags::all())
    }

    /// What the ring has done.
    pub(crate) fn counts(&self) -> EventCounts {
        let mut counts = MaybeUninit::uninit();
        // SAFETY: By the invariant, the events are valid; the counts are ours to fill.
        unsafe { bindings::td_events_count(self.0.as_ptr(), counts.as_mut_ptr()) };
        // SAFETY: The function fills them.
        unsafe { counts.assume_init() }
    }
}

/// Events, and the state that delivers them.
///
/// # Invariants
///
/// The source owns its events, which call nothing but the delivery of `state`.
pub(crate) struct Events<D: Deliver> {
    source: Source,
    state: ManuallyDrop<Pin<KBox<D>>>,
}

/// The work item's way to [`Deliver::deliver`].
///
/// # Safety
///
/// `state` must be a `D`, and both must be valid during the call.
unsafe extern "C" fn deliver<D: Deliver>(
    state: *const c_void,
    events: *mut bindings::td_events,
) -> bool {
    // SAFETY: By the safety requirement.
    let state = unsafe { &*state.cast::<D>() };
    // INVARIANT: Valid during the call.
    NonNull::new(events).is_some_and(|events| state.deliver(&Source(events)))
}

impl<D: Deliver> Events<D> {
    /// Makes the ring. Probes come when somebody wants them.
    ///
    /// `ENODEV` where the kernel lacks a tracepoint, `ENOMEM`.
    pub(crate) fn new(state: impl PinInit<D, Error>) -> Result<Self> {
        let state = KBox::pin_init(state, GFP_KERNEL)?;
        let at: *const D = &*state;
        // SAFETY: `deliver` expects the state, which is pinned and outlives the last call.
        let events = unsafe { bindings::td_events_new(Some(deliver::<D>), at.cast()) };
        // INVARIANT: New events are ours.
        let source = Source(NonNull::new(from_err_ptr(events)?).ok_or(ENOMEM)?);
        Ok(Self {
            source,
            state: ManuallyDrop::new(state),
        })
    }

    /// The probes and the ring.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

impl<D: Deliver> Deref for Events<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.state
    }
}

impl<D: Deliver> Drop for Events<D> {
    fn drop(&mut self) {
        let events = self.source.0.as_ptr();
        // SAFETY: By the invariant, the events are ours; after this, they do not call the state.
        unsafe { bindings::td_events_stop(events) };
        // SAFETY: Nobody uses the state any more; it is dropped here only.
        unsafe { ManuallyDrop::drop(&mut self.state) };
        // SAFETY: As above; nothing uses the events after this.
        unsafe { bindings::td_events_free(events) };
    }
}

/// What an event tells besides what all events do.
pub(crate) enum Detail<'e> {
    /// Of a fork, who forked.
    Fork(&'e EventTask),
    /// Of an exit, how it ended and what it used.
    Exit(&'e EventEnd),
    /// Of a rename, both names.
    Comm(&'e EventNames),
    /// Of other ids, both.
    Ids(&'e EventChange),
    /// No more.
    None,
}

impl Event {
    /// What happened.
    #[inline]
    pub(crate) fn kind(&self) -> EventType {
        EventType::from_raw(self.kind.into()).unwrap_or(EventType::Exec)
    }

    /// What it tells besides what all events do.
    #[inline]
    pub(crate) fn detail(&self) -> Detail<'_> {
        let union = &self.__bindgen_anon_1;
        match self.kind() {
            // SAFETY: Whatever the union has is integers, for which all bytes are values.
            EventType::Fork => Detail::Fork(unsafe { union.parent.as_ref() }),
            // SAFETY: As above.
            EventType::Exit => Detail::Exit(unsafe { union.end.as_ref() }),
            // SAFETY: As above.
            EventType::Comm => Detail::Comm(unsafe { union.names.as_ref() }),
            // SAFETY: As above.
            EventType::Ids => Detail::Ids(unsafe { union.ids.as_ref() }),
            EventType::Exec | EventType::Session => Detail::None,
        }
    }
}

impl Copy for Owner {}

impl Clone for Owner {
    fn clone(&self) -> Self {
        *self
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        (self.uid, self.gid) == (other.uid, other.gid)
    }
}

/// Whether the current task's pids are those that events tell.
pub(crate) fn in_initial_pid_ns() -> bool {
    // SAFETY: Looks at the current task.
    unsafe { bindings::td_in_initial_pid_ns() }
}

/// Whose tasks are the current task's own; nobody's where another has opened the socket.
pub(crate) fn own(opener: &Credential) -> Option<Owner> {
    let mut own = MaybeUninit::uninit();
    // SAFETY: The credentials are valid; the owner is ours to fill.
    let same = unsafe { bindings::td_follow_own(opener.as_ptr(), own.as_mut_ptr()) };
    // SAFETY: The function fills it.
    same.then(|| unsafe { own.assume_init() })
}
