// SPDX-License-Identifier: GPL-2.0-only

//! Attributes of a request: typed keys into what the core has validated.

use crate::{
    extack::Extack,
    policy::{Entry, Policy},
    walk::{Each, Walk},
};
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

/// The bytes that an attribute with `len` bytes of payload takes in a message
/// (`nla_total_size`).
#[inline]
pub const fn total_size(len: usize) -> usize {
    align(len.saturating_add(HDRLEN))
}

/// A lifetime that can be neither shortened nor lengthened: that of one request.
pub(crate) type Invariant<'r> = PhantomData<fn(&'r ()) -> &'r ()>;

/// A type of attribute: what its policy entry is and how its payload reads.
///
/// # Safety
///
/// `read` must be sound for every payload that the core accepts for an attribute whose policy
/// entry reads as [`Kind::ENTRY`], whatever its limits.
pub unsafe trait Kind {
    /// What a handler gets, borrowed from the request where it is not a plain number.
    type Value<'r>;

    /// The entry of an attribute of this kind that has no limits.
    const ENTRY: Entry;

    /// Reads the payload; [`None`] where it is a number that the type does not know.
    ///
    /// # Safety
    ///
    /// The attribute was accepted by an entry that reads as [`Kind::ENTRY`].
    unsafe fn read(attr: RawAttr<'_>) -> Option<Self::Value<'_>>;
}

/// An attribute inside a request.
///
/// # Invariants
///
/// Points at an attribute of the request `'r` whose header and payload (`nla_len` bytes, at least
/// that of the header) are valid for reads and do not change during `'r`.
#[derive(Clone, Copy)]
pub struct RawAttr<'r> {
    attr: NonNull<bindings::nlattr>,
    extack: Extack<'r>,
}

impl<'r> RawAttr<'r> {
    /// # Safety
    ///
    /// The attribute must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(attr: NonNull<bindings::nlattr>, extack: Extack<'r>) -> Self {
        // INVARIANT: By the safety requirement.
        Self { attr, extack }
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *const bindings::nlattr {
        self.attr.as_ptr()
    }

