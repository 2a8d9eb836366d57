// SPDX-License-Identifier: MIT OR Apache-2.0
//! One socket's conversation with the kernel: requests out, answers matched, nothing left over.
//!
//! Written once, as futures: a blocking transport's never wait, so that the blocking client polls
//! each exactly once.

use super::family::Families;
use super::outgoing::Outgoing;
use super::receive::{DEFAULT_BUFFER, Received, Receiver, is_unasked};
use super::subscription::Subscriptions;
use crate::error::Error;
use crate::nlctrl;
use crate::schema::Op;
use crate::transport::Transport;
use crate::wire::{Answer, ErrorMessage, Header, Message, kind};
use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::time::{Duration, Instant};

/// A transport, and all that is known about the conversation over it.
#[derive(Debug)]
pub(crate) struct Connection<T> {
    pub(crate) transport: T,
    pub(crate) receiver: Receiver,
    pub(super) families: Families,
    pub(crate) subscriptions: Subscriptions,
    /// How long to wait for an answer.
    pub(super) timeout: Option<Duration>,
    /// When every wait ends, whatever the timeout.
    pub(super) deadline: Option<Instant>,
    /// The requests that were written last, and errors are about.
    pub(crate) outgoing: Outgoing,
    /// The dump that was asked for and whose end has not come.
    open_dump: Option<u32>,
    /// Datagrams that were lost and not told yet.
    pub(crate) overrun: Option<u32>,
    /// The transport's drop counter when it was last looked at.
    drops_seen: u32,
    /// Whether something was lost, and what is queued may still be of before that.
    pub(super) out_of_step: bool,
}

/// Whose answers are waited for, and how the wait stands.
#[derive(Debug)]
pub(super) struct Awaited {
    /// The numbers of the first and the last request.
    pub(super) first: u32,
    pub(super) last: u32,
    /// Whether the kernel has dropped something since they were sent.
    lossy: bool,
    /// When to give up; none before it was waited at all, or looked through so much that it may never
    /// have to be.
    deadline: Option<Instant>,
}

impl Awaited {
    /// Answers to the requests of the given numbers.
    #[inline]
    pub(super) fn new(first: u32, last: u32) -> Self {
        Self {
            first,
            last,
            lossy: false,
            deadline: None,
        }
    }

    /// How many requests they are.
    pub(super) fn len(&self) -> u32 {
        (self.last + 1).saturating_sub(self.first)
    }

    /// Whether they are none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first > self.last
    }

    /// Whether the kernel has dropped something since the requests were sent.
    pub(super) fn lossy(&self) -> bool {
        self.lossy
    }

    /// Has the wait end at a deadline, where there is one, instead of when others do.
    pub(super) fn until(self, deadline: Option<Instant>) -> Self {
        Self { deadline, ..self }
    }

    /// Has the next wait be as long as the first.
    pub(super) fn renew(&mut self) {
        self.deadline = None;
    }
}

/// A message that answers a request: what it is, and where.
#[derive(Debug)]
pub(super) struct Found {
    /// The whole message.
    pub(super) range: Range<usize>,
    pub(super) header: Header,
}

impl<T: Transport> Connection<T> {
    pub(super) fn new(transport: T) -> Self {
        Self {
            transport,
            receiver: Receiver::new(DEFAULT_BUFFER),
            families: Families::default(),
            subscriptions: Subscriptions::default(),
            timeout: Some(Duration::from_secs(30)),
            deadline: None,
            outgoing: Outgoing::new(),
            open_dump: None,
            overrun: None,
            drops_seen: 0,
            out_of_step: false,
        }
    }

    /// Sends the requests that were written last.
    #[inline(always)]
    pub(super) fn send(&mut self, op: &'static Op) -> Result<(), Error> {
        if !self.receiver.is_read() {
            self.keep_events();
        }
        self.transport
            .send(self.outgoing.bytes())
            .map_err(|error| Error::not_sent(op, &error))
    }

    /// Sends the request that was written last, for a dump.
    ///
    /// One dump at a time is open on a socket, so an abandoned one is read to its end before.
    #[inline(always)]
    pub(super) fn send_dump(&mut self, op: &'static Op, seq: u32) -> Result<(), Error> {
        self.drain(usize::MAX);
        self.open_dump = Some(seq);
        self.send(op)
    }

    /// Keeps the events in the buffer for later.
    pub(crate) fn keep_events(&mut self) {
        let given_up = self.receiver.keep_events();
        self.note_overrun(given_up);
    }

