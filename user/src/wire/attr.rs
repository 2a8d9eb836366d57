// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attributes: reading what messages and nests hold.

use super::{ALIGN, Malformed, Reason, Str, after};

/// Bits of an attribute's type field that are not its number (`NLA_F_NESTED`,
/// `NLA_F_NET_BYTEORDER`).
const NUMBER: u16 = !0xc000;

/// One attribute: a number and a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr<'b> {
    /// The type field as it was sent, flags included.
    raw_kind: u16,
    payload: &'b [u8],
}

macro_rules! scalars {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $from:ident;)*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Reason::PayloadLength`] where the payload has another length.
        #[inline]
        pub fn $name(&self) -> Result<$type, Malformed> {
            match self.payload.try_into() {
                Ok(bytes) => Ok(<$type>::$from(bytes)),
                Err(_) => Err(self.wrong_length(size_of::<$type>())),
            }
        }
    )* };
}

impl<'b> Attr<'b> {
    /// Length of an attribute's header in bytes.
    pub const HEADER_LEN: usize = 4;

    /// The attribute's number, without flags.
    #[inline]
    pub fn number(&self) -> u16 {
        self.raw_kind & NUMBER
    }

    /// Whether the sender marked the attribute as a nest (`NLA_F_NESTED`). Old families do not.
    #[inline]
    pub fn is_marked_nested(&self) -> bool {
        self.raw_kind & linux_raw_sys::netlink::NLA_F_NESTED as u16 != 0
    }

    /// The payload's bytes.
    #[inline]
    pub fn payload(&self) -> &'b [u8] {
        self.payload
    }

    scalars! {
        /// An unsigned byte.
        u8: u8, from_ne_bytes;
        /// An unsigned 16-bit number.
        u16: u16, from_ne_bytes;
        /// An unsigned 32-bit number.
        u32: u32, from_ne_bytes;
        /// An unsigned 64-bit number.
        u64: u64, from_ne_bytes;
        /// A signed byte.
        s8: i8, from_ne_bytes;
        /// A signed 16-bit number.
        s16: i16, from_ne_bytes;
        /// A signed 32-bit number.
        s32: i32, from_ne_bytes;
        /// A signed 64-bit number.
        s64: i64, from_ne_bytes;
        /// A big-endian unsigned 16-bit number.
        u16_be: u16, from_be_bytes;
        /// A big-endian unsigned 32-bit number.
        u32_be: u32, from_be_bytes;
        /// A big-endian unsigned 64-bit number.
        u64_be: u64, from_be_bytes;
    }

    /// An unsigned number of 4 or 8 bytes (`uint`).
    ///
    /// # Errors
    /// [`Reason::PayloadLength`] where the payload has another length.
    #[inline]
    pub fn uint(&self) -> Result<u64, Malformed> {
        match <[u8; 8]>::try_from(self.payload) {
            Ok(bytes) => Ok(u64::from_ne_bytes(bytes)),
            Err(_) => self.u32().map(u64::from),
        }
    }

    /// A signed number of 4 or 8 bytes (`sint`).
    ///
    /// # Errors
    /// [`Reason::PayloadLength`] where the payload has another length.
    #[inline]
    pub fn sint(&self) -> Result<i64, Malformed> {
        match <[u8; 8]>::try_from(self.payload) {
            Ok(bytes) => Ok(i64::from_ne_bytes(bytes)),
            Err(_) => self.s32().map(i64::from),
        }
    }

    /// A number of at most so many bytes, its sign not extended: a value of an enum.
    ///
    /// # Errors
    /// [`Reason::PayloadLength`] where the payload is longer, or no number's.
    pub fn number_up_to(&self, len: usize) -> Result<u64, Malformed> {
        let number = match *self.payload {
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_ne_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_ne_bytes([a, b, c, d])),
            _ => self.u64()?,
        };
        if self.payload.len() > len {
            return Err(self.wrong_length(len));
        }
        Ok(number)
    }

    /// A string: what is before the first NUL, or all where there is none.
    #[inline]
    pub fn str(&self) -> Str<'b> {
        Str::until_nul(self.payload)
    }

    /// The attributes of a nest.
    #[inline]
    pub fn nest(&self) -> Attrs<'b> {
        Attrs::new(self.payload)
    }

    /// Bits with a mask of those that count.
    ///
    /// # Errors
    /// [`Reason::PayloadLength`] where the payload is not 8 bytes long.
    #[inline]
    pub fn bitfield32(&self) -> Result<Bitfield32, Malformed> {
        match self.payload.try_into() {
            Ok(bytes) => Ok(Bitfield32::from_bytes(bytes)),
            Err(_) => Err(self.wrong_length(8)),
        }
    }

    #[cold]
    pub(super) fn wrong_length(&self, expected: usize) -> Malformed {
        let len = self.payload.len();
        Malformed::new(
            self.payload,
            Reason::PayloadLength {
                attr: self.number(),
                len,
                expected,
            },
        )
    }
}

/// Bits with a mask of those that count (`struct nla_bitfield32`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bitfield32 {
    /// The bits.
    pub value: u32,
    /// Which of the bits count.
    pub selector: u32,
}

impl Bitfield32 {
    #[inline]
    pub(crate) fn from_bytes([v0, v1, v2, v3, s0, s1, s2, s3]: [u8; 8]) -> Self {
        Self {
            value: u32::from_ne_bytes([v0, v1, v2, v3]),
            selector: u32::from_ne_bytes([s0, s1, s2, s3]),
        }
    }
}

/// Iterates over the attributes of a message or a nest.
///
/// Ends at the end, or after the first attribute whose length cannot be; fewer than 4 bytes at
/// the end are ignored.
#[derive(Clone, Copy, Debug)]
pub struct Attrs<'b> {
    rest: &'b [u8],
}

impl<'b> Attrs<'b> {
    /// Starts at the first attribute.
    #[inline]
    pub fn new(attributes: &'b [u8]) -> Self {
        Self { rest: attributes }
    }

    /// What was not iterated over yet.
    #[inline]
    pub fn rest(&self) -> &'b [u8] {
        self.rest
    }
}

impl<'b> Iterator for Attrs<'b> {
    type Item = Result<Attr<'b>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&[l0, l1, k0, k1], rest) = self.rest.split_first_chunk::<{ Attr::HEADER_LEN }>()?;
        let len = u16::from_ne_bytes([l0, l1]);
        let payload_len = usize::from(len).wrapping_sub(Attr::HEADER_LEN);
        // A length below the header's has wrapped around to one beyond every slice's.
        let Some(payload) = rest.get(..payload_len) else {
            let at = core::mem::take(&mut self.rest);
            return Some(Err(Malformed::new(at, Reason::AttributeLength(len))));
        };
        self.rest = after(rest, payload_len);
        Some(Ok(Attr {
            raw_kind: u16::from_ne_bytes([k0, k1]),
            payload,
        }))
    }
}

impl core::iter::FusedIterator for Attrs<'_> {}

const _: () = assert!(ALIGN == Attr::HEADER_LEN);
