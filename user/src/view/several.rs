// SPDX-License-Identifier: MIT OR Apache-2.0
//! How values that hold several, or are decoded when asked, are displayed and serialized.

use super::{View, Visitor};
use crate::request::Decode;
use crate::wire::{
    Be, Bitfield32, Bytes, FromAttr, Le, Nest, Number, Numbers, Repeated, TypeValue,
};
use core::fmt;

impl<'b, T: FromAttr<'b> + fmt::Display> fmt::Display for Repeated<'b, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_list(self.map_while(Result::ok), f)
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

#[cfg(feature = "serde")]
impl serde::Serialize for Bitfield32 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut bits = serializer.serialize_struct("Bitfield32", 2)?;
        bits.serialize_field("value", &self.value)?;
        bits.serialize_field("selector", &self.selector)?;
        bits.end()
    }
}

impl<T: Number + fmt::Display> fmt::Display for Numbers<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_list(*self, f)
    }
}

#[cfg(feature = "serde")]
impl<T: Number + serde::Serialize> serde::Serialize for Numbers<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(*self)
    }
}

macro_rules! transparent {
    ($($name:ident)*) => { $(
        impl<T: fmt::Display> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "serde")]
        impl<T: serde::Serialize> serde::Serialize for $name<T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }
    )* };
}

transparent! { Be Le }

impl<'b, T: Decode<'b> + fmt::Display> fmt::Display for Nest<'b, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decode() {
            Ok(nest) => nest.fmt(f),
            Err(_) => Bytes(self.payload()).fmt(f),
        }
    }
}

#[cfg(feature = "serde")]
impl<'b, T: Decode<'b> + serde::Serialize> serde::Serialize for Nest<'b, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.decode() {
            Ok(nest) => nest.serialize(serializer),
            Err(_) => Bytes(self.payload()).serialize(serializer),
        }
    }
}

impl<T: View, const LEVELS: usize> View for TypeValue<T, LEVELS> {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        for (name, number) in self.levels {
            visitor.attr(name, Some(number))?;
        }
        self.value.visit(visitor)
    }
}

impl<T: View, const LEVELS: usize> fmt::Display for TypeValue<T, LEVELS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::display(self, f)
    }
}

#[cfg(feature = "serde")]
impl<T: View, const LEVELS: usize> serde::Serialize for TypeValue<T, LEVELS> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::serialize(self, serializer)
    }
}

pub(super) fn fmt_list(
    values: impl Iterator<Item: fmt::Display>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str("[")?;
    for (index, value) in values.enumerate() {
        let separator = if index == 0 { "" } else { " " };
        write!(f, "{separator}{value}")?;
    }
    f.write_str("]")
}
