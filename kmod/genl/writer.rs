// SPDX-License-Identifier: GPL-2.0-only

//! Encodes attributes straight into a message.
//!
//! A writer cannot fail half way: what does not fit is remembered, everything after it is left
//! out, and whoever started the message looks once, at its end. Where the compiler can see that a
//! message's room was checked for its largest size ([`Builder::ROOM`]), the check of each number
//! folds away and what remains is the stores.

use crate::{
    attr::HDRLEN,
    cursor::{Cursor, Fault, MAX_PAYLOAD},
    number::Fixed,
    text,
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

/// Appends attributes to a message or a nest.
///
/// Generated builders wrap it with the names and types of a spec; handlers see only those.
pub struct Writer<'w>(pub(crate) &'w mut Cursor);

impl<'w> Writer<'w> {
    #[inline(always)]
    pub(crate) fn new(cursor: &'w mut Cursor) -> Self {
        Self(cursor)
    }

    /// Appends a number of fixed size.
    #[inline(always)]
    pub fn number<K: Fixed>(&mut self, id: u16, value: K::Plain) {
        if let Some(at) = self.0.attr(id, K::SIZE) {
            // SAFETY: The payload has the number's size.
            unsafe { K::store(at, value) };
        }
    }

    /// Appends an unsigned number in 4 bytes where it fits, else in 8.
    #[inline(always)]
    pub fn uint(&mut self, id: u16, value: u64) {
        if let Ok(short) = u32::try_from(value) {
            self.number::<u32>(id, short);
        } else {
            self.number::<u64>(id, value);
        }
    }

    /// Appends a signed number in 4 bytes where it fits, else in 8.
    #[inline(always)]
    pub fn sint(&mut self, id: u16, value: i64) {
        if let Ok(short) = i32::try_from(value) {
            self.number::<i32>(id, short);
        } else {
            self.number::<i64>(id, value);
        }
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
            // SAFETY: The payload has the type's size.
            unsafe { at.cast::<bindings::nla_bitfield32>().write_unaligned(raw) };
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

    /// Appends as many bytes as the type says.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self, id: u16, value: &[u8; N]) {
        const { assert!(N <= MAX_PAYLOAD, "an attribute would be too long") };
        if let Some(at) = self.0.attr(id, N) {
            // SAFETY: The payload has the array's length and its type has no alignment.
            unsafe { at.cast::<[u8; N]>().write(*value) };
        }
    }

    /// Appends a string: the bytes up to the first NUL, or all, but at most `MAX`, and a NUL.
    #[inline(always)]
    pub fn string<const MAX: usize>(&mut self, id: u16, value: &[u8]) {
        text::put(self, id, value, MAX);
    }

    /// Appends numbers one after the other.
    #[inline(always)]
    pub fn numbers<K: Fixed>(&mut self, id: u16, values: &[K::Plain]) {
        let Some(len) = values.len().checked_mul(K::SIZE) else {
            return self.0.fail(Fault::Long);
        };
        if len > MAX_PAYLOAD {
            return self.0.fail(Fault::Long);
        }
        let Some(mut at) = self.0.attr(id, len) else {
            return;
        };
        for value in values {
            // SAFETY: The payload has as many numbers as the slice.
            unsafe { K::store(at, *value) };
            // SAFETY: As above; after the last, this is the end of the payload.
            at = unsafe { at.add(K::SIZE) };
        }
    }

