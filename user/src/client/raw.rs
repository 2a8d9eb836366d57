// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages of any type, for whoever needs what has no typed request.

use super::connection::{Awaited, Connection, Found};
use super::drive;
use crate::error::Error;
use crate::schema::{AttrSet, Family, Op};
use crate::transport::Transport;
use crate::wire::{Answer, Builder, Header, Message, flags, kind};

pub(super) static FAMILY: Family = Family {
    name: "netlink",
    version: 0,
    header_len: 0,
    ops: &[&OP],
    groups: &[],
};

/// What errors about raw messages name. Nothing is known of their attributes.
pub(super) static OP: Op = Op {
    family: &FAMILY,
    name: "request",
    cmd: 0,
    attrs: &AttrSet {
        name: "none",
        attrs: &[],
    },
};

/// The messages that answer a raw request, one at a time, each borrowing the receive buffer until
/// the next.
///
/// Dropped before its end, a dump is read to its end in passing.
#[derive(Debug)]
pub struct Raw<'c, T: Transport> {
    connection: &'c mut Connection<T>,
    state: State,
}

/// How far a raw request is.
#[derive(Debug)]
pub(super) struct State {
    awaited: Awaited,
    /// Whether a dump was asked for, whose messages need not say that they are parts of one.
    dump: bool,
    /// Whether an ACK comes after the messages.
    acked: bool,
    ended: bool,
    interrupted: bool,
}

impl<'c, T: Transport> Raw<'c, T> {
    pub(super) fn new(connection: &'c mut Connection<T>, state: State) -> Self {
        Self { connection, state }
    }

    /// The next message; none at the end.
    ///
    /// # Errors
    /// As [`Dump::next`](super::Dump::next), but that nothing is decoded.
    #[expect(
        clippy::should_implement_trait,
        reason = "messages borrow what the next overwrites"
    )]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        let found = match self.connection.raw_part(&mut self.state) {
            Some(found) => Some(found),
            None => self.receive_part()?,
        };
        Ok(found.map(|found| self.connection.message(&found)))
    }

    /// Hands all messages that are left to a function.
    ///
    /// The fastest way through a dump.
    ///
    /// # Errors
    /// As [`Raw::next`], and the first that the function returns.
    #[inline]
    pub fn try_for_each<E: From<Error>>(
        &mut self,
        function: impl FnMut(&Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        drive(self.connection.raw_each(&mut self.state, function))
    }

    /// Receives up to the next message. Apart, so that what is done for each stays small.
    #[inline(never)]
    fn receive_part(&mut self) -> Result<Option<Found>, Error> {
        drive(self.connection.raw_next(&mut self.state))
    }
}

impl State {
    /// Whether a message has others behind it: what is looked for. Made once for many messages.
    #[inline]
    fn is_part(&self) -> impl Fn(&Header) -> bool + use<> {
        let dump = self.dump;
        move |header| header.kind >= kind::FIRST && (dump || header.flags & flags::MULTI != 0)
    }

    /// Whether nothing comes behind a message.
    fn is_last(&self, header: &Header) -> bool {
        !self.acked && !self.is_part()(header)
    }
}

impl<T: Transport> Drop for Raw<'_, T> {
    fn drop(&mut self) {
        self.connection.drain(4096);
    }
}

impl<T: Transport> Connection<T> {
    /// Sends a message of any type.
    pub(super) fn raw_start(
        &mut self,
        kind: u16,
        flags: u16,
        body: impl Fn(&mut Builder<'_>),
    ) -> Result<State, Error> {
        self.outgoing.clear();
        let seq = self.outgoing.push_message(&OP, kind, flags, body)?;
        // Most protocols, but not generic netlink, take one of the two bits for a dump.
        match flags & flags::DUMP {
            0 => self.send(&OP)?,
            _ => self.send_dump(&OP, seq)?,
        }
        Ok(State {
            awaited: Awaited::new(seq, seq),
            dump: flags & flags::DUMP == flags::DUMP,
            acked: flags & flags::ACK != 0,
            ended: false,
            interrupted: false,
        })
    }

    /// The next message of a dump, where it is the next in the buffer.
    #[inline]
    pub(super) fn raw_part(&mut self, state: &mut State) -> Option<Found> {
        let (header, range) = self
            .receiver
            .next_part(state.awaited.first, state.is_part())?;
        state.interrupted |= header.flags & flags::DUMP_INTR != 0;
        Some(Found { range, header })
    }

    /// Hands all messages that are left to a function.
    #[inline]
    pub(super) async fn raw_each<E: From<Error>>(
        &mut self,
        state: &mut State,
        mut function: impl FnMut(&Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let mut flags = 0;
            let seq = state.awaited.first;
            let outcome = self.receiver.each_part(seq, state.is_part(), |message| {
                flags |= message.header.flags;
                function(&message)
            });
            state.interrupted |= flags & flags::DUMP_INTR != 0;
            outcome?;
            if self.raw_datagram(state)? {
                continue;
            }
            let Some(found) = self.raw_next(state).await? else {
                return Ok(());
            };
            if state.is_part()(&found.header) {
                self.receiver.unread(&found.range);
            } else {
                function(&self.message(&found))?;
            }
        }
    }

    /// Receives the next datagram of a dump, without waiting, where all of the one before was read:
    /// whether it did.
    #[inline(always)]
    fn raw_datagram(&mut self, state: &mut State) -> Result<bool, Error> {
        if state.ended {
            return Ok(false);
        }
        self.next_datagram(&OP, &mut state.awaited)
            .inspect_err(|_| state.ended = true)
    }

    /// Finds the next message that answers a raw request. Behind the last, what is left in the buffer is
    /// none.
    pub(super) async fn raw_next(&mut self, state: &mut State) -> Result<Option<Found>, Error> {
        if state.ended {
            return Ok(None);
        }
        let next = self.raw_answer(state).await;
        state.ended = !matches!(&next, Ok(Some(found)) if !state.is_last(&found.header));
        if state.ended {
            // Flags that ask for dumps mean other things to some operations, which have ended now.
            self.note_answer(state.awaited.first, next.is_ok() && !state.dump);
            self.keep_events();
        }
        next
    }

    /// Waits for the next message that answers a raw request; none at the end.
    async fn raw_answer(&mut self, state: &mut State) -> Result<Option<Found>, Error> {
        loop {
            let found = self.answer_of(&OP, &mut state.awaited).await?;
            let flags = found.header.flags;
            match self.message(&found).answer() {
                Answer::Data => {
                    state.interrupted |= flags & flags::DUMP_INTR != 0;
                    state.awaited.renew();
                    return Ok(Some(found));
                }
                Answer::Error(error) => {
                    self.check(&OP, found.header.seq, &error)?;
                    return Ok(None);
                }
                Answer::Done { errno, extack } => {
                    state.interrupted |= flags & flags::DUMP_INTR != 0;
                    if errno != 0 {
                        let request = self.outgoing.request(found.header.seq);
                        return Err(Error::refused(&OP, errno, &extack, request));
                    }
                    if state.interrupted {
                        return Err(Error::dump_interrupted(&OP));
                    }
                    return Ok(None);
                }
                Answer::Overrun => return Err(Error::overrun(&OP)),
                Answer::Noop => {}
            }
        }
    }
}