    /// The extended ACK of the request.
    #[inline(always)]
    pub(crate) fn extack(self) -> Extack<'r> {
        self.extack
    }

    /// Bytes of payload.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        // SAFETY: By the invariant, the header is readable.
        let len = unsafe { (*self.as_ptr()).nla_len };
        // By the invariant this does not wrap.
        usize::from(len).wrapping_sub(HDRLEN)
    }

    /// The attribute's number, without its flags.
    #[inline(always)]
    pub(crate) fn id(self) -> u16 {
        // SAFETY: By the invariant, the header is readable.
        let id = unsafe { (*self.as_ptr()).nla_type };
        id & bindings::NLA_TYPE_MASK as u16
    }

    /// The first byte of the payload, 4-aligned.
    #[inline(always)]
    pub(crate) fn data(self) -> *const u8 {
        // SAFETY: By the invariant, the payload starts after the header in the same allocation.
        unsafe { self.as_ptr().add(1) }.cast()
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
/// `id` is an index of `P::ENTRIES`, not 0, and the entry there reads as `K::ENTRY`.
pub struct Key<P, K: ?Sized> {
    id: u16,
    _p: PhantomData<fn() -> (P, *const K)>,
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

/// Where attributes are looked up.
#[derive(Clone, Copy)]
enum Source<'r> {
    /// In the table that the core has filled for a request.
    Table(*const *mut bindings::nlattr),
    /// In a nest, one after the other.
    Nest(RawAttr<'r>),
}

/// The attributes of a request, or of a nest in it, checked by the core under the policy `P`.
///
/// # Invariants
///
/// - A table has `P::ENTRIES.len()` pointers, each null or to an attribute as [`RawAttr`] wants it
///   that the core has accepted under the entry of its index, all for `'r`. Where `P::ENTRIES` has
///   no attribute, it may be null.
/// - `all` walks over the attributes themselves, all of which the core has accepted.
pub struct Attrs<'r, P> {
    source: Source<'r>,
    all: Walk<'r>,
    extack: Extack<'r>,
    _p: PhantomData<fn() -> P>,
}

impl<P> Clone for Attrs<'_, P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Attrs<'_, P> {}

impl<'r, P: Policy> Attrs<'r, P> {
    /// The attributes of a request.
    ///
    /// # Safety
    ///
    /// The table and what is walked over must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn of_request(
        table: *const *mut bindings::nlattr,
        all: Walk<'r>,
        extack: Extack<'r>,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            source: Source::Table(table),
            all,
            extack,
            _p: PhantomData,
        }
    }

    /// The attributes of a nest.
    ///
    /// # Safety
    ///
    /// The core must have accepted every attribute in the nest under `P`.
    #[inline(always)]
    pub(crate) unsafe fn of_nest(nest: RawAttr<'r>) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            source: Source::Nest(nest),
            all: Walk::over(nest),
            extack: nest.extack(),
            _p: PhantomData,
        }
    }

    /// The attribute itself, if it is there; the last one, where there are several.
    #[inline(always)]
    pub(crate) fn find<K: ?Sized>(&self, key: Key<P, K>) -> Option<RawAttr<'r>> {
        match self.source {
            Source::Table(table) => {
                // SAFETY: By the invariants of `Key` and `Attrs`, the index is inside the table.
                let attr = unsafe { *table.add(usize::from(key.id)) };
                // SAFETY: By the invariant, what is not null is a valid attribute.
                NonNull::new(attr).map(|attr| unsafe { RawAttr::new(attr, self.extack) })
            }
            Source::Nest(_) => self.all.filter(|attr| attr.id() == key.id).last(),
        }
    }

    /// The value of an attribute, if it is there.
    #[inline(always)]
    pub fn get<K: Kind + ?Sized>(&self, key: Key<P, K>) -> Option<K::Value<'r>> {
        let attr = self.find(key)?;
        // SAFETY: By the invariants, the core accepted the attribute under an entry of kind `K`.
        unsafe { K::read(attr) }
    }

    /// The values of an attribute that may be there several times (`multi-attr`), in their order.
    #[inline(always)]
    pub fn each<K: Kind + ?Sized>(&self, key: Key<P, K>) -> Each<'r, K> {
        // SAFETY: By the invariants, the core accepted every attribute, and those of this number
        // under an entry of kind `K`.
        unsafe { Each::new(self.all, key.id) }
    }

    /// Whether an attribute is there.
    #[inline(always)]
    pub fn has<K: ?Sized>(&self, key: Key<P, K>) -> bool {
        self.find(key).is_some()
    }

    /// The value of an attribute without which the operation makes no sense.
    ///
    /// Where it is missing the answer is `EINVAL`, and its extended ACK names the attribute, and
    /// the nest that it is missing from.
    #[inline(always)]
    pub fn require<K: Kind + ?Sized>(&self, key: Key<P, K>) -> Result<K::Value<'r>> {
        self.get(key).ok_or_else(|| self.missing(key))
    }

    /// `EINVAL`, with an extended ACK that names the attribute as missing.
    #[cold]
    pub fn missing<K: ?Sized>(&self, key: Key<P, K>) -> Error {
        self.extack.missing(
            key.id,
            match self.source {
                Source::Table(_) => None,
                Source::Nest(nest) => Some(nest),
            },
        );
        EINVAL
    }

    /// `error`, with an extended ACK that says why and names the attribute, as missing where it is
    /// not there.
    ///
    /// # Examples
    ///
    /// ```ignore
    /// let task = find(pid).ok_or_else(|| req.reject(TaskGetRequest::PID, ESRCH, c"no such task"))?;
    /// ```
    #[cold]
    pub fn reject<K: ?Sized>(&self, key: Key<P, K>, error: Error, text: &'static CStr) -> Error {
        self.extack.text(text);
        match self.find(key) {
            Some(attr) => {
                self.extack.attr(attr);
            }
            None => {
                self.missing(key);
            }
        }
        error
    }

    /// Names an attribute as the wrong one, with a text of the caller's ([`Extack::format`]).
    #[cold]
    pub fn blame<K: ?Sized>(&self, key: Key<P, K>) {
        if let Some(attr) = self.find(key) {
            self.extack.attr(attr);
        }
    }
}
