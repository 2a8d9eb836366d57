// SPDX-License-Identifier: MIT OR Apache-2.0
//! Decoded attribute sets as lists of named values: how they are displayed and serialized.

mod hinted;
mod named;
mod several;
mod shown;

use core::fmt;

pub use hinted::{Hint, Hinted, Show};
#[cfg(feature = "serde")]
pub use named::{serialize_enum, serialize_flags};
pub(crate) use shown::Shown;

/// What generated flags are made with.
#[doc(hidden)]
pub use bitflags;
#[cfg(feature = "serde")]
#[doc(hidden)]
pub use serde;

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
pub fn display(view: &impl View, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
pub fn serialize<S: serde::Serializer>(view: &impl View, serializer: S) -> Result<S::Ok, S::Error> {
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
#[doc(hidden)]
#[macro_export]
macro_rules! impl_view {
    ($($view:ty),* $(,)?) => { $(
        impl core::fmt::Display for $view {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::view::display(self, f)
            }
        }

        $crate::impl_serialize!($view, $crate::view::serialize);
    )* };
}

/// Implements `Serialize` with a function that takes a value and a serializer.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serialize {
    ($type:ty, $with:path) => {
        impl $crate::view::serde::Serialize for $type {
            fn serialize<S: $crate::view::serde::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                $with(self, serializer)
            }
        }
    };
}

/// Nothing is serialized.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serialize {
    ($type:ty, $with:path) => {};
}
