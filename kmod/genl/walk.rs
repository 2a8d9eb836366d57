// SPDX-License-Identifier: GPL-2.0-only

//! Walks over attributes that lie one after the other.

use crate::{
    attr::{align, Attrs, Kind, RawAttr, HDRLEN},
    extack::Extack,
    policy::Policy,
};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::bindings;

/// The attributes in a stretch of a request.
///
/// As the kernel's own walk, it ends before what is not a whole attribute.
///
/// # Invariants
///
/// `left` bytes from `at` are a part of the request `'r`, readable and unchanging during it, and
/// `at` is 4-aligned.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'r> {
    at: *const u8,
    left: usize,
    extack: Extack<'r>,
}

impl<'r> Walk<'r> {
    /// # Safety
    ///
    /// The stretch must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(at: *const u8, left: usize, extack: Extack<'r>) -> Self {
        // INVARIANT: By the safety requirement.
        Self { at, left, extack }
    }

    /// Whether nothing is left, not even what is no whole attribute.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// The attributes in a nest.
    #[inline(always)]
    pub(crate) fn over(nest: RawAttr<'r>) -> Self {
        // INVARIANT: By the invariant of `RawAttr`.
        Self {
            at: nest.data(),
            left: nest.len(),
            extack: nest.extack(),
        }
    }
}

impl<'r> Iterator for Walk<'r> {
    type Item = RawAttr<'r>;

    #[inline]
    fn next(&mut self) -> Option<RawAttr<'r>> {
        if self.left < HDRLEN {
            return None;
        }
        let attr = self.at.cast::<bindings::nlattr>();
        // SAFETY: By the invariant, a header is readable here.
        let len = usize::from(unsafe { (*attr).nla_len });
        if len < HDRLEN || len > self.left {
            return None;
        }
        let span = align(len).min(self.left);
        // INVARIANT: `span` bytes fewer from `span` bytes further on. Where `span` is not a
        // multiple of 4 nothing is left, and nothing will be read.
        // SAFETY: By the invariant, these bytes are in the same stretch.
        self.at = unsafe { self.at.add(span) };
        self.left = self.left.wrapping_sub(span);
        // SAFETY: The header and the payload are in the stretch; `attr` is not null.
        Some(unsafe { RawAttr::new(NonNull::new_unchecked(attr.cast_mut()), self.extack) })
    }
}

/// The values of an attribute that may be there several times (`multi-attr`).
///
/// # Invariants
///
/// The core has accepted the attributes with the number `id` under an entry of kind `K`.
pub struct Each<'r, K: ?Sized> {
    all: Walk<'r>,
    id: u16,
    _p: PhantomData<fn() -> *const K>,
}

impl<'r, K: ?Sized> Each<'r, K> {
    /// # Safety
    ///
    /// The attributes must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(all: Walk<'r>, id: u16) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            all,
            id,
            _p: PhantomData,
        }
    }
}

impl<'r, K: Kind + ?Sized> Iterator for Each<'r, K> {
    type Item = K::Value<'r>;

    #[inline]
    fn next(&mut self) -> Option<K::Value<'r>> {
        let id = self.id;
        self.all
            .by_ref()
            .filter(|attr| attr.id() == id)
            // SAFETY: By the invariant.
            .find_map(|attr| unsafe { K::read(attr) })
    }
}

/// The nests in a nest, whose numbers are indexes (`indexed-array`).
///
/// # Invariants
///
/// The core has accepted every attribute in every nest under `P`.
pub struct Elements<'r, P> {
    all: Walk<'r>,
    _p: PhantomData<fn() -> P>,
}

impl<'r, P: Policy> Elements<'r, P> {
    /// # Safety
    ///
    /// The array must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(array: RawAttr<'r>) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            all: Walk::over(array),
            _p: PhantomData,
        }
    }
}

impl<'r, P: Policy> Iterator for Elements<'r, P> {
    type Item = Attrs<'r, P>;

    #[inline]
    fn next(&mut self) -> Option<Attrs<'r, P>> {
        // SAFETY: By the invariant.
        self.all.next().map(|nest| unsafe { Attrs::of_nest(nest) })
    }
}
