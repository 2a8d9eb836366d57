// SPDX-License-Identifier: GPL-2.0-only

//! The kinds of attribute and how each reads.

use crate::{
    attr::{Attrs, Kind, RawAttr},
    number::Number,
    policy::{Entry, Policy},
    walk::Elements,
};
use core::{marker::PhantomData, ops::Deref};
use kernel::bindings;
use kernel::prelude::*;

/// An attribute that says something by being there, without payload.
pub struct Flag;

// SAFETY: Nothing is read.
unsafe impl Kind for Flag {
    type Value<'r> = ();

    const ENTRY: Entry = Entry::plain(bindings::NLA_FLAG);

    #[inline(always)]
    unsafe fn read(_: RawAttr<'_>) -> Option<()> {
        Some(())
    }
}

// SAFETY: Any payload is a byte slice.
unsafe impl Kind for [u8] {
    type Value<'r> = &'r [u8];

    const ENTRY: Entry = Entry::plain(bindings::NLA_BINARY);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<&[u8]> {
        Some(attr.bytes())
    }
}

/// A string of a request: the bytes before its first NUL, which are not known to be UTF-8.
///
/// # Invariants
///
/// The last byte of the slice is NUL, and no other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'r>(&'r [u8]);

impl<'r> Text<'r> {
    /// The bytes without the NUL.
    #[inline]
    pub fn bytes(self) -> &'r [u8] {
        // `CStr::to_bytes` subtracts with a check that can panic.
        self.0.split_last().map_or(&[], |(_, text)| text)
    }

    /// The string with its NUL, for who needs one.
    #[inline]
    pub fn as_c_str(self) -> &'r CStr {
        // SAFETY: By the invariant.
        unsafe { CStr::from_bytes_with_nul_unchecked(self.0) }
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

// SAFETY: `NLA_NUL_STRING` guarantees a NUL in the payload, though not as its last byte: the
// string ends at the first one.
unsafe impl Kind for CStr {
    type Value<'r> = Text<'r>;

    const ENTRY: Entry = Entry::plain(bindings::NLA_NUL_STRING);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<Text<'_>> {
        // SAFETY: There is a NUL inside the payload.
        let len = unsafe { bindings::strlen(attr.data()) };
        // SAFETY: The payload, which is at least this long, lives and does not change for the
        // attribute's lifetime.
        let text = unsafe { core::slice::from_raw_parts(attr.data(), len.wrapping_add(1)) };
        // INVARIANT: It ends at the first NUL.
        Some(Text(text))
    }
}

/// A string that need not end in NUL (`unterminated-ok`); reads as bytes up to a NUL, if any.
pub struct Unterminated;

// SAFETY: Any payload is a byte slice.
unsafe impl Kind for Unterminated {
    type Value<'r> = &'r [u8];

    const ENTRY: Entry = Entry::plain(bindings::NLA_STRING);

    #[inline]
    unsafe fn read(attr: RawAttr<'_>) -> Option<&[u8]> {
        attr.bytes().split(|byte| *byte == 0).next()
    }
}

/// Flags of which a sender sets or clears some: `value` counts where `selector` has a bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bitfield32 {
    /// The state of the selected flags; no bit outside `selector`.
    pub value: u32,
    /// The flags that the sender speaks of.
    pub selector: u32,
}

// SAFETY: The core demands 8 bytes.
unsafe impl Kind for Bitfield32 {
    type Value<'r> = Self;

    const ENTRY: Entry = Entry::plain(bindings::NLA_BITFIELD32);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<Self> {
        let raw = attr.data().cast::<bindings::nla_bitfield32>();
        // SAFETY: The payload has 8 bytes.
        let raw = unsafe { raw.read_unaligned() };
        Some(Self {
            value: raw.value,
            selector: raw.selector,
        })
    }
}

/// A set of names for numbers.
pub trait Enum: Sized {
    /// The name of a number, if it has one. Negative numbers are sign-extended.
    fn from_raw(raw: u64) -> Option<Self>;

    /// The number.
    fn into_raw(self) -> u64;
}

/// The kind of an attribute of type `K` whose numbers have names; reads as `E`.
///
/// The policy lets only numbers with names pass; one without reads as if the attribute were not
/// there.
pub struct Named<E, K>(PhantomData<(E, K)>);

// SAFETY: As for `K`, by which everything is read.
unsafe impl<E: Enum, K: Number> Kind for Named<E, K> {
    type Value<'r> = E;

    const ENTRY: Entry = K::ENTRY;

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<E> {
        // SAFETY: The entry reads as that of `K`, by the caller.
        let number = unsafe { K::read(attr) }?;
        E::from_raw(K::widen(number))
    }
}

/// A nest with the attributes of `P`.
pub struct Nest<P>(PhantomData<P>);

// SAFETY: The core has accepted what is inside under the entry's policy, whose entries have the
// types of those of `P` (`Entry::reads_as`).
unsafe impl<P: Policy> Kind for Nest<P> {
    type Value<'r> = Attrs<'r, P>;

    const ENTRY: Entry = Entry::nest(P::ENTRIES);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<Attrs<'_, P>> {
        // SAFETY: As above.
        Some(unsafe { Attrs::of_nest(attr) })
    }
}

/// A nest of nests, each with the attributes of `P`.
pub struct NestArray<P>(PhantomData<P>);

// SAFETY: As for `Nest`, for each nest inside.
unsafe impl<P: Policy> Kind for NestArray<P> {
    type Value<'r> = Elements<'r, P>;

    const ENTRY: Entry = Entry::nest_array(P::ENTRIES);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<Elements<'_, P>> {
        // SAFETY: As above.
        Some(unsafe { Elements::new(attr) })
    }
}
