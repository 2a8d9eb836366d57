// SPDX-License-Identifier: MIT OR Apache-2.0
//! The requests that were written last, one or a batch of them, and their sequence numbers.

use crate::error::Error;
use crate::request::Request;
use crate::schema::Op;
use crate::wire::{Builder, GenlHeader, Header, Message, Messages, flags};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// The least room that is made for requests, in bytes.
const MIN_ROOM: usize = 512;

/// The longest request that is tried, in bytes.
const MAX_REQUEST: usize = 1 << 24;

/// How many sequence numbers a batch may need in a row.
const MAX_BATCH: u32 = 1 << 16;

/// Requests have no sequence numbers below this: what has is no answer, but sent unasked. Notifications
/// carry 0, or what the kernel counts from 0 for itself, as TASKSTATS does.
pub(super) const LEAST_SEQ: u32 = 1 << 31;

/// A buffer of requests, which errors are about, and which are sent as one datagram.
pub(crate) struct Outgoing {
    buffer: Vec<u8>,
    len: usize,
    seq: u32,
}

/// Requests that are put aside, because something else has to be asked first.
#[derive(Debug)]
pub(super) struct Aside {
    buffer: Vec<u8>,
    len: usize,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        Self {
            // Longer before the first request is written: not every client does that here.
            buffer: Vec::new(),
            len: 0,
            seq: first_seq(),
        }
    }

    /// Forgets all requests; those that are written next have numbers in a row.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.len = 0;
        if self.seq > u32::MAX - MAX_BATCH {
            self.seq = LEAST_SEQ;
        }
    }

    /// Takes so many numbers in a row, for requests that are written elsewhere; the first of them.
    #[cfg(feature = "ynl")]
    pub(crate) fn reserve(&mut self, count: u32) -> u32 {
        self.clear();
        let first = self.seq + 1;
        self.seq = self.seq.saturating_add(count);
        first
    }

    /// Appends a request of family `id`'s and returns its sequence number.
    #[inline]
    pub(super) fn push<R: Request>(
        &mut self,
        request: &R,
        id: u16,
        flags: u16,
    ) -> Result<u32, Error> {
        let ack = if R::HAS_REPLY { 0 } else { flags::ACK };
        let genl = GenlHeader {
            cmd: R::OP.cmd,
            version: R::OP.family.version,
        };
        self.push_message(R::OP, id, flags | ack, |message| {
            message.bytes(&genl.to_bytes());
            request.encode(message);
        })
    }

    /// Appends a message of any type; `body` writes what follows its header.
    #[inline(always)]
    pub(super) fn push_message(
        &mut self,
        op: &'static Op,
        kind: u16,
        flags: u16,
        body: impl Fn(&mut Builder<'_>),
    ) -> Result<u32, Error> {
        let header = Header {
            len: 0,
            kind,
            flags: flags::REQUEST | flags,
            seq: self.seq + 1,
            portid: 0,
        };
        loop {
            let room = self.buffer.get_mut(self.len..).unwrap_or_default();
            let mut builder = Builder::new(room);
            builder.message(header, &body);
            if let Ok(bytes) = builder.finish() {
                self.len += bytes.len();
                self.seq += 1;
                return Ok(self.seq);
            }
            self.grow(op)?;
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, op: &'static Op) -> Result<(), Error> {
        let longer = (self.buffer.len() * 2).max(MIN_ROOM);
        if longer > MAX_REQUEST {
            return Err(Error::too_long(op));
        }
        self.buffer.resize(longer, 0);
        Ok(())
    }

    /// All requests, as one datagram.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The request with the given number; empty where there is none.
    pub(super) fn request(&self, seq: u32) -> &[u8] {
        let mut messages = Messages::new(self.bytes()).map_while(Result::ok);
        let found = messages.find(|message| message.header.seq == seq);
        found.map_or(&[], |Message { bytes, .. }| bytes)
    }

    /// Forgets the first request.
    pub(super) fn drop_first(&mut self) {
        let mut requests = Messages::new(self.bytes());
        requests.next();
        let rest = requests.rest().len();
        self.buffer.copy_within(self.len - rest..self.len, 0);
        self.len = rest;
    }

    /// Puts all requests aside.
    pub(super) fn put_aside(&mut self) -> Aside {
        Aside {
            buffer: std::mem::take(&mut self.buffer),
            len: std::mem::take(&mut self.len),
        }
    }

    /// Takes requests that were put aside for those to be sent next, from number `from` on, with
    /// new numbers, and for the family's new number. Returns the first and the last number.
    pub(super) fn again(&mut self, aside: &Aside, from: u32, id: u16) -> (u32, u32) {
        self.clear();
        let first = self.seq + 1;
        let requests = aside.buffer.get(..aside.len).unwrap_or_default();
        for message in Messages::new(requests).map_while(Result::ok) {
            if message.header.seq < from {
                continue;
            }
            self.seq += 1;
            let header = Header {
                kind: id,
                seq: self.seq,
                ..message.header
            };
            let end = self.len + message.bytes.len();
            // Padding belongs to each message, so that they follow each other at once.
            self.buffer.resize(self.buffer.len().max(end), 0);
            if let Some(room) = self.buffer.get_mut(self.len..end) {
                room.copy_from_slice(message.bytes);
                if let Some(start) = room.get_mut(..Header::LEN) {
                    start.copy_from_slice(&header.to_bytes());
                }
            }
            self.len = end;
        }
        (first, self.seq)
    }
}

impl fmt::Debug for Outgoing {
    /// Lengths alone: what is in the buffer is long, and mostly of before.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("room", &self.buffer.len())
            .field("len", &self.len)
            .field("seq", &self.seq)
            .finish()
    }
}

/// Where the numbers of a client begin: each elsewhere, so that what was sent for another reason is not
/// taken for an answer.
fn first_seq() -> u32 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    LEAST_SEQ | time.map_or(0, |time| time.subsec_nanos())
}
