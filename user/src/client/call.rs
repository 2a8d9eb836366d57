// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that are answered once.

use super::connection::{Awaited, Connection, Found};
use super::dump::read;
use crate::error::Error;
use crate::nlctrl;
use crate::request::{Do, Request};
use crate::schema::Op;
use crate::transport::Transport;
use crate::wire::{Answer, Header, flags};
use std::ops::Range;

/// What a message that answers a request means.
#[derive(Debug)]
pub(super) enum What {
    /// The reply.
    Reply,
    /// The request, which has no reply, was done.
    Ack,
    /// A copy of the notification, which comes before the ACK where the request asks for it.
    Echo,
    /// Nothing: more is to come.
    Other,
}

/// How far a call is that was begun without waiting.
#[derive(Debug)]
pub(super) enum Begun {
    /// At its end: where the reply is.
    Replied(Range<usize>),
    /// The request was sent, as a message of this type, and what answers it comes next.
    Awaited(Awaited, u16),
    /// Nowhere: the family's number has to be asked for.
    Unsent,
}

impl<T: Transport> Connection<T> {
    /// Sends a request, without waiting. The kernel nearly always answers it at once, so that this is
    /// all that most calls are.
    ///
    /// Neither this nor what it calls is a function of its own, up to the system calls: that makes a
    /// call cheaper than its instructions say (`cargo xtask bench user --task call`), presumably as
    /// processors mispredict the returns that follow one of the kernel's.
    #[inline(always)]
    pub(super) fn call_now<R: Do>(&mut self, request: &R, flags: u16) -> Result<Begun, Error> {
        match self.known_type(R::OP) {
            Some(id) => self.ask(request, id, flags),
            None => Ok(Begun::Unsent),
        }
    }

    /// Goes on with a call where [`Connection::call_now`] did not end it: finds where the reply is;
    /// none for an ACK.
    pub(super) async fn call_on<R: Do>(
        &mut self,
        request: &R,
        flags: u16,
        mut begun: Begun,
    ) -> Result<Option<Range<usize>>, Error> {
        let name = R::OP.family.name;
        loop {
            let (awaited, id) = match begun {
                Begun::Replied(reply) => return Ok(Some(reply)),
                Begun::Awaited(awaited, id) => (awaited, id),
                Begun::Unsent => {
                    let id = self.family_id(name).await?;
                    begun = self.ask_apart(request, id, flags)?;
                    continue;
                }
            };
            match self.answer_to::<R>(awaited, id).await {
                Ok(found) => return Ok(found),
                Err(refusal) => match self.moved_family(name, id, &refusal).await? {
                    Some(moved) => begun = self.ask_apart(request, moved, flags)?,
                    None => return Err(refusal),
                },
            }
        }
    }

    /// As [`Connection::ask`], where that is not all that the call is.
    #[inline(never)]
    fn ask_apart<R: Do>(&mut self, request: &R, id: u16, flags: u16) -> Result<Begun, Error> {
        self.ask(request, id, flags)
    }

    #[inline(always)]
    fn ask<R: Do>(&mut self, request: &R, id: u16, flags: u16) -> Result<Begun, Error> {
        self.outgoing.clear();
        let seq = self.outgoing.push(request, id, flags)?;
        let mut awaited = Awaited::new(seq, seq);
        self.send(R::OP)?;
        let reply = match R::HAS_REPLY {
            true => self.reply_now(R::OP, &mut awaited, id)?,
            false => None,
        };
        Ok(reply.map_or(Begun::Awaited(awaited, id), Begun::Replied))
    }

    /// Waits for what answers a request.
    async fn answer_to<R: Do>(
        &mut self,
        mut awaited: Awaited,
        id: u16,
    ) -> Result<Option<Range<usize>>, Error> {
        loop {
            let found = self.answer_of(R::OP, &mut awaited).await?;
            match self.what::<R>(&found, id)? {
                What::Reply => return Ok(Some(found.range)),
                What::Ack => return Ok(None),
                What::Echo => self.keep_echo(found.range),
                What::Other => {}
            }
        }
    }

    /// Whether a request asks for a copy of the notification of what it changes.
    fn asks_for_echo(&self, seq: u32) -> bool {
        let header = Header::read(self.outgoing.request(seq));
        header.is_some_and(|header| header.flags & flags::ECHO != 0)
    }

    /// Keeps a copy of a notification, which is an event as any other that was sent to this socket
    /// alone.
    pub(super) fn keep_echo(&mut self, message: Range<usize>) {
        let given_up = self.receiver.keep_echo(message);
        self.note_overrun(given_up);
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
            Answer::Data if self.asks_for_echo(found.header.seq) => Ok(What::Echo),
            Answer::Data | Answer::Noop => Ok(What::Other),
            Answer::Overrun => Err(Error::overrun(op)),
        }
    }

    /// The type of an operation's messages.
    pub(super) async fn type_of(&mut self, op: &'static Op) -> Result<u16, Error> {
        match self.known_type(op) {
            Some(id) => Ok(id),
            None => self.family_id(op.family.name).await,
        }
    }

    /// The same, where it need not be asked for.
    #[inline]
    pub(super) fn known_type(&self, op: &'static Op) -> Option<u16> {
        match std::ptr::eq(op.family, &nlctrl::FAMILY) {
            true => Some(nlctrl::ID),
            false => self.families.id(op.family.name),
        }
    }

    /// The reply that a message holds, decoded in place; an empty one for an ACK.
    #[inline(always)]
    pub(super) fn reply<R: Request>(
        &self,
        found: Result<Option<Range<usize>>, Error>,
    ) -> Result<R::Reply<'_>, Error> {
        // Replies are large. This one is never moved, because nothing else is ever returned.
        let mut reply = Ok(R::Reply::default());
        match (found, &mut reply) {
            (Ok(Some(found)), Ok(fields)) => {
                let bytes = self.receiver.bytes(found);
                if let Err(malformed) = read(fields, bytes) {
                    reply = Err(Error::malformed(R::OP, &malformed, bytes));
                }
            }
            (Err(error), _) => reply = Err(error),
            // An ACK has no attributes, and `()` takes none.
            (Ok(_), _) => {}
        }
        reply
    }
}
