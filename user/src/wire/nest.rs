// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nests that are not decoded with what is around them.

use super::{Attr, Attrs, FromAttr, Malformed, Reason};
use crate::request::Decode;
use crate::schema::{AttrSet, Kind};
use core::fmt;
use core::marker::PhantomData;

/// How many levels of a nest that can hold itself are decoded: what displays or walks one calls
/// itself once a level, and must not run out of stack.
pub const MAX_DEPTH: usize = 64;

/// A nest of a set that can hold itself: decoded when asked, one level at a time.
///
/// Borrows the received message. None has more than [`MAX_DEPTH`] levels inside.
pub struct Nest<'b, T> {
    payload: &'b [u8],
    decodes_to: PhantomData<fn() -> T>,
}

impl<'b, T: Decode<'b>> Nest<'b, T> {
    /// The nest that a payload is.
    ///
    /// # Errors
    /// [`Reason::TooDeep`] where it has more than [`MAX_DEPTH`] levels.
    pub fn new(payload: &'b [u8]) -> Result<Self, Malformed> {
        bounded::<T>(payload)?;
        Ok(Self {
            payload,
            decodes_to: PhantomData,
        })
    }

    /// Decodes this level.
    ///
    /// # Errors
    /// Where a length cannot be.
    pub fn decode(&self) -> Result<T, Malformed> {
        T::decode(self.payload)
    }
}

impl<'b, T> Nest<'b, T> {
    /// The bytes.
    pub fn payload(&self) -> &'b [u8] {
        self.payload
    }
}

/// Refuses payloads of sets that hold themselves too often.
#[inline]
pub(super) fn bounded<'b, T: Decode<'b>>(payload: &'b [u8]) -> Result<(), Malformed> {
    match T::RECURSES {
        Some(set) if is_deeper(payload, set, MAX_DEPTH) => {
            Err(Malformed::new(payload, Reason::TooDeep))
        }
        _ => Ok(()),
    }
}

/// Whether attributes of `set` nest more levels than so many.
fn is_deeper(attributes: &[u8], set: &AttrSet, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else {
        return true;
    };
    let mut attrs = Attrs::new(attributes).map_while(Result::ok);
    attrs.any(
        |attr| match set.attr(attr.number()).map(|entry| entry.kind) {
            Some(Kind::Nest(inner)) => is_deeper(attr.payload(), inner, left),
            Some(Kind::Array(inner)) => attr
                .nest()
                .map_while(Result::ok)
                .any(|element| is_deeper(element.payload(), inner, left)),
            _ => false,
        },
    )
}

// Written out, because derives would ask the same of T.
impl<T> Clone for Nest<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Nest<'_, T> {}

impl<'b, T: Decode<'b> + fmt::Debug> fmt::Debug for Nest<'b, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decode().fmt(f)
    }
}

/// A nest inside nests whose numbers are values themselves (`nest-type-value`).
#[derive(Clone, Copy, Debug)]
pub struct TypeValue<T, const LEVELS: usize> {
    /// What each level's number means and is, outermost first.
    pub levels: [(&'static str, u16); LEVELS],
    /// The innermost attributes.
    pub value: T,
}

impl<'b, T: Decode<'b>, const LEVELS: usize> TypeValue<T, LEVELS> {
    /// Decodes a payload; `names` are what the levels' numbers mean.
    ///
    /// # Errors
    /// Where a length cannot be, or a level is missing.
    pub fn new(payload: &'b [u8], names: [&'static str; LEVELS]) -> Result<Self, Malformed> {
        let mut inner = payload;
        let mut levels = names.map(|name| (name, 0));
        for (_, number) in &mut levels {
            let attr = Attrs::new(inner).next().transpose()?;
            let missing = Malformed::new(inner, Reason::AttributeLength(0));
            let attr: Attr<'b> = attr.ok_or(missing)?;
            (*number, inner) = (attr.number(), attr.payload());
        }
        bounded::<T>(inner)?;
        let value = T::decode(inner)?;
        Ok(Self { levels, value })
    }
}

impl<'b, T: Decode<'b>> FromAttr<'b> for Nest<'b, T> {
    fn from_attr(attr: &Attr<'b>) -> Result<Self, Malformed> {
        Self::new(attr.payload())
    }
}
