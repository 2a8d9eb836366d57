// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that are answered once.

use super::connection::{Connection, Found};
use crate::error::Error;
use crate::nlctrl;
use crate::request::{Decode, Do, Request};
use crate::schema::Op;
use crate::transport::Transport;
use crate::wire::{Answer, GenlHeader};

impl<T: Transport> Connection<T> {
    /// Sends a request and waits for its reply, or for the ACK where it has no reply.
    pub(super) async fn call<R: Do>(&mut self, request: &R) -> Result<R::Reply<'_>, Error> {
        let op = R::OP;
        let mut id = self.type_of(op).await?;
        let found = loop {
            match self.exchange(request, id).await {
                Ok(found) => break found,
                Err(refusal) => match self.moved_family(op.family.name, id, &refusal).await? {
                    Some(moved) => id = moved,
                    None => return Err(refusal),
                },
            }
        };
        match found {
            Some(found) => self.decode::<R>(&found),
            // An ACK has no attributes, and `()` takes none.
            None => {
                R::Reply::decode(&[]).map_err(|malformed| Error::malformed(op, &malformed, &[]))
            }
        }
    }

    /// One send and what answers it: a message, or none for an ACK.
    async fn exchange<R: Do>(&mut self, request: &R, id: u16) -> Result<Option<Found>, Error> {
        let op = R::OP;
        let seq = self.write(request, id, 0)?;
        self.send(op)?;
        loop {
            let found = self.answer(op, seq).await?;
            match self.message(&found).answer() {
                Answer::Data if found.header.kind != id => {
                    return Err(Error::unexpected(op, "another family's message answers"));
                }
                Answer::Data if R::HAS_REPLY => return Ok(Some(found)),
                Answer::Error(error) => {
                    self.check(op, &error)?;
                    return match R::HAS_REPLY {
                        true => Err(Error::unexpected(op, "an ACK without a reply answers")),
                        false => Ok(None),
                    };
                }
                Answer::Done { .. } => {
                    return Err(Error::unexpected(op, "the end of a dump answers"));
                }
                // A copy of the notification can come before the ACK.
                Answer::Data | Answer::Noop | Answer::Overrun => {}
            }
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

    /// Decodes a message that answers a request, in place.
    #[inline]
    pub(super) fn decode<R: Request>(&self, found: &Found) -> Result<R::Reply<'_>, Error> {
        let message = self.message(found);
        GenlHeader::split(message.body())
            .and_then(|(_, body)| R::Reply::decode(body))
            .map_err(|malformed| Error::malformed(R::OP, &malformed, message.bytes))
    }
}
