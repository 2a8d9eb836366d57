// SPDX-License-Identifier: MIT OR Apache-2.0
//! Decoded attribute sets as lists of named values: how they are displayed and serialized.

use crate::schema;
#[cfg(feature = "serde")]
use crate::schema::Named;
use crate::wire::{Bitfield32, Bytes, FromAttr, Repeated, Str};
use core::fmt;

/// A decoded attribute set.
pub trait View {
    /// Shows every attribute to `visitor`, in the order of the spec, absent ones too.
    ///
    /// # Errors
    /// The first that the visitor returns.
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error>;
}

/// What is done with each attribute of a [`View`].
pub trait Visitor {
    /// What can go wrong.
    type Error;

    /// Takes one attribute; `value` is none where it is absent.
    ///
    /// # Errors
    /// The visitor's own.
    fn attr<T: Value>(&mut self, name: &'static str, value: Option<T>) -> Result<(), Self::Error>;
}

/// A value that an attribute can have.
#[cfg(feature = "serde")]
pub trait Value: fmt::Display + serde::Serialize {}
#[cfg(feature = "serde")]
impl<T: fmt::Display + serde::Serialize> Value for T {}

/// A value that an attribute can have.
#[cfg(not(feature = "serde"))]
pub trait Value: fmt::Display {}
#[cfg(not(feature = "serde"))]
impl<T: fmt::Display> Value for T {}

/// Displays a view as `name=value` pairs of what is present, nests in braces.
pub(crate) fn display(view: &impl View, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    struct Pairs<'f, 'a>(&'f mut fmt::Formatter<'a>, &'static str);
    impl Visitor for Pairs<'_, '_> {
        type Error = fmt::Error;

        fn attr<T: Value>(&mut self, name: &'static str, value: Option<T>) -> fmt::Result {
            let Some(value) = value else { return Ok(()) };
            write!(self.0, "{}{name}={value}", self.1)?;
            self.1 = " ";
            Ok(())
        }
    }
    f.write_str("{")?;
    view.visit(&mut Pairs(f, ""))?;
    f.write_str("}")
}

/// Serializes a view as a map of what is present, keys spelled as in the spec.
#[cfg(feature = "serde")]
pub(crate) fn serialize<S: serde::Serializer>(
    view: &impl View,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;

    struct Entries<M>(M);
    impl<M: SerializeMap> Visitor for Entries<M> {
        type Error = M::Error;

        fn attr<T: Value>(&mut self, name: &'static str, value: Option<T>) -> Result<(), M::Error> {
            match value {
                Some(value) => self.0.serialize_entry(name, &value),
                None => Ok(()),
            }
        }
    }
    let mut entries = Entries(serializer.serialize_map(None)?);
    view.visit(&mut entries)?;
    entries.0.end()
}

/// Implements `Display` and `Serialize` for generated views.
macro_rules! impl_view {
    ($($view:ty),* $(,)?) => { $(
        impl core::fmt::Display for $view {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::view::display(self, f)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $view {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::view::serialize(self, serializer)
            }
        }
    )* };
}
pub(crate) use impl_view;

/// Implements the conversions from the numbers that attributes can hold.
macro_rules! impl_from {
    ($name:ident, $new:expr; $($number:ty)*) => { $(
        impl From<$number> for $name {
            fn from(number: $number) -> Self {
                ($new)(number.into())
            }
        }
    )* };
}
pub(crate) use impl_from;

/// Implements what generated enums have in common: `Named`, `Display` and `Serialize` by name.
macro_rules! impl_enum {
    ($name:ident, $names:expr) => {
        $crate::view::impl_from!($name, Self; u8 u16 u32);

        impl $crate::schema::Named for $name {
            const NAMES: &'static [$crate::schema::Name] = &$names;

            fn from_number(number: u32) -> Self {
                Self(number)
            }

            fn number(self) -> u32 {
                self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::schema::fmt_enum(&$names, u64::from(self.0), f)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::view::serialize_enum(*self, serializer)
            }
        }
    };
}
pub(crate) use impl_enum;

/// Implements what generated flags types have in common: `Named`, `Display` and `Serialize`.
macro_rules! impl_flags {
    ($name:ident, $names:expr) => {
        $crate::view::impl_from!($name, Self::from_bits_retain; u8 u16 u32);

        impl $crate::schema::Named for $name {
            const NAMES: &'static [$crate::schema::Name] = &$names;

            fn from_number(number: u32) -> Self {
                Self::from_bits_retain(number)
            }

            fn number(self) -> u32 {
                self.bits()
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::schema::fmt_flags(&$names, u64::from(self.bits()), f)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::view::serialize_flags(*self, serializer)
            }
        }
    };
}
pub(crate) use impl_flags;

/// Serializes an enum's value as its name, else as the number.
#[cfg(feature = "serde")]
pub(crate) fn serialize_enum<S: serde::Serializer>(
    value: impl Named,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value.name() {
        Some(name) => serializer.serialize_str(name),
        None => serializer.serialize_u32(value.number()),
    }
}

/// Serializes flags as an array of names; bits without one are numbers in it.
#[cfg(feature = "serde")]
pub(crate) fn serialize_flags<S: serde::Serializer, T: Named>(
    value: T,
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
    for bit in (0..u32::BITS)
        .map(|shift| 1 << shift)
        .filter(|bit| unnamed & bit != 0)
    {
        seq.serialize_element(&bit)?;
    }
    seq.end()
}

impl<'b, T: FromAttr<'b> + fmt::Display> fmt::Display for Repeated<'b, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, value) in self.map_while(Result::ok).enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{value}")?;
        }
        f.write_str("]")
    }
}