    /// Appends a nest with what the closure puts into it.
    ///
    /// A nest of more than 65 531 bytes makes the message fail with `EMSGSIZE`.
    #[inline(always)]
    pub fn nest<B: Builder>(&mut self, id: u16, fill: impl FnOnce(&mut B::At<'_>)) {
        self.nested(id, |writer| fill(&mut B::at(writer)));
    }

    /// Appends a nest of nests, whose numbers count from 1.
    #[inline(always)]
    pub fn list<B: Builder>(&mut self, id: u16, fill: impl FnOnce(&mut List<'_, B>)) {
        self.nested(id, |writer| fill(&mut List::new(writer)));
    }

    /// Appends a nest of an attribute for each value, numbered from 1.
    #[inline(always)]
    fn counted<T>(
        &mut self,
        id: u16,
        values: impl IntoIterator<Item = T>,
        put: impl Fn(&mut Writer<'_>, u16, T),
    ) {
        self.nested(id, |mut writer| {
            for (index, value) in (1..=u16::MAX >> 2).zip(values) {
                put(&mut writer, index, value);
            }
        });
    }

    /// Appends a nest of numbers of fixed size, whose attribute numbers count from 1.
    #[inline]
    pub fn number_list<K: Fixed>(&mut self, id: u16, values: impl IntoIterator<Item = K::Plain>) {
        self.counted(id, values, |writer, index, value| {
            writer.number::<K>(index, value)
        });
    }

    /// Appends a nest of unsigned numbers, each as [`uint`](Self::uint) has it, whose attribute
    /// numbers count from 1.
    #[inline]
    pub fn uint_list(&mut self, id: u16, values: impl IntoIterator<Item = u64>) {
        self.counted(id, values, |writer, index, value| writer.uint(index, value));
    }

    /// Appends a nest of signed numbers, each as [`sint`](Self::sint) has it, whose attribute
    /// numbers count from 1.
    #[inline]
    pub fn sint_list(&mut self, id: u16, values: impl IntoIterator<Item = i64>) {
        self.counted(id, values, |writer, index, value| writer.sint(index, value));
    }

    /// Appends a nest of byte slices, whose attribute numbers count from 1.
    #[inline]
    pub fn bytes_list(&mut self, id: u16, values: impl IntoIterator<Item: AsRef<[u8]>>) {
        self.counted(id, values, |writer, index, value| {
            writer.bytes(index, value.as_ref())
        });
    }

    /// Appends a nest of strings, whose attribute numbers count from 1.
    #[inline]
    pub fn string_list(&mut self, id: u16, values: impl IntoIterator<Item: AsRef<[u8]>>) {
        self.counted(id, values, |writer, index, value| {
            writer.string::<MAX_PAYLOAD>(index, value.as_ref());
        });
    }

    /// Appends nests inside nests, whose numbers are values (`nest-type-value`), and in the
    /// innermost what the closure puts into it.
    #[inline]
    pub fn path<B: Builder, const N: usize>(
        &mut self,
        id: u16,
        values: [u16; N],
        fill: impl FnOnce(&mut B::At<'_>),
    ) {
        let Some(outer) = self.open(id) else { return };
        let mut opened = [outer; N];
        for (slot, value) in opened.iter_mut().zip(values) {
            let Some(at) = self.open(value) else { return };
            *slot = at;
        }
        fill(&mut B::at(Writer(&mut *self.0)));
        for at in opened.into_iter().rev() {
            self.close(at);
        }
        self.close(outer);
    }

    /// Runs the closure inside a nest.
    #[inline(always)]
    fn nested(&mut self, id: u16, fill: impl FnOnce(Writer<'_>)) {
        let at = self.open(id);
        // Where the nest does not fit, this counts how much room it needs.
        fill(Writer(&mut *self.0));
        if let Some(at) = at {
            self.close(at);
        }
    }

    /// Starts a nest; returns its payload. Its length is known at its end.
    #[inline(always)]
    fn open(&mut self, id: u16) -> Option<*mut u8> {
        self.0.attr(id | bindings::NLA_F_NESTED as u16, 0)
    }

    /// Ends the nest whose payload starts at `at`.
    #[inline(always)]
    fn close(&mut self, at: *mut u8) {
        if self.0.check().is_err() {
            return;
        }
        // The cursor only moves forward, so this does not wrap.
        let len = (self.0.tail() as usize).wrapping_sub(at as usize);
        if len > MAX_PAYLOAD {
            return self.0.fail(Fault::Long);
        }
        // SAFETY: `open` gave `at` just after the header that it wrote.
        let head = unsafe { at.sub(HDRLEN) };
        // SAFETY: As above; the length is the header's first field.
        unsafe {
            head.cast::<u16>()
                .write_unaligned(len.wrapping_add(HDRLEN) as u16)
        };
    }
}

/// The nests of an indexed array being written.
pub struct List<'w, B> {
    writer: Writer<'w>,
    index: u16,
    _p: PhantomData<fn() -> B>,
}

impl<'w, B: Builder> List<'w, B> {
    fn new(writer: Writer<'w>) -> Self {
        Self {
            writer,
            index: 0,
            _p: PhantomData,
        }
    }

    /// Appends a nest with what the closure puts into it.
    #[inline]
    pub fn item(&mut self, fill: impl FnOnce(&mut B::At<'_>)) -> &mut Self {
        // More than there are numbers do not fit into an attribute: each takes 4 bytes.
        self.index = self.index.wrapping_add(1);
        self.writer.nest::<B>(self.index, fill);
        self
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
