// SPDX-License-Identifier: GPL-2.0-only

//! Encodes attributes straight into a message.
//!
//! A writer cannot fail half way: what does not fit is remembered, everything after it is left
//! out, and whoever started the message looks once, at its end. Where the compiler can see that a
//! message's room was checked for its largest size ([`Builder::ROOM`]), the check of each number
//! folds away and what remains is the stores.

use crate::{
    attr::{align, HDRLEN},
    value::Bitfield32,
};
use core::marker::PhantomData;
use kernel::bindings;
use kernel::prelude::*;

/// What a typed message or nest is built with: a thin shell over a [`Writer`].
///
/// The generator makes one for each message and each nest of a spec.
pub trait Builder {
    /// The builder of one message or nest, which lives as long as its closure runs.
    type At<'w>;

    /// Bytes that the attributes of fixed size take together when each is there once.
    ///
    /// A message is started only where this much fits.
    const ROOM: usize;

    /// Wraps the writer.
    fn at(writer: Writer<'_>) -> Self::At<'_>;
}

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
/// - `tail` is 4-aligned, and the `room` bytes from it are valid for writes and nobody else's.
/// - Once `fault` is not [`Fault::None`], `room` is 0.
pub(crate) struct Cursor {
    tail: *mut u8,
    room: usize,
    fault: Fault,
}

impl Cursor {
    /// # Safety
    ///
    /// `tail` must be 4-aligned, and `room` bytes from it must be valid for writes, and used by
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