#[cfg(feature = "serde")]
impl<'b, T: FromAttr<'b> + serde::Serialize> serde::Serialize for Repeated<'b, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.map_while(Result::ok))
    }
}

impl fmt::Display for Bitfield32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}/{:#x}", self.value, self.selector)
    }
}

/// Displays one attribute as its schema entry says; what does not fit it, as bytes.
pub(crate) struct Shown<'a, 'b>(pub &'a schema::Attr, pub crate::wire::Attr<'b>);

impl fmt::Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use schema::Kind;

        let Self(entry, attr) = self;
        let payload = attr.payload();
        match (entry.kind, unsigned(payload)) {
            (Kind::Unsigned, Some(number)) => write!(f, "{number}"),
            (Kind::Hex, Some(number)) => write!(f, "{number:#x}"),
            (Kind::BigEndian, Some(_)) => {
                let number = payload
                    .iter()
                    .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
                write!(f, "{number}")
            }
            (Kind::Signed, Some(number)) => {
                let unused = 64 - 8 * payload.len() as u32;
                write!(f, "{}", (number << unused) as i64 >> unused)
            }
            (Kind::Enum(names), Some(number)) => schema::fmt_enum(names, number, f),
            (Kind::Flags(names), Some(bits)) => schema::fmt_flags(names, bits, f),
            (Kind::Flag, _) if payload.is_empty() => f.write_str("set"),
            (Kind::String, _) => write!(f, "\"{}\"", Str::until_nul(payload).escaped()),
            (Kind::Bitfield32, _) => match attr.bitfield32() {
                Ok(bits) => write!(f, "{bits}"),
                Err(_) => write!(f, "{}", Bytes(payload)),
            },
            _ => write!(f, "{}", Bytes(payload)),
        }
    }
}

/// The payload as a number in the machine's byte order, where it has a number's width.
fn unsigned(payload: &[u8]) -> Option<u64> {
    Some(match *payload {
        [b] => u64::from(b),
        [a, b] => u64::from(u16::from_ne_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_ne_bytes([a, b, c, d])),
        _ => u64::from_ne_bytes(payload.try_into().ok()?),
    })
}
