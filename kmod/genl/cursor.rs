// SPDX-License-Identifier: GPL-2.0-only

//! The place in a buffer where the next attribute goes.

use crate::attr::{align, HDRLEN};
use kernel::bindings;
use kernel::prelude::*;

/// Why a message is not whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is whole.
    None,
    /// It did not fit; it would in a larger buffer.
    Room,
    /// An attribute would be longer than 65 535 bytes, which no buffer helps.
    Long,
}

/// Where the next attribute goes.
///
/// # Invariants
///
/// - The `room` bytes from `tail` are valid for writes and nobody else's. They are not aligned: the
///   core puts the parts of a dump at the end of a buffer that is as long as its reader says.
/// - Once `fault` is not [`Fault::None`], `room` is 0. `tail` then is no place, but counts on how
///   far a message without the fault would have come.
pub(crate) struct Cursor {
    tail: *mut u8,
    room: usize,
    fault: Fault,
}

impl Cursor {
    /// # Safety
    ///
    /// `room` bytes from `tail` must be valid for writes, and used by
    /// nobody else, while the cursor is used.
    #[inline(always)]
    pub(crate) unsafe fn new(tail: *mut u8, room: usize) -> Self {
        // INVARIANT: By the safety requirement; there is no fault yet.
        Self {
            tail,
            room,
            fault: Fault::None,
        }
    }

    /// The first byte that is not written.
    #[inline(always)]
    pub(crate) fn tail(&self) -> *mut u8 {
        self.tail
    }

    /// Bytes left.
    #[inline(always)]
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Leaves at most `len` bytes.
    #[inline(always)]
    pub(crate) fn limit(&mut self, len: usize) {
        // INVARIANT: A shorter room is still valid.
        self.room = self.room.min(len);
    }

    /// Whether `len` bytes fit; where they do not, that is the cursor's fault from now on.
    #[inline(always)]
    pub(crate) fn has(&mut self, len: usize) -> bool {
        if self.room < len {
            self.lack(len);
            return false;
        }
        true
    }

    /// Takes note that `len` bytes do not fit.
    #[inline(always)]
    fn lack(&mut self, len: usize) {
        self.fail(Fault::Room);
        // INVARIANT: There is a fault, so that this counts.
        self.tail = self.tail.wrapping_add(len);
    }

    /// A copy of the cursor, to try a message with.
    #[inline(always)]
    pub(crate) fn fork(&mut self) -> Self {
        // INVARIANT: Whoever has `self` writes through the copy only until it is joined or given
        // up.
        Self {
            tail: self.tail,
            room: self.room,
            fault: self.fault,
        }
    }

    /// Moves to where a copy is.
    ///
    /// # Safety
    ///
    /// `copy` must be of [`fork`](Self::fork) on this cursor.
    #[inline(always)]
    pub(crate) unsafe fn join(&mut self, copy: Self) {
        // INVARIANT: The copy has moved forward within the same room.
        *self = copy;
    }

    #[inline(always)]
    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// The errno of an unfinished message.
    #[inline(always)]
    pub(crate) fn check(&self) -> Result {
        if self.fault == Fault::None {
            Ok(())
        } else {
            Err(EMSGSIZE)
        }
    }

    #[inline(always)]
    pub(crate) fn fail(&mut self, fault: Fault) {
        // INVARIANT: A fault leaves no room. A shorter room is still valid.
        self.room = 0;
        // The first fault is the one that counts.
        if self.fault == Fault::None {
            self.fault = fault;
        }
    }

    /// Takes `span` bytes, a multiple of 4.
    #[inline(always)]
    pub(crate) fn take(&mut self, span: usize) -> Option<*mut u8> {
        if self.room < span {
            self.lack(span);
            return None;
        }
        let at = self.tail;
        // INVARIANT: `span` bytes fewer from `span` bytes further on; both are multiples of 4.
        // SAFETY: By the invariant, `span <= room` bytes from `tail` are in one allocation.
        self.tail = unsafe { at.add(span) };
        self.room = self.room.wrapping_sub(span);
        Some(at)
    }

    /// Starts an attribute of `len` bytes, at most 65 531; returns its payload, whose padding
    /// is zeroed and whose `len` bytes the caller must write.
    #[inline(always)]
    pub(crate) fn attr(&mut self, id: u16, len: usize) -> Option<*mut u8> {
        let span = align(len.wrapping_add(HDRLEN));
        let at = self.take(span)?;
        if len & 3 != 0 {
            // SAFETY: The span has more than 4 bytes.
            let last = unsafe { at.add(span.wrapping_sub(4)) };
            // SAFETY: As above.
            unsafe { last.cast::<u32>().write_unaligned(0) };
        }
        header(at, id, len.wrapping_add(HDRLEN) as u16);
        // SAFETY: The span has at least the header.
        Some(unsafe { at.add(HDRLEN) })
    }
}

/// Writes an attribute's header at the start of a span that [`Cursor::take`] gave.
#[inline(always)]
fn header(at: *mut u8, id: u16, len: u16) {
    let header = bindings::nlattr {
        nla_len: len,
        nla_type: id,
    };
    // SAFETY: Every caller passes the start of at least 4 writable bytes.
    unsafe { at.cast::<bindings::nlattr>().write_unaligned(header) };
}

/// The longest payload of an attribute: its length with the header has 16 bits.
pub(crate) const MAX_PAYLOAD: usize = 0xffff - HDRLEN;