    /// Waits for the next message that answers one of the awaited requests.
    #[inline]
    pub(super) async fn answer_of(
        &mut self,
        op: &'static Op,
        awaited: &mut Awaited,
    ) -> Result<Found, Error> {
        loop {
            if let Some(found) = self.answer_now(op, awaited)? {
                return Ok(found);
            }
            if awaited.deadline.is_none() {
                awaited.deadline = self.give_up_at();
            }
            self.wait(awaited.deadline)
                .await
                .map_err(|error| match error.kind() {
                    io::ErrorKind::TimedOut => Error::timed_out(op),
                    _ => Error::socket(op, "wait for the answer", &error),
                })?;
        }
    }

    /// Finds the next message that answers one of the awaited requests, without waiting: the kernel
    /// answers while it is asked, so that it is nearly always there.
    ///
    /// Answers to other requests, which were given up, are skipped. Events are kept.
    fn answer_now(
        &mut self,
        op: &'static Op,
        awaited: &mut Awaited,
    ) -> Result<Option<Found>, Error> {
        let mut futile = 0;
        loop {
            if let Some(found) = self.next_answer(op, awaited)? {
                return Ok(Some(found));
            }
            if asks_clock(futile, awaited.deadline.is_some()) && self.is_over(awaited) {
                return Err(match awaited.lossy {
                    true => Error::overrun(op),
                    false => Error::timed_out(op),
                });
            }
            if let Received::Nothing = self.receive_for(op, awaited)? {
                return Ok(None);
            }
            futile += 1;
        }
    }

    /// Whether a wait is past its deadline, which runs from now on where it did not yet.
    #[cold]
    fn is_over(&self, awaited: &mut Awaited) -> bool {
        if awaited.deadline.is_none() {
            awaited.deadline = self.give_up_at();
        }
        is_past(awaited.deadline)
    }

    /// Finds the first awaited request's reply, without waiting, where it is what comes first: which
    /// it nearly always is. None says nothing: [`Connection::answer_of`] tells.
    #[inline(always)]
    pub(super) fn reply_now(
        &mut self,
        op: &'static Op,
        awaited: &mut Awaited,
        kind: u16,
    ) -> Result<Option<Range<usize>>, Error> {
        if self.receiver.is_read() {
            self.receive_for(op, awaited)?;
        }
        let part = self
            .receiver
            .next_part(awaited.first, |header| header.kind == kind);
        Ok(part.map(|(_, range)| range))
    }

    /// Receives the next datagram, without waiting, where all of the one before was read: whether it did.
    ///
    /// # Errors
    /// As [`Connection::receive_for`].
    #[inline(always)]
    pub(super) fn next_datagram(
        &mut self,
        op: &'static Op,
        awaited: &mut Awaited,
    ) -> Result<bool, Error> {
        Ok(self.receiver.is_read() && matches!(self.receive_for(op, awaited)?, Received::Datagram))
    }

    /// Receives the next datagram, without waiting, on behalf of awaited requests.
    ///
    /// # Errors
    /// That the answer is lost, and what the socket says.
    #[inline(always)]
    fn receive_for(&mut self, op: &'static Op, awaited: &mut Awaited) -> Result<Received, Error> {
        let received = match self.receive() {
            Ok(Received::Datagram) => return Ok(Received::Datagram),
            Ok(received) => received,
            Err(error) => return Err(Error::not_received(op, &error)),
        };
        match received {
            Received::Overrun => awaited.lossy = true,
            Received::Truncated {
                group: 0,
                len,
                room,
            } => return Err(Error::truncated(op, len, room)),
            Received::Truncated { .. } => self.note_overrun(1),
            // What is not here by now was dropped.
            Received::Nothing if awaited.lossy => return Err(Error::overrun(op)),
            Received::Datagram | Received::Stranger | Received::Nothing => {}
        }
        Ok(received)
    }

    /// Receives the next datagram, without waiting, and heeds what the controller tells in it.
    #[inline(always)]
    pub(crate) fn receive(&mut self) -> io::Result<Received> {
        let received = self.receiver.try_fill(&mut self.transport)?;
        match received {
            Received::Datagram if self.receiver.group() == nlctrl::NOTIFY => self.heed_controller(),
            Received::Overrun => self.count_drops(),
            _ => {}
        }
        Ok(received)
    }

    /// When a wait that begins now ends.
    pub(crate) fn give_up_at(&self) -> Option<Instant> {
        let after = self
            .timeout
            .and_then(|timeout| Instant::now().checked_add(timeout));
        earlier(after, self.deadline)
    }

    /// The next message in the buffer that answers one of the awaited requests.
    #[inline]
    fn next_answer(&mut self, op: &'static Op, awaited: &Awaited) -> Result<Option<Found>, Error> {
        if self.receiver.group() != 0 {
            self.keep_events();
            return Ok(None);
        }
        while let Some(next) = self.receiver.next() {
            let (message, range) = match next {
                Ok(found) => found,
                Err(malformed) => return Err(Error::malformed(op, &malformed, &[])),
            };
            let header = message.header;
            let ends = ends_dump(&message);
            self.note_answer(header.seq, ends);
            if (awaited.first..=awaited.last).contains(&header.seq) {
                return Ok(Some(Found { range, header }));
            }
            if is_unasked(&header) {
                let given_up = self.receiver.keep_message(range);
                self.note_overrun(given_up);
            }
        }
        Ok(None)
    }

