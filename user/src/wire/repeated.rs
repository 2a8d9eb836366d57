// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attributes that are sent more than once.

use super::{Attr, Attrs, Bitfield32, Bytes, Malformed, Str, nest};
use crate::request::Decode;
use core::fmt;
use core::marker::PhantomData;

/// A type that one attribute's payload decodes to: numbers, strings, bytes, and nests.
pub trait FromAttr<'b>: Sized {
    /// Decodes the payload.
    ///
    /// # Errors
    /// Where the payload has a length that the type does not have, or a nest does not decode.
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed>;
}

macro_rules! from_attr {
    ($($type:ty: $method:ident,)*) => { $(
        impl<'b> FromAttr<'b> for $type {
            #[inline]
            fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
                attr.$method()
            }
        }
    )* };
}

from_attr! { u8: u8, u16: u16, u32: u32, u64: uint, i8: s8, i16: s16, i32: s32, i64: sint,
Bitfield32: bitfield32, }

impl<'b> FromAttr<'b> for Str<'b> {
    #[inline]
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
        Ok(attr.str())
    }
}

impl<'b> FromAttr<'b> for Bytes<'b> {
    #[inline]
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
        Ok(Bytes(attr.payload()))
    }
}

impl<'b, T: Decode<'b>> FromAttr<'b> for T {
    #[inline]
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
        nest::bounded::<Self>(attr.payload())?;
        Self::decode(attr.payload())
    }
}

/// An array (`indexed-array`), where there can be several.
impl<'b, T: FromAttr<'b>> FromAttr<'b> for Repeated<'b, T> {
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
        Ok(Self::array(attr.payload()))
    }
}

/// All occurrences of an attribute that can be sent more than once (`multi-attr`).
///
/// Borrows the received message and decodes while it is iterated over. Attributes in between that
/// have another number are skipped.
///
/// Also the elements of an attribute that holds a numbered array (`indexed-array`).
pub struct Repeated<'b, T> {
    /// The number of the occurrences; none where all attributes are elements.
    number: Option<u16>,
    /// How many occurrences are left, which were counted while the message was decoded; elements are
    /// not counted.
    left: usize,
    /// From the first of them on.
    attrs: Attrs<'b>,
    decodes_to: PhantomData<fn() -> T>,
}

impl<'b, T: FromAttr<'b>> Repeated<'b, T> {
    /// Counts one more occurrence; `from` are the attributes from it on.
    #[inline]
    pub fn push(&mut self, number: u16, from: Attrs<'b>) {
        if self.left == 0 {
            self.number = Some(number);
            self.attrs = from;
        }
        self.left += 1;
    }

    /// Itself, where there is any occurrence.
    pub fn present(self) -> Option<Self> {
        (self.most_left() > 0).then_some(self)
    }

    /// The elements of an `indexed-array`, whose attributes' numbers are their places. A length that
    /// cannot be is told when it is their turn.
    #[inline]
    pub fn array(payload: &'b [u8]) -> Self {
        Self {
            number: None,
            left: 0,
            attrs: Attrs::new(payload),
            decodes_to: PhantomData,
        }
    }

    /// How many there can be left.
    fn most_left(&self) -> usize {
        match self.number {
            Some(_) => self.left,
            None => self.attrs.rest().len() / Attr::HEADER_LEN,
        }
    }
}

impl<'b, T: FromAttr<'b>> Iterator for Repeated<'b, T> {
    type Item = Result<T, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Some(number) = self.number else {
            return Some(self.attrs.next()?.and_then(|attr| T::from_attr(&attr)));
        };
        self.left = self.left.checked_sub(1)?;
        loop {
            match self.attrs.next()? {
                Ok(attr) if attr.number() == number => return Some(T::from_attr(&attr)),
                Ok(_) => {}
                Err(malformed) => return Some(Err(malformed)),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.most_left()))
    }
}

// Written out, because derives would ask the same of T.
impl<T> Clone for Repeated<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Repeated<'_, T> {}

impl<T> Default for Repeated<'_, T> {
    fn default() -> Self {
        Self {
            number: None,
            left: 0,
            attrs: Attrs::new(&[]),
            decodes_to: PhantomData,
        }
    }
}

impl<'b, T: FromAttr<'b> + fmt::Debug> fmt::Debug for Repeated<'b, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.map_while(Result::ok)).finish()
    }
}
