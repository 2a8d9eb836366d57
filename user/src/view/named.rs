// SPDX-License-Identifier: MIT OR Apache-2.0
//! What generated enums and flags have in common.

#[cfg(feature = "serde")]
use crate::schema::Named;

/// Makes the type of an enum's values, which keeps what the spec has no name for.
#[doc(hidden)]
#[macro_export]
macro_rules! enum_type {
    ($(#[doc = $doc:literal])* pub struct $name:ident($number:ident) {
        $($(#[doc = $text:literal])* $entry:ident = $value:expr, $spec:literal;)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        impl $name {
            $($(#[doc = $text])* pub const $entry: Self = Self($value);)*
        }

        $crate::impl_named! {
            $name($number), Self, [.0];
            $($value, $spec, concat!($($text),*);)*
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match $crate::schema::Named::name(*self) {
                    Some(name) => f.pad(name),
                    None => core::fmt::Display::fmt(&self.0, f),
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        $crate::impl_serialize!($name, $crate::view::serialize_enum);
    };
}

/// Makes the type of flags, which keeps what the spec has no name for: newer kernels know more.
#[doc(hidden)]
#[macro_export]
macro_rules! flags_type {
    ($(#[doc = $doc:literal])* pub struct $name:ident($number:ident) {
        $($(#[doc = $text:literal])* $entry:ident = $value:expr, $spec:literal;)*
    }) => {
        $crate::view::bitflags::bitflags! {
            $(#[doc = $doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct $name: $number {
                $($(#[doc = $text])* const $entry = $value;)*
                const _ = !0;
            }
        }

        $crate::impl_named! {
            $name($number), Self::from_bits_retain, [.bits()];
            $($value, $spec, concat!($($text),*);)*
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::schema::fmt_flags(
                    <Self as $crate::schema::Named>::NAMES,
                    $crate::schema::Named::number(*self),
                    f,
                )
            }
        }

        $crate::impl_serialize!($name, $crate::view::serialize_flags);
    };
}

/// Implements `Named`, and the conversions from numbers and attributes.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_named {
    ($name:ident($number:ident), $new:expr, [$($get:tt)*];
        $($value:expr, $spec:literal, $doc:expr;)*) => {
        $crate::impl_from!($name: $number, $new);

        impl $crate::schema::Named for $name {
            const NAMES: &'static [$crate::schema::Name] = &[$($crate::schema::Name {
                value: {
                    let value: $number = $value;
                    value as u64
                },
                name: $spec,
                doc: $doc.trim_ascii_start(),
            },)*];
            const SIGNED: bool = $number::MIN != 0;

            fn from_number(number: u64) -> Option<Self> {
                let narrow = number as $number;
                (narrow as u64 == number).then_some(($new)(narrow))
            }

            fn number(self) -> u64 {
                self $($get)* as u64
            }
        }

        impl<'b> $crate::wire::FromAttr<'b> for $name {
            fn from_attr(
                attr: &$crate::wire::Attr<'b>,
            ) -> Result<Self, $crate::wire::Malformed> {
                attr.number_up_to(size_of::<Self>()).map(|number| ($new)(number as $number))
            }
        }
    };
}

/// Implements the conversions from the numbers that attributes can hold.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_from {
    ($name:ident: u8, $new:expr) => { $crate::impl_from!($name, $new, u8; u8); };
    ($name:ident: u16, $new:expr) => { $crate::impl_from!($name, $new, u16; u8 u16); };
    ($name:ident: u32, $new:expr) => { $crate::impl_from!($name, $new, u32; u8 u16 u32); };
    ($name:ident: u64, $new:expr) => { $crate::impl_from!($name, $new, u64; u8 u16 u32 u64); };
    ($name:ident: i8, $new:expr) => { $crate::impl_from!($name, $new, i8; i8); };
    ($name:ident: i16, $new:expr) => { $crate::impl_from!($name, $new, i16; i8 i16 u8); };
    ($name:ident: i32, $new:expr) => { $crate::impl_from!($name, $new, i32; i8 i16 i32 u8 u16); };
    ($name:ident: i64, $new:expr) => {
        $crate::impl_from!($name, $new, i64; i8 i16 i32 i64 u8 u16 u32);
    };
    ($name:ident, $new:expr, $repr:ident; $($number:ident)*) => { $(
        impl From<$number> for $name {
            #[inline]
            fn from(number: $number) -> Self {
                ($new)($repr::from(number))
            }
        }
    )* };
}

/// Serializes an enum's value as its name, else as the number.
///
/// # Errors
/// The serializer's.
#[cfg(feature = "serde")]
pub fn serialize_enum<S: serde::Serializer, T: Named>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value.name() {
        Some(name) => serializer.serialize_str(name),
        None if T::SIGNED => serializer.serialize_i64(value.number() as i64),
        None => serializer.serialize_u64(value.number()),
    }
}

/// Serializes flags as an array of names; bits without one are numbers in it.
///
/// # Errors
/// The serializer's.
#[cfg(feature = "serde")]
pub fn serialize_flags<S: serde::Serializer, T: Named>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeSeq;

    let mut seq = serializer.serialize_seq(None)?;
    let mut unnamed = value.number();
    for entry in T::NAMES
        .iter()
        .filter(|entry| value.number() & entry.value != 0)
    {
        seq.serialize_element(entry.name)?;
        unnamed &= !entry.value;
    }
    for bit in (0..u64::BITS)
        .map(|shift| 1_u64 << shift)
        .filter(|bit| unnamed & bit != 0)
    {
        seq.serialize_element(&bit)?;
    }
    seq.end()
}
