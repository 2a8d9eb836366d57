// SPDX-License-Identifier: GPL-2.0-only

//! The kinds of attribute and how each reads.

use crate::{
    attr::{Kind, RawAttr},
    policy::Entry,
};
use core::marker::PhantomData;
use kernel::bindings;
use kernel::prelude::*;

macro_rules! scalar {
    ($($type:ty => $nla:ident,)*) => {$(
        // SAFETY: The core demands a payload of exactly the type's size, and every bit pattern is
        // a value.
        unsafe impl Kind for $type {
            type Value<'r> = $type;

            const ENTRY: Entry = Entry::plain(bindings::$nla);

            #[inline(always)]
            unsafe fn read(attr: RawAttr<'_>) -> Option<$type> {
                // SAFETY: The payload has the type's size; it is only 4-aligned.
                Some(unsafe { attr.data().cast::<$type>().read_unaligned() })
            }
        }
    )*};
}

scalar! {
    u8 => NLA_U8,
    u16 => NLA_U16,
    u32 => NLA_U32,
    u64 => NLA_U64,
    i8 => NLA_S8,
    i16 => NLA_S16,
    i32 => NLA_S32,
    i64 => NLA_S64,
}

/// An unsigned number of 32 or 64 bits, as the sender chose (`uint`); reads as [`u64`].
pub struct Uint;

// SAFETY: The core demands 4 or 8 bytes.
unsafe impl Kind for Uint {
    type Value<'r> = u64;

    const ENTRY: Entry = Entry::plain(bindings::NLA_UINT);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<u64> {
        Some(if attr.len() == size_of::<u64>() {
            // SAFETY: The payload has 8 bytes.
            unsafe { attr.data().cast::<u64>().read_unaligned() }
        } else {
            // SAFETY: The payload has 4 bytes.
            u64::from(unsafe { attr.data().cast::<u32>().read_unaligned() })
        })
    }
}

/// A signed number of 32 or 64 bits, as the sender chose (`sint`); reads as [`i64`].
pub struct Sint;

// SAFETY: The core demands 4 or 8 bytes.
unsafe impl Kind for Sint {
    type Value<'r> = i64;

    const ENTRY: Entry = Entry::plain(bindings::NLA_SINT);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<i64> {
        Some(if attr.len() == size_of::<i64>() {
            // SAFETY: The payload has 8 bytes.
            unsafe { attr.data().cast::<i64>().read_unaligned() }
        } else {
            // SAFETY: The payload has 4 bytes.
            i64::from(unsafe { attr.data().cast::<i32>().read_unaligned() })
        })
    }
}

/// A number in network byte order on the wire (`byte-order: big-endian`); reads as the number.
pub struct Be<T>(PhantomData<T>);

macro_rules! big_endian {
    ($($type:ty => $nla:ident,)*) => {$(
        // SAFETY: As for the type itself.
        unsafe impl Kind for Be<$type> {
            type Value<'r> = $type;

            const ENTRY: Entry = Entry::plain(bindings::$nla);

            #[inline(always)]
            unsafe fn read(attr: RawAttr<'_>) -> Option<$type> {
                // SAFETY: The payload has the type's size; it is only 4-aligned.
                let value = unsafe { attr.data().cast::<$type>().read_unaligned() };
                Some(<$type>::from_be(value))
            }
        }
    )*};
}

big_endian! {
    u16 => NLA_BE16,
    u32 => NLA_BE32,
}

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

// SAFETY: `NLA_NUL_STRING` guarantees a NUL in the payload, though not as its last byte: the
// string ends at the first one.
unsafe impl Kind for CStr {
    type Value<'r> = &'r CStr;

    const ENTRY: Entry = Entry::plain(bindings::NLA_NUL_STRING);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<&CStr> {
        // SAFETY: There is a NUL inside the payload, which lives and does not change for the
        // attribute's lifetime.
        Some(unsafe { CStr::from_ptr(attr.data().cast()) })
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
        // SAFETY: The payload has 8 bytes.
        let raw = unsafe {
            attr.data()
                .cast::<bindings::nla_bitfield32>()
                .read_unaligned()
        };
        Some(Self {
            value: raw.value,
            selector: raw.selector,
        })
    }
}

/// A set of named numbers that an attribute of type `Raw` carries.
pub trait Enum: Sized {
    /// The attribute's type.
    type Raw: for<'r> Kind<Value<'r> = Self::Raw> + Copy;

    /// The name of a number, if it has one.
    fn from_raw(raw: Self::Raw) -> Option<Self>;

    /// The number.
    fn into_raw(self) -> Self::Raw;
}

/// The kind of an attribute whose numbers have names; reads as `E`.
///
/// The policy lets only numbers with names pass; one without reads as if the attribute were not
/// there.
pub struct Named<E>(PhantomData<E>);

// SAFETY: As for `E::Raw`, by which everything is read.
unsafe impl<E: Enum> Kind for Named<E> {
    type Value<'r> = E;

    const ENTRY: Entry = <E::Raw as Kind>::ENTRY;

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<E> {
        // SAFETY: The entry has the type of `E::Raw`, by the caller.
        let raw = unsafe { <E::Raw as Kind>::read(attr) }?;
        E::from_raw(raw)
    }
}

/// Gives a newtype of a number the operations of a set of flags, and makes it an [`Enum`].
#[doc(hidden)]
#[macro_export]
macro_rules! flags {
    ($name:ident: $raw:ty) => {
        impl $name {
            /// No flag.
            pub const NONE: Self = Self(0);

            /// The flags as a number.
            #[inline]
            pub const fn bits(self) -> $raw {
                self.0
            }

            /// Whether every flag of `other` is set.
            #[inline]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether no flag is set.
            #[inline]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl ::core::ops::BitOr for $name {
            type Output = Self;

            #[inline]
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl ::core::ops::BitAnd for $name {
            type Output = Self;

            #[inline]
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl ::core::ops::Sub for $name {
            type Output = Self;

            #[inline]
            fn sub(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        impl $crate::Enum for $name {
            type Raw = $raw;

            #[inline]
            fn from_raw(raw: $raw) -> Option<Self> {
                (raw & !Self::ALL.0 == 0).then_some(Self(raw))
            }

            #[inline]
            fn into_raw(self) -> $raw {
                self.0
            }
        }
    };
}