    /// Whether `len` bytes fit; where they do not, that is the cursor's fault from now on.
    #[inline(always)]
    pub(crate) fn has(&mut self, len: usize) -> bool {
        if self.room < len {
            self.fail(Fault::Room);
            return false;
        }
        true
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
    fn fail(&mut self, fault: Fault) {
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
            self.fail(Fault::Room);
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
    fn attr(&mut self, id: u16, len: usize) -> Option<*mut u8> {
        let span = align(len.wrapping_add(HDRLEN));
        let at = self.take(span)?;
        if len & 3 != 0 {
            // SAFETY: The span has more than 4 bytes, of which the last 4 are aligned as its start.
            unsafe { at.add(span.wrapping_sub(4)).cast::<u32>().write(0) };
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
    // SAFETY: Every caller passes the 4-aligned start of at least 4 writable bytes.
    unsafe { at.cast::<bindings::nlattr>().write(header) };
}

/// The longest payload of an attribute: its length with the header has 16 bits.
const MAX_PAYLOAD: usize = 0xffff - HDRLEN;

/// Appends attributes to a message or a nest.
///
/// Generated builders wrap it with the names and types of a spec; handlers see only those.
pub struct Writer<'w>(&'w mut Cursor);

macro_rules! numbers {
    ($($name:ident: $type:ty,)*) => {$(
        #[doc = concat!("Appends a [`", stringify!($type), "`].")]
        #[inline(always)]
        pub fn $name(&mut self, id: u16, value: $type) {
            if let Some(at) = self.0.attr(id, size_of::<$type>()) {
                // SAFETY: The payload has the type's size; it is only 4-aligned.
                unsafe { at.cast::<$type>().write_unaligned(value) };
            }
        }
    )*};
}

impl<'w> Writer<'w> {
    #[inline(always)]
    pub(crate) fn new(cursor: &'w mut Cursor) -> Self {
        Self(cursor)
    }

    numbers! {
        u8: u8,
        u16: u16,
        u32: u32,
        u64: u64,
        s8: i8,
        s16: i16,
        s32: i32,
        s64: i64,
    }

    /// Appends an unsigned number in 4 bytes where it fits, else in 8.
    #[inline(always)]
    pub fn uint(&mut self, id: u16, value: u64) {
        if let Ok(short) = u32::try_from(value) {
            self.u32(id, short);
        } else {
            self.u64(id, value);
        }
    }

    /// Appends a signed number in 4 bytes where it fits, else in 8.
    #[inline(always)]
    pub fn sint(&mut self, id: u16, value: i64) {
        if let Ok(short) = i32::try_from(value) {
            self.s32(id, short);
        } else {
            self.s64(id, value);
        }
    }

    /// Appends a number in network byte order.
    #[inline(always)]
    pub fn be16(&mut self, id: u16, value: u16) {
        self.u16(id, value.to_be());
    }

    /// Appends a number in network byte order.
    #[inline(always)]
    pub fn be32(&mut self, id: u16, value: u32) {
        self.u32(id, value.to_be());
    }

    /// Appends a number in network byte order.
    #[inline(always)]
    pub fn be64(&mut self, id: u16, value: u64) {
        self.u64(id, value.to_be());
    }

    /// Appends flags and which of them count.
    #[inline(always)]
    pub fn bitfield32(&mut self, id: u16, value: Bitfield32) {
        if let Some(at) = self.0.attr(id, size_of::<bindings::nla_bitfield32>()) {
            let raw = bindings::nla_bitfield32 {
                // A reader may refuse bits that are not selected.
                value: value.value & value.selector,
                selector: value.selector,
            };
            // SAFETY: The payload has the type's size; it is 4-aligned, as the type is.
            unsafe { at.cast::<bindings::nla_bitfield32>().write(raw) };
        }
    }

    /// Appends an attribute without payload.
    #[inline(always)]
    pub fn flag(&mut self, id: u16) {
        self.0.attr(id, 0);
    }

    /// Appends bytes, at most 65 531.
    #[inline(always)]
    pub fn bytes(&mut self, id: u16, value: &[u8]) {
        if value.len() > MAX_PAYLOAD {
            return self.0.fail(Fault::Long);
        }
        if let Some(at) = self.0.attr(id, value.len()) {
            // SAFETY: The payload has the slice's length and is in a message being written, which
            // no slice can borrow.
            unsafe { core::ptr::copy_nonoverlapping(value.as_ptr(), at, value.len()) };
        }
    }

    /// Appends a string: the bytes up to the first NUL, or all, and a NUL.
    #[inline(always)]
    pub fn string(&mut self, id: u16, value: &[u8]) {
        let text = value.split(|byte| *byte == 0).next().unwrap_or(value);
        if text.len() >= MAX_PAYLOAD {
            return self.0.fail(Fault::Long);
        }
        if let Some(at) = self.0.attr(id, text.len().wrapping_add(1)) {
            // SAFETY: The payload is one byte longer than the text and is in a message being
            // written, which no slice can borrow.
            unsafe { core::ptr::copy_nonoverlapping(text.as_ptr(), at, text.len()) };
            // SAFETY: As above.
            unsafe { at.add(text.len()).write(0) };
        }
    }

    /// Appends a nest with what the closure puts into it.
    ///
    /// A nest of more than 65 531 bytes makes the message fail with `EMSGSIZE`.
    #[inline(always)]
    pub fn nest<B: Builder>(&mut self, id: u16, fill: impl FnOnce(&mut B::At<'_>)) {
        // The header first, for its place; its length is known at the end.
        let Some(at) = self.0.attr(id | bindings::NLA_F_NESTED as u16, 0) else {
            return;
        };
        fill(&mut B::at(Writer(&mut *self.0)));
        self.close(at);
    }

    /// Ends the nest whose payload starts at `at`.
    #[inline(always)]
    fn close(&mut self, at: *mut u8) {
        if self.0.fault != Fault::None {
            return;
        }
        // The cursor only moves forward, so this does not wrap.
        let len = (self.0.tail as usize).wrapping_sub(at as usize);
        if len > MAX_PAYLOAD {
            return self.0.fail(Fault::Long);
        }
        // SAFETY: `attr` gave `at` just after the header that it wrote.
        let head = unsafe { at.sub(HDRLEN) };
        // SAFETY: As above; the length is the header's first field.
        unsafe { head.cast::<u16>().write(len.wrapping_add(HDRLEN) as u16) };
    }
}

/// A message or nest without attributes.
pub struct Empty<'w>(PhantomData<Writer<'w>>);

impl Builder for Empty<'_> {
    type At<'w> = Empty<'w>;

    const ROOM: usize = 0;

    #[inline(always)]
    fn at(_: Writer<'_>) -> Empty<'_> {
        Empty(PhantomData)
    }
}
