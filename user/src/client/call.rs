// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that are answered once.

use super::connection::{Connection, Found};
use super::dump::read;
use crate::error::Error;
use crate::nlctrl;
use crate::request::{Do, Request};
use crate::schema::Op;
use crate::transport::Transport;
use crate::wire::Answer;

/// What a message that answers a request means.
#[derive(Debug)]
pub(super) enum What {
    /// The reply.
    Reply,
    /// The request, which has no reply, was done.
    Ack,
    /// Nothing: more is to come.
    Other,
}

impl<T: Transport> Connection<T> {
    /// Sends a request and finds what answers it: a message, or none for an ACK.
    #[inline]
    pub(super) async fn call<R: Do>(
        &mut self,
        request: &R,
        flags: u16,
    ) -> Result<Option<Found>, Error> {
        let op = R::OP;
        let mut id = self.type_of(op).await?;
        loop {
            match self.exchange(request, id, flags).await {
                Ok(found) => return Ok(found),
                Err(refusal) => match self.moved_family(op.family.name, id, &refusal).await? {
                    Some(moved) => id = moved,
                    None => return Err(refusal),
                },
            }
        }
    }

    /// One send and what answers it.
    #[inline]
    async fn exchange<R: Do>(
        &mut self,
        request: &R,
        id: u16,
        flags: u16,
    ) -> Result<Option<Found>, Error> {
        self.outgoing.clear();
        let seq = self.outgoing.push(request, id, flags)?;
        self.send(R::OP)?;
        loop {
            let found = self.answer(R::OP, seq).await?;
            match self.what::<R>(&found, id)? {
                What::Reply => return Ok(Some(found)),
                What::Ack => return Ok(None),
                What::Other => {}
            }
        }
    }

    /// What a message that answers a request means.
    ///
    /// # Errors
    /// A refusal, and messages that do not answer such a request.
    #[inline]
    pub(super) fn what<R: Do>(&self, found: &Found, id: u16) -> Result<What, Error> {
        let op = R::OP;
        match self.message(found).answer() {
            Answer::Data if found.header.kind != id => {
                Err(Error::unexpected(op, "another family's message answers"))
            }
            Answer::Data if R::HAS_REPLY => Ok(What::Reply),
            Answer::Error(error) => {
                self.check(op, found.header.seq, &error)?;
                match R::HAS_REPLY {
                    true => Err(Error::unexpected(op, "an ACK without a reply answers")),
                    false => Ok(What::Ack),
                }
            }
            Answer::Done { .. } => Err(Error::unexpected(op, "the end of a dump answers")),
            // A copy of the notification can come before the ACK.
            Answer::Data | Answer::Noop => Ok(What::Other),
            Answer::Overrun => Err(Error::overrun(op)),
        }
    }

    /// The type of an operation's messages.
    #[inline]
    pub(super) async fn type_of(&mut self, op: &'static Op) -> Result<u16, Error> {
        match std::ptr::eq(op.family, &nlctrl::FAMILY) {
            true => Ok(nlctrl::ID),
            false => self.family_id(op.family.name).await,
        }
    }

    /// The reply that a message holds, decoded in place; an empty one for an ACK.
    #[inline]
    pub(super) fn reply<R: Request>(&self, found: Option<&Found>) -> Result<R::Reply<'_>, Error> {
        // An ACK has no attributes, and `()` takes none.
        let Some(found) = found else {
            return Ok(R::Reply::default());
        };
        let bytes = self.receiver.bytes(found.range.clone());
        let mut reply = R::Reply::default();
        match read(&mut reply, bytes) {
            Ok(()) => Ok(reply),
            Err(malformed) => Err(Error::malformed(R::OP, &malformed, bytes)),
        }
    }
}
