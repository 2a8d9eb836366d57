// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that are answered by any number of messages.

use super::connection::{Awaited, Connection};
use super::drive;
use crate::error::Error;
use crate::request::{self, Decode};
use crate::schema::Op;
use crate::transport::Transport;
use crate::wire::{Answer, GenlHeader, Header, Malformed, flags};
use std::marker::PhantomData;
use std::ops::Range;

/// A dump: its entries, one at a time, each borrowing the receive buffer until the next.
///
/// Dropped before its end, it is read to its end in passing, and the client goes on as if nothing
/// had been.
///
/// ```no_run
/// use genlkit::client::Client;
/// use genlkit::generated::taskdiag::{Group, TaskGetDump};
///
/// let mut client = Client::open()?;
/// let mut tasks = client.dump(&TaskGetDump::new().groups(Group::BASE))?;
/// while let Some(task) = tasks.next()? {
///     println!("{task}");
/// }
/// # Ok::<(), genlkit::Error>(())
/// ```
#[derive(Debug)]
pub struct Dump<'c, R, T: Transport> {
    connection: &'c mut Connection<T>,
    state: State,
    dumps: PhantomData<fn() -> R>,
}

/// How far a dump is.
#[derive(Debug)]
pub(super) struct State {
    awaited: Awaited,
    /// The type of its entries.
    id: u16,
    ended: bool,
    interrupted: bool,
    on_interrupt: OnInterrupt,
}

/// How far a dump is that was asked for without waiting.
#[derive(Debug)]
pub(super) enum Asked {
    /// Its first entry comes next.
    Begun(State),
    /// The request was sent.
    Awaited(State),
    /// Nowhere: the family's number has to be asked for.
    Unsent,
}

/// What to do when the kernel says that what was dumped changed meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInterrupt {
    /// End the dump with [`ErrorKind::DumpInterrupted`](crate::ErrorKind::DumpInterrupted), after
    /// its last entry.
    #[default]
    Fail,
    /// End it as if nothing were wrong; [`Dump::interrupted`] tells.
    Ignore,
}

impl<'c, R: request::Dump, T: Transport> Dump<'c, R, T> {
    pub(super) fn new(connection: &'c mut Connection<T>, state: State) -> Self {
        Self {
            connection,
            state,
            dumps: PhantomData,
        }
    }

    /// Says what to do when what is dumped changes meanwhile; without, it is an error.
    pub fn on_interrupt(mut self, on_interrupt: OnInterrupt) -> Self {
        self.state.set_on_interrupt(on_interrupt);
        self
    }

    /// Whether what is dumped has changed meanwhile, as far as the kernel has told yet.
    pub fn interrupted(&self) -> bool {
        self.state.interrupted()
    }

    /// The next entry; none at the end.
    ///
    /// An entry that does not decode is an error, after which the next can be asked for. After
    /// every other error, and after the end, there is none.
    ///
    /// # Errors
    /// What ended the dump early; at its end, that it was interrupted; an entry that does not
    /// decode.
    #[expect(
        clippy::should_implement_trait,
        reason = "entries borrow what the next overwrites"
    )]
    #[inline]
    pub fn next(&mut self) -> Result<Option<R::Reply<'_>>, Error> {
        let part = self.next_part()?;
        self.connection.entry::<R>(part)
    }

    /// Hands all entries that are left to a function.
    ///
    /// The fastest way through a dump: entries stay where they are decoded.
    ///
    /// # Errors
    /// As [`Dump::next`], and the first that the function returns.
    #[inline]
    pub fn try_for_each<E: From<Error>>(
        &mut self,
        function: impl FnMut(&R::Reply<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        drive(self.connection.dump_each::<R, E>(&mut self.state, function))
    }

    /// Where the next entry is.
    #[inline(always)]
    fn next_part(&mut self) -> Result<Option<Range<usize>>, Error> {
        match self.connection.dump_part(&mut self.state) {
            Some(part) => Ok(Some(part)),
            None => self.receive_part(),
        }
    }

    /// Receives up to the next entry. Apart, so that what is done for each entry stays small.
    #[inline(never)]
    fn receive_part(&mut self) -> Result<Option<Range<usize>>, Error> {
        drive(self.connection.dump_next(R::OP, &mut self.state))
    }
}

