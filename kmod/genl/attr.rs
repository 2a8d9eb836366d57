// SPDX-License-Identifier: GPL-2.0-only

//! Attributes of a request: typed keys into what the core has validated.

use crate::policy::{Entry, Policy};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::bindings;
use kernel::prelude::*;

/// Bytes of `struct nlattr`, after which the payload starts.
pub(crate) const HDRLEN: usize = size_of::<bindings::nlattr>();

/// The length of `len` bytes with their padding (`NLA_ALIGN`).
#[inline(always)]
pub(crate) const fn align(len: usize) -> usize {
    len.wrapping_add(3) & !3
}

/// A type of attribute: what its policy entry is and how its payload reads.
///
/// # Safety
///
/// `read` must be sound for every payload that the core accepts for an attribute whose policy
/// entry has the `type` of [`Kind::ENTRY`], whatever its limits.
pub unsafe trait Kind {
    /// What a handler gets, borrowed from the request where it is not a plain number.
    type Value<'r>;

    /// The entry of an attribute of this kind that has no limits.
    const ENTRY: Entry;

    /// Reads the payload; [`None`] where it is a number that the type does not know.
    ///
    /// # Safety
    ///
    /// The attribute was accepted by an entry of this kind.
    unsafe fn read(attr: RawAttr<'_>) -> Option<Self::Value<'_>>;
}

/// An attribute inside a request.
///
/// # Invariants
///
/// Points at an attribute whose header and payload (`nla_len` bytes, at least [`HDRLEN`]) are
/// valid for reads and do not change during `'r`.
#[derive(Clone, Copy)]
pub struct RawAttr<'r>(NonNull<bindings::nlattr>, PhantomData<&'r bindings::nlattr>);

impl<'r> RawAttr<'r> {
    /// # Safety
    ///
    /// The attribute must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(ptr: NonNull<bindings::nlattr>) -> Self {
        // INVARIANT: By the safety requirement.
        Self(ptr, PhantomData)
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *const bindings::nlattr {
        self.0.as_ptr()
    }

    /// Bytes of payload.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        // SAFETY: By the invariant, the header is readable.
        let len = unsafe { (*self.0.as_ptr()).nla_len };
        // By the invariant this does not wrap.
        usize::from(len).wrapping_sub(HDRLEN)
    }

    /// The first byte of the payload, 4-aligned.
    #[inline(always)]
    pub(crate) fn data(self) -> *const u8 {
        // SAFETY: By the invariant, the payload starts after the header in the same allocation.
        unsafe { self.0.as_ptr().add(1) }.cast()
    }

    /// The payload.
    #[inline(always)]
    pub(crate) fn bytes(self) -> &'r [u8] {
        // SAFETY: By the invariant, the payload is readable and unchanging for `'r`.
        unsafe { core::slice::from_raw_parts(self.data(), self.len()) }
    }
}

/// The name of an attribute in code: its number, its kind and whose it is.
///
/// A key can be made only for an attribute that the policy `P` has and that is of kind `K` there,
/// so that a look-up needs no check.
///
/// # Invariants
///
/// `id` is an index of `P::ENTRIES`, and the entry there has the type of `K::ENTRY`.
pub struct Key<P, K: ?Sized> {
    id: u16,
    _p: PhantomData<(fn() -> P, fn() -> *const K)>,
}

impl<P, K: ?Sized> Clone for Key<P, K> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, K: ?Sized> Copy for Key<P, K> {}

impl<P: Policy, K: Kind + ?Sized> Key<P, K> {
    /// The key of attribute number `id`.
    ///
    /// Compilation fails where the policy does not have the attribute or has another type for it,
    /// if, as the generator does, this is used in constants only.
    #[inline]
    pub const fn new(id: u16) -> Self {
        assert!(
            id > 0 && (id as usize) < P::ENTRIES.len(),
            "the policy has no such attribute"
        );
        assert!(
            P::ENTRIES[id as usize].reads_as(&K::ENTRY),
            "the policy has another type for this attribute"
        );
        // INVARIANT: Checked above.
        Self {
            id,
            _p: PhantomData,
        }
    }
}

impl<P, K: ?Sized> Key<P, K> {
    /// The attribute's number.
    #[inline(always)]
    pub const fn id(self) -> u16 {
        self.id
    }
}

/// The top-level attributes of a request.
///
/// # Invariants
///
/// `table` points at `P::ENTRIES.len()` pointers, each null or to an attribute as [`RawAttr`]
/// wants it that the core has accepted under the entry of its index, all for `'r`. Where
/// `P::ENTRIES` is empty, it may be null.
pub struct Attrs<'r, P> {
    table: *const *mut bindings::nlattr,
    _p: PhantomData<(&'r bindings::nlattr, fn() -> P)>,
}

impl<'r, P: Policy> Attrs<'r, P> {
    /// # Safety
    ///
    /// The table must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(table: *const *mut bindings::nlattr) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            table,
            _p: PhantomData,
        }
    }

    /// The attribute itself, if the request has it.
    #[inline(always)]
    pub(crate) fn find<K: ?Sized>(&self, key: Key<P, K>) -> Option<RawAttr<'r>> {
        // SAFETY: By the invariants of `Key` and `Attrs`, the index is inside the table.
        let attr = unsafe { *self.table.add(usize::from(key.id)) };
        // SAFETY: By the invariant, what is not null is a valid attribute.
        NonNull::new(attr).map(|attr| unsafe { RawAttr::new(attr) })
    }

    /// The value of an attribute, if the request has it.
    #[inline(always)]
    pub fn get<K: Kind + ?Sized>(&self, key: Key<P, K>) -> Option<K::Value<'r>> {
        let attr = self.find(key)?;
        // SAFETY: By the invariants, the core accepted the attribute under an entry of kind `K`.
        unsafe { K::read(attr) }
    }

    /// Whether the request has the attribute.
    #[inline(always)]
    pub fn has<K: ?Sized>(&self, key: Key<P, K>) -> bool {
        self.find(key).is_some()
    }
}
