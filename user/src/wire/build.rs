// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing messages into a buffer of the caller's.

use super::{Attr, Bitfield32, Header, Number};
use crate::request::Encode;
use core::fmt;

/// Writes messages and their attributes, one after the other, into a buffer.
///
/// Writing never fails at once: what does not fit is dropped, and so is all that follows, and
/// [`Builder::finish`] tells. So callers check once.
///
/// ```
/// use genlkit::wire::{Builder, GenlHeader, Header, flags};
///
/// let mut buffer = [0; 64];
/// let mut builder = Builder::new(&mut buffer);
/// let header = Header { kind: 16, flags: flags::REQUEST, seq: 1, ..Header::default() };
/// builder.message(header, |message| {
///     message.bytes(&GenlHeader { cmd: 3, version: 2 }.to_bytes());
///     message.str(2, b"nlctrl");
/// });
/// assert_eq!(builder.finish().unwrap().len(), 16 + 4 + 4 + 8);
/// ```
#[derive(Debug)]
pub struct Builder<'b> {
    buffer: &'b mut [u8],
    len: usize,
    full: bool,
}

/// The messages do not fit into the buffer, or an attribute is longer than 65 535 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message does not fit")
    }
}

impl core::error::Error for Full {}

macro_rules! scalars {
    ($($(#[$doc:meta])* $name:ident($type:ty), $to:ident;)*) => { $(
        $(#[$doc])*
        #[inline]
        pub fn $name(&mut self, number: u16, value: $type) {
            self.attr(number, value.$to());
        }
    )* };
}

impl<'b> Builder<'b> {
    /// Starts at the buffer's start. Its bytes need not be zero.
    #[inline]
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            len: 0,
            full: false,
        }
    }

    /// Writes a message: `header`, with the length put right, then what `body` writes.
    #[inline(always)]
    pub fn message(&mut self, header: Header, body: impl FnOnce(&mut Self)) {
        self.pad();
        let start = self.len;
        self.bytes(&header.to_bytes());
        body(self);
        // The last attribute's padding belongs to the message, as in the kernel's own.
        self.pad();
        match u32::try_from(self.len - start) {
            Ok(len) => self.patch(start, &len.to_ne_bytes()),
            Err(_) => self.full = true,
        }
    }

    /// Writes bytes that are no attribute: a family's header.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.buffer.get_mut(self.len..end) {
            Some(room) if !self.full => {
                room.copy_from_slice(bytes);
                self.len = end;
            }
            _ => self.full = true,
        }
    }

    /// Writes an attribute with the given payload.
    #[inline]
    pub fn attr(&mut self, number: u16, payload: impl AsRef<[u8]>) {
        let payload = payload.as_ref();
        if let Some(room) = self.room(number, payload.len()) {
            room.copy_from_slice(payload);
        }
    }

    scalars! {
        /// Writes an unsigned byte.
        u8(u8), to_ne_bytes;
        /// Writes an unsigned 16-bit number.
        u16(u16), to_ne_bytes;
        /// Writes an unsigned 32-bit number.
        u32(u32), to_ne_bytes;
        /// Writes an unsigned 64-bit number.
        u64(u64), to_ne_bytes;
        /// Writes a signed byte.
        s8(i8), to_ne_bytes;
        /// Writes a signed 16-bit number.
        s16(i16), to_ne_bytes;
        /// Writes a signed 32-bit number.
        s32(i32), to_ne_bytes;
        /// Writes a signed 64-bit number.
        s64(i64), to_ne_bytes;
        /// Writes a big-endian unsigned 16-bit number.
        u16_be(u16), to_be_bytes;
        /// Writes a big-endian unsigned 32-bit number.
        u32_be(u32), to_be_bytes;
        /// Writes a big-endian unsigned 64-bit number.
        u64_be(u64), to_be_bytes;
        /// Writes a big-endian signed 16-bit number.
        s16_be(i16), to_be_bytes;
        /// Writes a big-endian signed 32-bit number.
        s32_be(i32), to_be_bytes;
        /// Writes a big-endian signed 64-bit number.
        s64_be(i64), to_be_bytes;
        /// Writes a little-endian unsigned 16-bit number.
        u16_le(u16), to_le_bytes;
        /// Writes a little-endian unsigned 32-bit number.
        u32_le(u32), to_le_bytes;
        /// Writes a little-endian unsigned 64-bit number.
        u64_le(u64), to_le_bytes;
        /// Writes a little-endian signed 16-bit number.
        s16_le(i16), to_le_bytes;
        /// Writes a little-endian signed 32-bit number.
        s32_le(i32), to_le_bytes;
        /// Writes a little-endian signed 64-bit number.
        s64_le(i64), to_le_bytes;
    }

    /// Writes an unsigned number in 4 bytes where they suffice, else in 8 (`uint`).
    #[inline]
    pub fn uint(&mut self, number: u16, value: u64) {
        match u32::try_from(value) {
            Ok(value) => self.u32(number, value),
            Err(_) => self.u64(number, value),
        }
    }

    /// Writes a signed number in 4 bytes where they suffice, else in 8 (`sint`).
    #[inline]
    pub fn sint(&mut self, number: u16, value: i64) {
        match i32::try_from(value) {
            Ok(value) => self.s32(number, value),
            Err(_) => self.s64(number, value),
        }
    }

    /// Writes an attribute that says something by being there.
    #[inline]
    pub fn flag(&mut self, number: u16) {
        self.attr(number, []);
    }

    /// Writes an attribute that says something by being there, where it is to be.
    #[inline]
    pub fn flag_if(&mut self, number: u16, is_set: bool) {
        if is_set {
            self.flag(number);
        }
    }

    /// Writes a string and the NUL after it.
    #[inline]
    pub fn str(&mut self, number: u16, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        if let Some([text @ .., nul]) = self.room(number, value.len() + 1) {
            text.copy_from_slice(value);
            *nul = 0;
        }
    }

    /// Writes bits with the mask of those that count.
    pub fn bitfield32(&mut self, number: u16, value: Bitfield32) {
        let [v0, v1, v2, v3] = value.value.to_ne_bytes();
        let [s0, s1, s2, s3] = value.selector.to_ne_bytes();
        self.attr(number, [v0, v1, v2, v3, s0, s1, s2, s3]);
    }

    /// Writes a nest of what `attributes` writes, marked `NLA_F_NESTED`.
    pub fn nest(&mut self, number: u16, attributes: impl FnOnce(&mut Self)) {
        self.pad();
        let start = self.len;
        self.head(0, number | linux_raw_sys::netlink::NLA_F_NESTED as u16);
        attributes(self);
        self.pad();
        match u16::try_from(self.len - start) {
            Ok(len) => self.patch(start, &len.to_ne_bytes()),
            Err(_) => self.full = true,
        }
    }

    /// Writes a nest of the attributes of `value`.
    #[inline]
    pub fn encode(&mut self, number: u16, value: impl Encode) {
        self.nest(number, |to| value.encode(to));
    }

    /// Writes a list without headers: the numbers' bytes, one after the other.
    pub fn numbers<T: Number>(&mut self, number: u16, numbers: &[T]) {
        self.pad();
        let len = numbers.len().saturating_mul(T::LEN);
        match u16::try_from(len.saturating_add(Attr::HEADER_LEN)) {
            Ok(len) => {
                self.head(len, number);
                for &number in numbers {
                    self.bytes(number.to_bytes().as_ref());
                }
            }
            Err(_) => self.full = true,
        }
    }

    /// Writes an attribute, where there is a value: with [`Builder::u32`], [`Builder::str`] and so
    /// on.
    #[inline]
    pub fn put<T>(&mut self, number: u16, value: Option<T>, write: impl Fn(&mut Self, u16, T)) {
        if let Some(value) = value {
            write(self, number, value);
        }
    }

    /// Writes an attribute as often as there are values.
    #[inline]
    pub fn each<T: Copy>(&mut self, number: u16, values: &[T], write: impl Fn(&mut Self, u16, T)) {
        for &value in values {
            write(self, number, value);
        }
    }

    /// Writes an array (`indexed-array`), where there is one: a nest of its elements, which count
    /// from 0, as those of the kernel's own clients do.
    pub fn array<T: Copy>(
        &mut self,
        number: u16,
        elements: Option<&[T]>,
        write: impl Fn(&mut Self, u16, T),
    ) {
        let Some(elements) = elements else { return };
        self.nest(number, |to| {
            for (index, &element) in elements.iter().enumerate() {
                // No message has room for elements whose index is cut.
                write(to, index as u16 & 0x3fff, element);
            }
        });
    }

    /// How many bytes were written.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes that were written.
    ///
    /// # Errors
    /// [`Full`] where something did not fit.
    #[inline]
    pub fn finish(self) -> Result<&'b [u8], Full> {
        match self.buffer.get(..self.len) {
            Some(bytes) if !self.full => Ok(bytes),
            _ => Err(Full),
        }
    }

    /// Writes an attribute's header and padding, and makes room for a payload of so many bytes.
    #[inline(always)]
    fn room(&mut self, number: u16, payload: usize) -> Option<&mut [u8]> {
        self.pad();
        let len = payload + Attr::HEADER_LEN;
        let end = self.len.saturating_add(super::align(len));
        let len = u16::try_from(len);
        match (self.buffer.get_mut(self.len..end), len) {
            (Some(room), Ok(len)) if !self.full => {
                self.len = end;
                let (head, room) = room.split_first_chunk_mut::<{ Attr::HEADER_LEN }>()?;
                let [l0, l1] = len.to_ne_bytes();
                let [k0, k1] = number.to_ne_bytes();
                *head = [l0, l1, k0, k1];
                // The padding, which ends the last four bytes.
                if let Some(last) = room.last_chunk_mut::<{ super::ALIGN }>() {
                    *last = [0; _];
                }
                room.get_mut(..payload)
            }
            _ => {
                self.full = true;
                None
            }
        }
    }

    #[inline]
    fn head(&mut self, len: u16, raw_kind: u16) {
        let [l0, l1] = len.to_ne_bytes();
        let [k0, k1] = raw_kind.to_ne_bytes();
        self.bytes(&[l0, l1, k0, k1]);
    }

    /// Writes zeros up to the next multiple of four.
    #[inline]
    fn pad(&mut self) {
        let beyond = self.len % super::ALIGN;
        if beyond == 0 {
            return;
        }
        let end = self.len - beyond + super::ALIGN;
        match self.buffer.get_mut(self.len..end) {
            Some(room) if !self.full => {
                room.fill(0);
                self.len = end;
            }
            _ => self.full = true,
        }
    }

    #[inline]
    fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(room) = self
            .buffer
            .get_mut(at..)
            .and_then(|b| b.get_mut(..bytes.len()))
        {
            room.copy_from_slice(bytes);
        }
    }
}
