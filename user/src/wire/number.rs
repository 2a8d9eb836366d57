// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers of a fixed width, in any byte order, and arrays of them without headers.

use super::{Attr, FromAttr, Malformed, Reason};
use core::fmt;
use core::marker::PhantomData;

/// A number in big-endian byte order on the wire; what is held is its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Be<T>(pub T);

/// A number in little-endian byte order on the wire; what is held is its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Le<T>(pub T);

/// A number that has one width.
pub trait Number: Copy {
    /// The width in bytes.
    const LEN: usize;

    /// As many bytes as [`LEN`](Self::LEN) says.
    type Bytes: AsRef<[u8]>;

    /// The number in the first bytes, and what is after them.
    fn split(bytes: &[u8]) -> Option<(Self, &[u8])>;

    /// The number as bytes.
    fn to_bytes(self) -> Self::Bytes;
}

macro_rules! numbers {
    ($($type:ty)*) => { $(
        numbers! { $type, $type: from_ne_bytes, to_ne_bytes, }
        numbers! { $type, Be<$type>: from_be_bytes, to_be_bytes, Be .0 }
        numbers! { $type, Le<$type>: from_le_bytes, to_le_bytes, Le .0 }
        from_attr! { Be<$type> }
        from_attr! { Le<$type> }
    )* };
    ($type:ty, $name:ty: $from:ident, $to:ident, $($new:ident $($get:tt)*)?) => {
        impl Number for $name {
            const LEN: usize = size_of::<$type>();

            type Bytes = [u8; size_of::<$type>()];

            #[inline]
            fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
                let (&number, rest) = bytes.split_first_chunk()?;
                Some(($($new)? (<$type>::$from(number)), rest))
            }

            #[inline]
            fn to_bytes(self) -> Self::Bytes {
                self$($($get)*)?.$to()
            }
        }
    };
}

macro_rules! from_attr {
    ($type:ty) => {
        impl<'b> FromAttr<'b> for $type {
            fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
                match Self::split(attr.payload()) {
                    Some((number, [])) => Ok(number),
                    _ => Err(attr.wrong_length(<Self as Number>::LEN)),
                }
            }
        }
    };
}

numbers! { u8 u16 u32 u64 i8 i16 i32 i64 }

/// Numbers one after the other, without headers (`binary` with a `sub-type`).
///
/// Borrows the received message, where they stand at any address.
pub struct Numbers<'b, T> {
    rest: &'b [u8],
    decodes_to: PhantomData<fn() -> T>,
}

impl<'b, T: Number> Numbers<'b, T> {
    /// The numbers of a payload.
    ///
    /// # Errors
    /// [`Reason::PayloadLength`] where the payload is no whole number of them.
    #[inline]
    pub fn new(number: u16, payload: &'b [u8]) -> Result<Self, Malformed> {
        if !payload.len().is_multiple_of(T::LEN) {
            let (len, expected) = (payload.len(), payload.len().next_multiple_of(T::LEN));
            let reason = Reason::PayloadLength {
                attr: number,
                len,
                expected,
            };
            return Err(Malformed::new(payload, reason));
        }
        Ok(Self {
            rest: payload,
            decodes_to: PhantomData,
        })
    }
}

impl<T: Number> Iterator for Numbers<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let (number, rest) = T::split(self.rest)?;
        self.rest = rest;
        Some(number)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len() / T::LEN;
        (left, Some(left))
    }
}

impl<T: Number> ExactSizeIterator for Numbers<'_, T> {}

impl<'b, T: Number> FromAttr<'b> for Numbers<'b, T> {
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
        Self::new(attr.number(), attr.payload())
    }
}

// Written out, because derives would ask the same of T.
impl<T> Clone for Numbers<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Numbers<'_, T> {}

impl<T: Number + fmt::Debug> fmt::Debug for Numbers<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}
