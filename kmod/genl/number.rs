// SPDX-License-Identifier: GPL-2.0-only

//! Numbers in attributes, one to an attribute or one after the other.

use crate::{
    attr::{Kind, RawAttr},
    policy::Entry,
};
use core::marker::PhantomData;
use kernel::bindings;
use kernel::prelude::*;

/// A kind whose value is a number.
pub trait Number: for<'r> Kind<Value<'r> = Self::Plain> {
    /// The type that a handler gets.
    type Plain: Copy;

    /// The number in 64 bits, sign-extended.
    fn widen(number: Self::Plain) -> u64;
}

/// A number of fixed size.
///
/// # Safety
///
/// Every bit pattern of [`Fixed::SIZE`] bytes must be a number.
pub unsafe trait Fixed: Number {
    /// Bytes on the wire.
    const SIZE: usize = size_of::<Self::Plain>();

    /// Loads from the wire.
    ///
    /// # Safety
    ///
    /// [`Fixed::SIZE`] bytes must be readable.
    unsafe fn load(from: *const u8) -> Self::Plain;

    /// Stores to the wire.
    ///
    /// # Safety
    ///
    /// [`Fixed::SIZE`] bytes must be writable.
    unsafe fn store(to: *mut u8, number: Self::Plain);
}

/// A number in network byte order on the wire (`byte-order: big-endian`); reads as the number.
pub struct Be<T>(PhantomData<T>);

/// A number with the least significant byte first on the wire (`byte-order: little-endian`).
pub struct Le<T>(PhantomData<T>);

