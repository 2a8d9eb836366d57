// SPDX-License-Identifier: GPL-2.0-only

//! Arrays in requests whose elements are no nests (`indexed-array`).
//!
//! The core has no policy for them: it accepts any nest. The layer checks the elements when a
//! handler reads the array.

use crate::{
    attr::{Kind, RawAttr},
    number::{Fixed, Sint, Uint},
    policy::Entry,
    walk::Walk,
};
use core::marker::PhantomData;
use kernel::bindings;
use kernel::prelude::*;

/// A kind that elements of an array can have.
///
/// # Safety
///
/// [`Kind::read`] must be sound for every payload that `accepts` accepts.
pub unsafe trait Element: Kind {
    /// Whether a payload is one of the kind.
    fn accepts(payload: &[u8]) -> bool;
}

// SAFETY: It has the number's size.
unsafe impl<K: Fixed> Element for K {
    #[inline]
    fn accepts(payload: &[u8]) -> bool {
        payload.len() == K::SIZE
    }
}

// SAFETY: It has one of the sizes that are read.
unsafe impl Element for Uint {
    #[inline]
    fn accepts(payload: &[u8]) -> bool {
        matches!(payload.len(), 4 | 8)
    }
}

// SAFETY: As above.
unsafe impl Element for Sint {
    #[inline]
    fn accepts(payload: &[u8]) -> bool {
        matches!(payload.len(), 4 | 8)
    }
}

// SAFETY: It has a NUL.
unsafe impl Element for CStr {
    #[inline]
    fn accepts(payload: &[u8]) -> bool {
        payload.contains(&0)
    }
}

// SAFETY: Any payload is a byte slice.
unsafe impl Element for [u8] {
    #[inline]
    fn accepts(_: &[u8]) -> bool {
        true
    }
}

/// Exactly `N` bytes, as an element of an array (`binary` with `exact-len`).
pub enum Bytes<const N: usize> {}

// SAFETY: What the core accepts of byte slices may be shorter, which reads as nothing.
unsafe impl<const N: usize> Kind for Bytes<N> {
    type Value<'r> = &'r [u8; N];

    const ENTRY: Entry = Entry::plain(bindings::NLA_BINARY);

    #[inline]
    unsafe fn read(attr: RawAttr<'_>) -> Option<&[u8; N]> {
        attr.bytes().try_into().ok()
    }
}

// SAFETY: As above.
unsafe impl<const N: usize> Element for Bytes<N> {
    #[inline]
    fn accepts(payload: &[u8]) -> bool {
        payload.len() == N
    }
}

/// A nest of elements of kind `K`, which are numbered.
///
/// It reads as [`Items`], or as `EINVAL` where an element is none of the kind; the extended ACK then
/// names the element.
pub struct ItemArray<K: ?Sized>(PhantomData<K>);

// SAFETY: Any payload can be walked over, and elements are read only if they are all accepted.
unsafe impl<K: Element + ?Sized> Kind for ItemArray<K> {
    type Value<'r> = Result<Items<'r, K>>;

    const ENTRY: Entry = Entry::plain(bindings::NLA_NESTED);

    #[inline]
    unsafe fn read(attr: RawAttr<'_>) -> Option<Result<Items<'_, K>>> {
        Some(Items::check(attr))
    }
}

/// The elements of an [`ItemArray`], in their order.
///
/// # Invariants
///
/// `K` accepts the payload of every attribute that is walked over.
pub struct Items<'r, K: ?Sized> {
    all: Walk<'r>,
    _p: PhantomData<fn() -> *const K>,
}

impl<'r, K: Element + ?Sized> Items<'r, K> {
    fn check(array: RawAttr<'r>) -> Result<Self> {
        let all = Walk::over(array);
        let mut walk = all;
        for item in walk.by_ref() {
            if !K::accepts(item.bytes()) {
                return Err(reject(item, c"invalid element of an array"));
            }
        }
        if !walk.is_done() {
            return Err(reject(
                array,
                c"bytes leftover after the elements of an array",
            ));
        }
        // INVARIANT: Checked above; a walk sees the same attributes every time.
        Ok(Self {
            all,
            _p: PhantomData,
        })
    }
}

#[cold]
fn reject(attr: RawAttr<'_>, text: &'static CStr) -> Error {
    attr.extack().text(text).attr(attr);
    EINVAL
}

impl<K: ?Sized> Clone for Items<'_, K> {
    #[inline]
    fn clone(&self) -> Self {
        // INVARIANT: As in `self`.
        Self {
            all: self.all,
            _p: PhantomData,
        }
    }
}

impl<'r, K: Element + ?Sized> Iterator for Items<'r, K> {
    type Item = K::Value<'r>;

    #[inline]
    fn next(&mut self) -> Option<K::Value<'r>> {
        // SAFETY: By the invariant, `K` accepts what is read.
        self.all.find_map(|item| unsafe { K::read(item) })
    }
}
