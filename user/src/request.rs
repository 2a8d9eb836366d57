// SPDX-License-Identifier: MIT OR Apache-2.0
//! What ties a request to its operation and to what its reply decodes to.

use crate::schema::{AttrSet, Family, Op};
use crate::wire::{Builder, Malformed, Reader, read_fields};

/// A request: what it asks for, how it is written, and what one reply to it is.
///
/// Generated from specs. Also one of [`Do`] and [`Dump`].
pub trait Request {
    /// What each message of the answer decodes to, borrowing it; `()` where the answer is an ACK.
    type Reply<'b>: Decode<'b>;

    /// The operation.
    const OP: &'static Op;

    /// Whether the family replies with a message. Where it does not, the client asks for an ACK.
    const HAS_REPLY: bool = true;

    /// Writes what follows the generic header: the family's own, then the attributes.
    fn encode(&self, to: &mut Builder<'_>);
}

/// A request that has one answer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request that is answered once",
    note = "requests for a dump go to `dump`"
)]
pub trait Do: Request {}

/// A request that is answered by any number of messages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request for a dump",
    note = "requests that are answered once go to `call`"
)]
pub trait Dump: Request {}

/// A nest that is sent: how its attributes are written.
pub trait Encode {
    /// Writes the attributes.
    fn encode(&self, to: &mut Builder<'_>);
}

/// A request that is lent is a request, so that a batch can be a slice.
impl<R: Request + ?Sized> Request for &R {
    type Reply<'b> = R::Reply<'b>;

    const OP: &'static Op = R::OP;

    const HAS_REPLY: bool = R::HAS_REPLY;

    fn encode(&self, to: &mut Builder<'_>) {
        R::encode(self, to);
    }
}

impl<R: Do + ?Sized> Do for &R {}

impl<R: Dump + ?Sized> Dump for &R {}

impl<T: Encode> Encode for &T {
    #[inline]
    fn encode(&self, to: &mut Builder<'_>) {
        T::encode(self, to);
    }
}

/// Something that a message's or a nest's attributes decode to.
pub trait Decode<'b>: Default {
    /// The attributes, where a nest among them can hold the same again.
    const RECURSES: Option<&'static AttrSet> = None;

    /// Decodes what follows the generic header, or a nest's payload, in one pass and in place.
    ///
    /// Attributes that nobody knows are skipped: newer kernels send more.
    ///
    /// # Errors
    /// Where a length cannot be.
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed>;

    /// Decodes as [`Decode::read`] does, into a new value.
    ///
    /// # Errors
    /// Where a length cannot be.
    #[inline]
    fn decode(body: &'b [u8]) -> Result<Self, Malformed> {
        let mut value = Self::default();
        value.read(body)?;
        Ok(value)
    }
}

/// Attributes of a set, each with a field: a [`Reader`] is asked for one after the other.
pub trait Fields<'b>: Default {
    /// The attributes.
    const SET: &'static AttrSet;

    /// Whether a nest among them can hold the same again.
    const RECURSES: bool = false;

    /// Asks once for each, in the order of their numbers.
    fn ask<const PLAIN: bool>(&mut self, attrs: &mut Reader<'b, PLAIN>);
}

impl<'b, T: Fields<'b>> Decode<'b> for T {
    const RECURSES: Option<&'static AttrSet> = match T::RECURSES {
        true => Some(T::SET),
        false => None,
    };

    #[inline(always)]
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        read_fields(self, body)
    }
}

impl Decode<'_> for () {
    fn read(&mut self, _: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// The notifications of a family: an enum with one variant for each.
pub trait Notification: Sized {
    /// The same enum, borrowing a message for `'b`.
    type At<'b>: Notification;

    /// The family.
    const FAMILY: &'static Family;

    /// Decodes the notification `cmd` from what follows the generic header.
    ///
    /// # Errors
    /// Where a length cannot be.
    fn decode(cmd: u8, body: &[u8]) -> Result<Self::At<'_>, Malformed>;
}

/// Makes a message that is sent: the struct as it stands, `new`, and a method for each field that
/// sets it.
#[doc(hidden)]
#[macro_export]
macro_rules! message {
    ($(#[$doc:meta])* pub struct $name:ident $(<$a:lifetime>)? { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name $(<$a>)? { $($fields)* }

        impl $(<$a>)? $name $(<$a>)? {
            /// One without attributes.
            pub fn new() -> Self {
                Self::default()
            }

            $crate::setters! { $($fields)* }
        }
    };
}

/// Makes the methods that set a message's fields.
#[doc(hidden)]
#[macro_export]
macro_rules! setters {
    () => {};
    ($(#[$doc:meta])* pub $field:ident: Option<Str<$a:lifetime>>, $($rest:tt)*) => {
        $(#[$doc])*
        pub fn $field<T: AsRef<[u8]> + ?Sized>(mut self, value: &$a T) -> Self {
            self.$field = Some($crate::wire::Str::until_nul(value.as_ref()));
            self
        }

        $crate::setters! { $($rest)* }
    };
    ($(#[$doc:meta])* pub $field:ident: Option<Bytes<$a:lifetime>>, $($rest:tt)*) => {
        $(#[$doc])*
        pub fn $field<T: AsRef<[u8]> + ?Sized>(mut self, value: &$a T) -> Self {
            self.$field = Some($crate::wire::Bytes(value.as_ref()));
            self
        }

        $crate::setters! { $($rest)* }
    };
    ($(#[$doc:meta])* pub $field:ident: Option<$type:ty>, $($rest:tt)*) => {
        $(#[$doc])*
        pub fn $field(mut self, value: $type) -> Self {
            self.$field = Some(value);
            self
        }

        $crate::setters! { $($rest)* }
    };
    ($(#[$doc:meta])* pub $field:ident: $type:ty, $($rest:tt)*) => {
        $(#[$doc])*
        pub fn $field(mut self, value: $type) -> Self {
            self.$field = value;
            self
        }

        $crate::setters! { $($rest)* }
    };
}