macro_rules! fixed {
    ($($kind:ty, $plain:ty => $nla:ident, $from:ident, $to:ident;)*) => {$(
        // SAFETY: The core demands a payload of exactly the type's size, and every bit pattern is
        // a number.
        unsafe impl Kind for $kind {
            type Value<'r> = $plain;

            const ENTRY: Entry = Entry::plain(bindings::$nla);

            #[inline(always)]
            unsafe fn read(attr: RawAttr<'_>) -> Option<$plain> {
                // SAFETY: The payload has the type's size.
                Some(unsafe { Self::load(attr.data()) })
            }
        }

        impl Number for $kind {
            type Plain = $plain;

            #[inline(always)]
            fn widen(number: $plain) -> u64 {
                number.wide()
            }
        }

        // SAFETY: Every bit pattern is a number.
        unsafe impl Fixed for $kind {
            #[inline(always)]
            unsafe fn load(from: *const u8) -> $plain {
                // SAFETY: By the safety requirement; payloads are only 4-aligned.
                <$plain>::$from(unsafe { from.cast::<$plain>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn store(to: *mut u8, number: $plain) {
                // SAFETY: By the safety requirement; payloads are not aligned.
                unsafe { to.cast::<$plain>().write_unaligned(number.$to()) };
            }
        }
    )*};
}

/// The machine's own order, as functions, and the number in 64 bits.
trait Own: Sized {
    fn own(number: Self) -> Self;
    fn to_own(self) -> Self;
    fn wide(self) -> u64;
}

macro_rules! own {
    ($($plain:ty: $number:ident => $wide:expr;)*) => {$(
        impl Own for $plain {
            #[inline(always)]
            fn own(number: Self) -> Self {
                number
            }

            #[inline(always)]
            fn to_own(self) -> Self {
                self
            }

            #[inline(always)]
            fn wide(self) -> u64 {
                let $number = self;
                $wide
            }
        }
    )*};
}

own! {
    u8: number => u64::from(number);
    u16: number => u64::from(number);
    u32: number => u64::from(number);
    u64: number => number;
    i8: number => i64::from(number) as u64;
    i16: number => i64::from(number) as u64;
    i32: number => i64::from(number) as u64;
    i64: number => number as u64;
}

fixed! {
    u8, u8 => NLA_U8, own, to_own;
    u16, u16 => NLA_U16, own, to_own;
    u32, u32 => NLA_U32, own, to_own;
    u64, u64 => NLA_U64, own, to_own;
    i8, i8 => NLA_S8, own, to_own;
    i16, i16 => NLA_S16, own, to_own;
    i32, i32 => NLA_S32, own, to_own;
    i64, i64 => NLA_S64, own, to_own;
    Be<u16>, u16 => NLA_BE16, from_be, to_be;
    Be<u32>, u32 => NLA_BE32, from_be, to_be;
    // The core has no type of its own for the rest.
    Be<u64>, u64 => NLA_U64, from_be, to_be;
    Be<i16>, i16 => NLA_S16, from_be, to_be;
    Be<i32>, i32 => NLA_S32, from_be, to_be;
    Be<i64>, i64 => NLA_S64, from_be, to_be;
    Le<u16>, u16 => NLA_U16, from_le, to_le;
    Le<u32>, u32 => NLA_U32, from_le, to_le;
    Le<u64>, u64 => NLA_U64, from_le, to_le;
    Le<i16>, i16 => NLA_S16, from_le, to_le;
    Le<i32>, i32 => NLA_S32, from_le, to_le;
    Le<i64>, i64 => NLA_S64, from_le, to_le;
}

macro_rules! either {
    ($($(#[$doc:meta])* $kind:ident, $long:ty, $short:ty => $nla:ident;)*) => {$(
        $(#[$doc])*
        pub struct $kind;

        // SAFETY: The core demands 4 or 8 bytes.
        unsafe impl Kind for $kind {
            type Value<'r> = $long;

            const ENTRY: Entry = Entry::plain(bindings::$nla);

            #[inline(always)]
            unsafe fn read(attr: RawAttr<'_>) -> Option<$long> {
                Some(if attr.len() == size_of::<$long>() {
                    // SAFETY: The payload has 8 bytes.
                    unsafe { <$long>::load(attr.data()) }
                } else {
                    // SAFETY: The payload has 4 bytes.
                    <$long>::from(unsafe { <$short>::load(attr.data()) })
                })
            }
        }

        impl Number for $kind {
            type Plain = $long;

            #[inline(always)]
            fn widen(number: $long) -> u64 {
                number.wide()
            }
        }
    )*};
}

either! {
    /// An unsigned number of 32 or 64 bits, as the sender chose (`uint`); reads as [`u64`].
    Uint, u64, u32 => NLA_UINT;
    /// A signed number of 32 or 64 bits, as the sender chose (`sint`); reads as [`i64`].
    Sint, i64, i32 => NLA_SINT;
}

/// Numbers one after the other in one attribute (`binary` with a `sub-type`).
pub struct Array<K>(PhantomData<K>);

// SAFETY: Any payload is a number of whole numbers and a rest, which is not read.
unsafe impl<K: Fixed> Kind for Array<K> {
    type Value<'r> = Numbers<'r, K>;

    const ENTRY: Entry = Entry::plain(bindings::NLA_BINARY);

    #[inline(always)]
    unsafe fn read(attr: RawAttr<'_>) -> Option<Numbers<'_, K>> {
        Some(Numbers {
            rest: attr.bytes(),
            _p: PhantomData,
        })
    }
}

/// The numbers of an [`Array`]. A part of a number at the end is left out.
pub struct Numbers<'r, K> {
    rest: &'r [u8],
    _p: PhantomData<fn() -> K>,
}

impl<K: Fixed> Iterator for Numbers<'_, K> {
    type Item = K::Plain;

    #[inline]
    fn next(&mut self) -> Option<K::Plain> {
        let (number, rest) = self.rest.split_at_checked(K::SIZE)?;
        self.rest = rest;
        // SAFETY: The slice has the number's size.
        Some(unsafe { K::load(number.as_ptr()) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.rest.len() / K::SIZE;
        (len, Some(len))
    }
}

impl<K: Fixed> ExactSizeIterator for Numbers<'_, K> {}