impl State {
    pub(super) fn set_on_interrupt(&mut self, on_interrupt: OnInterrupt) {
        self.on_interrupt = on_interrupt;
    }

    pub(super) fn interrupted(&self) -> bool {
        self.interrupted
    }
}

/// Decodes a message's attributes.
#[inline(always)]
pub(super) fn read<'b>(reply: &mut impl Decode<'b>, message: &'b [u8]) -> Result<(), Malformed> {
    match message.get(Header::LEN + GenlHeader::LEN..) {
        Some(body) => reply.read(body),
        // Told as by who looks at one header after the other.
        None => {
            let body = message.get(Header::LEN..).unwrap_or_default();
            GenlHeader::split(body).map(drop)
        }
    }
}

impl<R, T: Transport> Drop for Dump<'_, R, T> {
    fn drop(&mut self) {
        // What this leaves over, because it takes too long, the next dump has to drain.
        self.connection.drain(4096);
    }
}

impl<T: Transport> Connection<T> {
    /// Asks for a dump, without waiting.
    ///
    /// Neither this nor what it calls is a function of its own, as of
    /// [`call_now`](Connection::call_now).
    #[inline(always)]
    pub(super) fn dump_now<R: request::Dump>(&mut self, request: &R) -> Result<Asked, Error> {
        match self.known_type(R::OP) {
            Some(id) => self.ask_for_dump(request, id),
            None => Ok(Asked::Unsent),
        }
    }

    /// Goes on with asking for a dump, and waits for its first message, so that a refusal is told at
    /// once.
    pub(super) async fn dump_on<R: request::Dump>(
        &mut self,
        request: &R,
        mut asked: Asked,
    ) -> Result<State, Error> {
        let (op, name) = (R::OP, R::OP.family.name);
        loop {
            let mut state = match asked {
                Asked::Begun(state) => return Ok(state),
                Asked::Awaited(state) => state,
                Asked::Unsent => {
                    let id = self.family_id(name).await?;
                    asked = self.ask_for_dump_apart(request, id)?;
                    continue;
                }
            };
            let found = self.answer_of(op, &mut state.awaited).await?;
            let refusal = match self.message(&found).answer() {
                Answer::Error(error) => self.check(op, found.header.seq, &error).err(),
                _ => None,
            };
            let Some(refusal) = refusal else {
                self.receiver.unread(&found.range);
                return Ok(state);
            };
            match self.moved_family(name, state.id, &refusal).await? {
                Some(moved) => asked = self.ask_for_dump_apart(request, moved)?,
                None => return Err(refusal),
            }
        }
    }

    /// As [`Connection::ask_for_dump`], where that is not all that there is to do.
    #[inline(never)]
    fn ask_for_dump_apart<R: request::Dump>(
        &mut self,
        request: &R,
        id: u16,
    ) -> Result<Asked, Error> {
        self.ask_for_dump(request, id)
    }

    #[inline(always)]
    fn ask_for_dump<R: request::Dump>(&mut self, request: &R, id: u16) -> Result<Asked, Error> {
        self.outgoing.clear();
        let seq = self.outgoing.push(request, id, flags::DUMP)?;
        self.send_dump(R::OP, seq)?;
        let mut state = State {
            awaited: Awaited::new(seq, seq),
            id,
            ended: false,
            interrupted: false,
            on_interrupt: OnInterrupt::default(),
        };
        self.next_datagram(R::OP, &mut state.awaited)?;
        Ok(match self.dump_part(&mut state) {
            Some(first) => {
                self.receiver.unread(&first);
                Asked::Begun(state)
            }
            None => Asked::Awaited(state),
        })
    }

