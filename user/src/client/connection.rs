// SPDX-License-Identifier: MIT OR Apache-2.0
//! One socket's conversation with the kernel: requests out, answers matched, nothing left over.
//!
//! Written once, as futures: a blocking transport's never wait, so that the blocking client polls
//! each exactly once.

use super::family::Families;
use super::receive::{DEFAULT_BUFFER, Received, Receiver};
use crate::error::Error;
use crate::request::Request;
use crate::schema::Op;
use crate::transport::Transport;
use crate::wire::{Answer, Builder, ErrorMessage, GenlHeader, Header, Message, flags};
use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::time::{Duration, Instant};

/// The longest request that is tried, in bytes.
const MAX_REQUEST: usize = 1 << 24;

/// A transport, and all that is known about the conversation over it.
#[derive(Debug)]
pub(super) struct Connection<T> {
    pub(super) transport: T,
    pub(super) receiver: Receiver,
    pub(super) families: Families,
    /// How long to wait for an answer.
    pub(super) timeout: Option<Duration>,
    /// The request that was written last, and errors are about.
    request: Vec<u8>,
    request_len: usize,
    seq: u32,
    /// The dump that was asked for and whose end has not come.
    open_dump: Option<u32>,
    /// Datagrams that were lost and not told yet.
    pub(super) overrun: Option<u32>,
    /// The transport's drop counter when it was last looked at.
    drops_seen: u32,
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
            timeout: Some(Duration::from_secs(30)),
            request: vec![0; 4096],
            request_len: 0,
            seq: 0,
            open_dump: None,
            overrun: None,
            drops_seen: 0,
        }
    }

    /// Writes a request into the request buffer, with a new sequence number, which it returns.
    pub(super) fn write<R: Request>(
        &mut self,
        request: &R,
        id: u16,
        flags: u16,
    ) -> Result<u32, Error> {
        // 0 is what notifications carry.
        self.seq = self.seq.checked_add(1).unwrap_or(1);
        let ack = if R::HAS_REPLY { 0 } else { flags::ACK };
        let header = Header {
            len: 0,
            kind: id,
            flags: flags::REQUEST | flags | ack,
            seq: self.seq,
            portid: 0,
        };
        let genl = GenlHeader {
            cmd: R::OP.cmd,
            version: R::OP.family.version,
        };
        loop {
            let longer = self.request.len() * 2;
            let mut builder = Builder::new(&mut self.request);
            builder.message(header, |message| {
                message.bytes(&genl.to_bytes());
                request.encode(message);
            });
            match builder.finish() {
                Ok(bytes) => {
                    self.request_len = bytes.len();
                    return Ok(self.seq);
                }
                Err(_) if longer <= MAX_REQUEST => self.request.resize(longer, 0),
                Err(_) => return Err(Error::too_long(R::OP)),
            }
        }
    }

    /// The request that was written last.
    pub(super) fn request(&self) -> &[u8] {
        self.request.get(..self.request_len).unwrap_or_default()
    }

    /// Sends the request that was written last.
    pub(super) fn send(&mut self, op: &'static Op) -> Result<(), Error> {
        self.keep_read_events();
        let request = self.request.get(..self.request_len).unwrap_or_default();
        self.transport
            .send(request)
            .map_err(|error| match error.raw_os_error() {
                Some(libc::EMSGSIZE) => Error::too_long(op),
                _ => Error::socket(op, "send the request", &error),
            })
    }

    /// Sends the request that was written last, for a dump.
    ///
    /// One dump at a time is open on a socket, so an abandoned one is read to its end before.
    pub(super) fn send_dump(&mut self, op: &'static Op, seq: u32) -> Result<(), Error> {
        self.drain(usize::MAX);
        self.open_dump = Some(seq);
        self.send(op)
    }

    /// Keeps the events in the buffer whose reading something else interrupts.
    fn keep_read_events(&mut self) {
        let given_up = self.receiver.keep_read_events();
        self.note_overrun(given_up);
    }

    /// Waits for the next message that answers request `seq`.
    ///
    /// Answers to other requests, which were given up, are skipped. Events are kept.
    pub(super) async fn answer(&mut self, op: &'static Op, seq: u32) -> Result<Found, Error> {
        let mut deadline = None;
        let mut lossy = false;
        let mut futile = false;
        loop {
            if let Some(found) = self.next_answer(op, seq)? {
                return Ok(found);
            }
            // A stream of other things must not put the deadline off.
            if futile && is_past(deadline) {
                return Err(Error::timed_out(op));
            }
            let received = self.receiver.try_fill(&mut self.transport);
            match received.map_err(|error| Error::socket(op, "receive the answer", &error))? {
                Received::Datagram => futile = true,
                Received::Overrun => {
                    self.count_drops();
                    lossy = true;
                }
                Received::Truncated {
                    group: 0,
                    len,
                    room,
                } => {
                    return Err(Error::truncated(op, len, room));
                }
                Received::Truncated { .. } => self.note_overrun(1),
                // The kernel answers while it is asked: what is not here by now was dropped.
                Received::Nothing if lossy => return Err(Error::overrun(op)),
                Received::Nothing => {
                    futile = false;
                    let timeout = self.timeout;
                    if deadline.is_none() {
                        deadline = timeout.map(|timeout| Instant::now() + timeout);
                    }
                    self.wait(deadline)
                        .await
                        .map_err(|error| match error.kind() {
                            io::ErrorKind::TimedOut => Error::timed_out(op),
                            _ => Error::socket(op, "wait for the answer", &error),
                        })?;
                }
            }
        }
    }

    /// The next message in the buffer that answers request `seq`.
    #[inline]
    fn next_answer(&mut self, op: &'static Op, seq: u32) -> Result<Option<Found>, Error> {
        if self.receiver.group() != 0 {
            let given_up = self.receiver.keep_events();
            self.note_overrun(given_up);
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
            if header.seq == seq {
                return Ok(Some(Found { range, header }));
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
    pub(super) async fn wait(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        poll_fn(|context| self.transport.poll_readable(context, deadline)).await
    }

    /// Reads an abandoned dump to its end, without waiting, so that the kernel lets go of it and
    /// another can start. The kernel writes the next part while one is received, so that what can
    /// be received at all is there at once.
    pub(super) fn drain(&mut self, mut datagrams: usize) {
        self.keep_read_events();
        while self.open_dump.is_some() {
            while let Some(Ok((message, _))) = self.receiver.next() {
                let (seq, ends) = (message.header.seq, ends_dump(&message));
                self.note_answer(seq, ends);
            }
            if self.open_dump.is_none() || datagrams == 0 {
                return;
            }
            datagrams -= 1;
            match self.receiver.try_fill(&mut self.transport) {
                Ok(Received::Datagram) if self.receiver.group() != 0 => {
                    let given_up = self.receiver.keep_events();
                    self.note_overrun(given_up);
                }
                Ok(Received::Datagram | Received::Truncated { group: 0, .. }) => {}
                Ok(Received::Truncated { .. }) => self.note_overrun(1),
                Ok(Received::Overrun) => self.count_drops(),
                Ok(Received::Nothing) | Err(_) => self.open_dump = None,
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

    /// What an error or ACK message says, as an error where it is one.
    pub(super) fn check(&self, op: &'static Op, error: &ErrorMessage<'_>) -> Result<(), Error> {
        match error.errno {
            0 => Ok(()),
            errno => Err(Error::refused(op, errno, &error.extack, self.request())),
        }
    }

    /// Asks the transport how many datagrams were lost since it was last asked.
    pub(super) fn count_drops(&mut self) {
        let lost = match self.transport.drops() {
            Some(drops) => {
                let lost = drops.wrapping_sub(self.drops_seen);
                self.drops_seen = drops;
                lost
            }
            None => 0,
        };
        *self.overrun.get_or_insert(0) += lost;
    }

    pub(super) fn note_overrun(&mut self, lost: u32) {
        if lost > 0 {
            *self.overrun.get_or_insert(0) += lost;
        }
    }
}

/// Whether there is a deadline and it is past.
pub(super) fn is_past(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

/// Whether a message ends the dump that it answers.
#[inline]
pub(super) fn ends_dump(message: &Message<'_>) -> bool {
    match message.answer() {
        Answer::Done { .. } => true,
        Answer::Error(error) => error.errno != 0,
        _ => false,
    }
}