    /// Takes note of an answer to request `seq`, which may be the end of the open dump.
    #[inline]
    pub(super) fn note_answer(&mut self, seq: u32, ends_dump: bool) {
        if ends_dump && self.open_dump == Some(seq) {
            self.open_dump = None;
        }
    }

    /// Waits until there may be something to receive.
    pub(crate) async fn wait(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        poll_fn(|context| self.transport.poll_readable(context, deadline)).await
    }

    /// Reads an abandoned dump to its end, without waiting, so that the kernel lets go of it and
    /// another can start. The kernel writes the next part while one is received, so that what can
    /// be received at all is there at once.
    pub(super) fn drain(&mut self, datagrams: usize) {
        if self.open_dump.is_some() {
            self.drain_open(datagrams);
        }
    }

    #[inline(never)]
    fn drain_open(&mut self, mut datagrams: usize) {
        let (deadline, mut futile) = (self.give_up_at(), 0);
        if self.receiver.holds_events() {
            self.keep_events();
        }
        while self.open_dump.is_some() {
            while let Some(Ok((message, range))) = self.receiver.next() {
                let (header, ends) = (message.header, ends_dump(&message));
                self.note_answer(header.seq, ends);
                if is_unasked(&header) {
                    let given_up = self.receiver.keep_message(range);
                    self.note_overrun(given_up);
                }
            }
            if self.open_dump.is_none() || datagrams == 0 {
                return;
            }
            datagrams -= 1;
            match self.receive() {
                Ok(Received::Datagram) if self.receiver.group() != 0 => self.keep_events(),
                Ok(Received::Truncated { group: 1.., .. }) => self.note_overrun(1),
                Ok(Received::Nothing) | Err(_) => self.open_dump = None,
                Ok(_) => {}
            }
            futile += 1;
            // Its end was lost, and something comes all the time.
            if asks_clock(futile, false) && is_past(deadline) {
                self.open_dump = None;
            }
        }
    }

    /// The message at `range` of the buffer.
    #[inline]
    pub(super) fn message(&self, found: &Found) -> Message<'_> {
        Message {
            header: found.header,
            bytes: self.receiver.bytes(found.range.clone()),
        }
    }

    /// What an error or ACK message says about request `seq`, as an error where it is one.
    pub(super) fn check(
        &self,
        op: &'static Op,
        seq: u32,
        error: &ErrorMessage<'_>,
    ) -> Result<(), Error> {
        match error.errno {
            0 => Ok(()),
            errno => {
                let request = self.outgoing.request(seq);
                Err(Error::refused(op, errno, &error.extack, request))
            }
        }
    }

    /// Asks the transport how many datagrams were lost since it was last asked.
    fn count_drops(&mut self) {
        self.subscriptions.suspect();
        let lost = self.new_drops();
        let told = self.overrun.get_or_insert(0);
        *told = told.saturating_add(lost);
        self.out_of_step = true;
    }

    /// How many datagrams were lost since this was last asked; 0 where the transport does not tell.
    pub(super) fn new_drops(&mut self) -> u32 {
        let seen = self.drops_seen;
        self.drops_seen = self.transport.drops().unwrap_or(seen);
        self.drops_seen.wrapping_sub(seen)
    }

    pub(crate) fn note_overrun(&mut self, lost: u32) {
        if lost > 0 {
            let told = self.overrun.get_or_insert(0);
            *told = told.saturating_add(lost);
            self.out_of_step = true;
        }
    }
}

/// How many datagrams that bring nothing are looked through before the clock is asked.
const LOOKED_THROUGH: u32 = 64;

/// Whether to look at the clock after so many datagrams in a row that brought nothing: a stream of
/// them must not put a deadline off, but behind a few can be what is there already.
#[inline]
pub(crate) fn asks_clock(futile: u32, waited: bool) -> bool {
    futile > 0 && (waited || futile.is_multiple_of(LOOKED_THROUGH))
}

/// The earlier of two deadlines, of which there may be none.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Whether there is a deadline and it is past.
pub(crate) fn is_past(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

/// Whether a message ends the dump that it answers.
#[inline]
pub(super) fn ends_dump(message: &Message<'_>) -> bool {
    match message.header.kind {
        kind::DONE => true,
        kind::ERROR => !matches!(message.answer(), Answer::Error(ack) if ack.errno == 0),
        _ => false,
    }
}
