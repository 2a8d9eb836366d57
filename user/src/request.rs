// SPDX-License-Identifier: MIT OR Apache-2.0
//! What ties a request to its operation and to what its reply decodes to.

use crate::schema::{AttrSet, Family, Op};
use crate::wire::{Builder, Malformed};

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