    /// Hands all entries of a dump that are left to a function.
    #[inline]
    pub(super) async fn dump_each<R: request::Dump, E: From<Error>>(
        &mut self,
        state: &mut State,
        mut function: impl FnMut(&R::Reply<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let (seq, id) = (state.awaited.first, state.id);
            let mut flags = 0;
            let outcome = self.receiver.each_part(
                seq,
                |header| header.kind == id,
                |message| {
                    flags |= message.header.flags;
                    let mut entry = R::Reply::default();
                    match read(&mut entry, message.bytes) {
                        Ok(()) => function(&entry),
                        Err(malformed) => {
                            Err(Error::malformed(R::OP, &malformed, message.bytes).into())
                        }
                    }
                },
            );
            state.interrupted |= flags & flags::DUMP_INTR != 0;
            outcome?;
            if self.dump_datagram(R::OP, state)? {
                continue;
            }
            match self.dump_next(R::OP, state).await? {
                Some(part) => self.receiver.unread(&part),
                None => return Ok(()),
            }
        }
    }

    /// Receives the next datagram of a dump, without waiting, where all of the one before was read:
    /// whether it did.
    #[inline(always)]
    fn dump_datagram(&mut self, op: &'static Op, state: &mut State) -> Result<bool, Error> {
        if state.ended {
            return Ok(false);
        }
        self.next_datagram(op, &mut state.awaited)
            .inspect_err(|_| state.ended = true)
    }

    /// The next entry of a dump, where it is the next message in the buffer.
    #[inline]
    pub(super) fn dump_part(&mut self, state: &mut State) -> Option<Range<usize>> {
        let (header, part) = self
            .receiver
            .next_part(state.awaited.first, |header| header.kind == state.id)?;
        state.interrupted |= header.flags & flags::DUMP_INTR != 0;
        Some(part)
    }

    /// The entry that a message holds, decoded in place; none where there is no message.
    #[inline(always)]
    pub(super) fn entry<R: request::Dump>(
        &self,
        part: Option<Range<usize>>,
    ) -> Result<Option<R::Reply<'_>>, Error> {
        let Some(part) = part else {
            return Ok(None);
        };
        let message = self.receiver.bytes(part);
        // Made where it is returned, because entries are large.
        let mut entry = Ok(Some(R::Reply::default()));
        if let Ok(Some(fields)) = &mut entry
            && let Err(malformed) = read(fields, message)
        {
            entry = Err(Error::malformed(R::OP, &malformed, message));
        }
        entry
    }

    /// Finds the next entry of a dump. Where there is none, nor ever will be, what is left in the buffer
    /// is none either.
    pub(super) async fn dump_next(
        &mut self,
        op: &'static Op,
        state: &mut State,
    ) -> Result<Option<Range<usize>>, Error> {
        if state.ended {
            return Ok(None);
        }
        let next = self.dump_answer(op, state).await;
        if !matches!(next, Ok(Some(_))) {
            state.ended = true;
            self.keep_events();
        }
        next
    }

    /// Waits for the next entry of a dump; none at its end.
    async fn dump_answer(
        &mut self,
        op: &'static Op,
        state: &mut State,
    ) -> Result<Option<Range<usize>>, Error> {
        loop {
            let found = self.answer_of(op, &mut state.awaited).await?;
            state.interrupted |= found.header.flags & flags::DUMP_INTR != 0;
            match self.message(&found).answer() {
                Answer::Data if found.header.kind == state.id => {
                    state.awaited.renew();
                    return Ok(Some(found.range));
                }
                Answer::Data => {
                    return Err(Error::unexpected(op, "another family's message answers"));
                }
                Answer::Error(error) => self.check(op, found.header.seq, &error)?,
                Answer::Done { errno, extack } => {
                    if errno != 0 {
                        let request = self.outgoing.request(found.header.seq);
                        return Err(Error::refused(op, errno, &extack, request));
                    }
                    if state.interrupted && state.on_interrupt == OnInterrupt::Fail {
                        return Err(Error::dump_interrupted(op));
                    }
                    return Ok(None);
                }
                Answer::Overrun => return Err(Error::overrun(op)),
                Answer::Noop => {}
            }
        }
    }
}
