// SPDX-License-Identifier: MIT OR Apache-2.0
//! The receive buffer: one datagram at a time, and how far its messages were read.

use super::outgoing::LEAST_SEQ;
use crate::transport::{Datagram, Transport};
use crate::wire::{Header, Malformed, Message, Messages, kind};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::ops::Range;

/// Large enough for what kernels send. Pages that are never received into cost nothing, and the
/// kernel fills a dump's datagrams up to 32 KiB where the buffer is at least that large.
pub(super) const DEFAULT_BUFFER: usize = 1 << 20;

/// The longest datagram that room is made for: no kernel sends one of a size that only a transport can tell.
pub(crate) const MAX_BUFFER: usize = 64 << 20;

/// How many bytes of events are kept that came while something else was waited for.
const MAX_BACKLOG: usize = 4 << 20;

/// The receive buffer and what is in it.
pub(crate) struct Receiver {
    buffer: Vec<u8>,
    /// What was not read yet of the datagram in the buffer.
    unread: Range<usize>,
    /// The multicast group that the datagram came by, 0 for none.
    group: u32,
    /// Whether the datagram was kept before.
    restored: bool,
    /// Events that came while something else was waited for.
    backlog: VecDeque<Kept>,
    backlog_bytes: usize,
}

/// Events for later: the multicast group that they came by, and their messages.
type Kept = (u32, Box<[u8]>);

/// What a receive found.
#[derive(Debug)]
pub(crate) enum Received {
    /// A datagram of the kernel's is in the buffer.
    Datagram,
    /// Somebody else than the kernel has sent a datagram: everybody may, and nobody is believed.
    Stranger,
    /// There is none.
    Nothing,
    /// The kernel dropped datagrams.
    Overrun,
    /// A datagram was longer than the buffer and is lost; the next of that length fits, up to
    /// [`MAX_BUFFER`].
    Truncated { len: usize, room: usize, group: u32 },
}

impl Receiver {
    pub(super) fn new(size: usize) -> Self {
        Self {
            buffer: vec![0; size],
            unread: 0..0,
            group: 0,
            restored: false,
            backlog: VecDeque::new(),
            backlog_bytes: 0,
        }
    }

    /// Receives the next datagram, without waiting. What was unread is gone.
    #[inline(always)]
    pub(super) fn try_fill(&mut self, transport: &mut impl Transport) -> io::Result<Received> {
        self.unread = 0..0;
        self.restored = false;
        match transport.try_recv(&mut self.buffer) {
            Ok(Datagram { sender, .. }) if sender != 0 && !transport.has_peers() => {
                Ok(Received::Stranger)
            }
            Ok(Datagram { len, group, .. }) if len > self.buffer.len() => {
                let room = self.buffer.len();
                if len <= MAX_BUFFER {
                    self.buffer.resize(len.next_power_of_two(), 0);
                }
                Ok(Received::Truncated { len, room, group })
            }
            Ok(Datagram { len, group, .. }) => {
                self.unread = 0..len;
                self.group = group;
                Ok(Received::Datagram)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Received::Nothing),
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Ok(Received::Overrun),
            Err(error) => Err(error),
        }
    }

    /// The multicast group of the datagram in the buffer, 0 for none.
    #[inline]
    pub(crate) fn group(&self) -> u32 {
        self.group
    }

    /// What was not read yet of the datagram in the buffer.
    pub(crate) fn unread_bytes(&self) -> &[u8] {
        self.bytes(self.unread.clone())
    }

    /// Takes the next message, or all that was not read yet where messages have no header: where it is,
    /// and the multicast group that it came by.
    #[cfg(feature = "ynl")]
    pub(crate) fn take_unread(&mut self, has_headers: bool) -> Option<(u32, Range<usize>)> {
        let range = match has_headers {
            true => self.next()?.ok()?.1,
            false => std::mem::replace(&mut self.unread, 0..0),
        };
        (!range.is_empty()).then_some((self.group, range))
    }

    /// Keeps what is unread for later, whatever it is, after all that is kept. Returns how many datagrams
    /// had to be given up for it.
    #[cfg(feature = "ynl")]
    pub(crate) fn keep_unread(&mut self) -> u32 {
        self.keep_any(VecDeque::push_back)
    }

    /// The same before all that is kept: it was kept itself and is half read, or nothing is.
    #[cfg(feature = "ynl")]
    pub(crate) fn put_back_unread(&mut self) -> u32 {
        self.keep_any(VecDeque::push_front)
    }

    #[cfg(feature = "ynl")]
    fn keep_any(&mut self, put: fn(&mut VecDeque<Kept>, Kept)) -> u32 {
        let unread = std::mem::replace(&mut self.unread, 0..0);
        match unread.is_empty() {
            true => 0,
            false => self.keep_range(unread, put),
        }
    }

    /// The next message of the datagram in the buffer, and where it is.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Result<(Message<'_>, Range<usize>), Malformed>> {
        let mut messages = Messages::new(self.buffer.get(self.unread.clone())?);
        let start = self.unread.start;
        let message = messages.next();
        self.unread.start = self.unread.end - messages.rest().len();
        match message? {
            Ok(message) => Some(Ok((message, start..start + message.bytes.len()))),
            Err(malformed) => {
                self.unread.start = self.unread.end;
                Some(Err(malformed))
            }
        }
    }

    /// Where the next message is, and its header, if it answers request `seq` and is what is looked
    /// for: what nearly always comes next.
    #[inline]
    pub(super) fn next_part(
        &mut self,
        seq: u32,
        is_wanted: impl Fn(&Header) -> bool,
    ) -> Option<(Header, Range<usize>)> {
        let mut messages = Messages::new(self.buffer.get(self.unread.clone())?);
        match messages.next() {
            Some(Ok(Message { header, bytes }))
                if header.seq == seq && self.group == 0 && is_wanted(&header) =>
            {
                let part = self.unread.start..self.unread.start + bytes.len();
                self.unread.start = self.unread.end - messages.rest().len();
                Some((header, part))
            }
            _ => None,
        }
    }

    /// Hands over the messages that [`Receiver::next_part`] would find one after the other, up to the first
    /// that is something else, or that `each` fails with.
    ///
    /// What it keeps between them can be in registers, because nobody else sees it.
    #[inline(always)]
    pub(super) fn each_part<E>(
        &mut self,
        seq: u32,
        is_wanted: impl Fn(&Header) -> bool,
        mut each: impl FnMut(Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.group != 0 {
            return Ok(());
        }
        let mut messages = Messages::new(self.bytes(self.unread.clone()));
        let mut outcome = Ok(());
        let mut ahead = messages.clone();
        while let Some(Ok(message)) = ahead.next()
            && message.header.seq == seq
            && is_wanted(&message.header)
        {
            messages = ahead.clone();
            outcome = each(message);
            if outcome.is_err() {
                break;
            }
        }
        self.unread.start = self.unread.end - messages.rest().len();
        outcome
    }

    /// Whether all of the datagram in the buffer was read.
    #[inline]
    pub(super) fn is_read(&self) -> bool {
        self.unread.is_empty()
    }

    /// Steps back to a message, so that it comes next once more.
    pub(super) fn unread(&mut self, message: &Range<usize>) {
        self.unread.start = message.start;
    }

    /// The bytes of a message that [`Receiver::next`] found.
    #[inline]
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_else(nothing)
    }

    /// Whether all that is unread came unasked: to a group, or kept as such.
    pub(super) fn holds_events(&self) -> bool {
        self.restored || self.group != 0
    }

    /// Keeps what is unread for later, where it came unasked: before all that is kept where it was kept
    /// itself, else after.
    ///
    /// Returns how many datagrams had to be given up for it.
    pub(super) fn keep_events(&mut self) -> u32 {
        let put = match self.restored {
            true => VecDeque::push_front,
            false => VecDeque::push_back,
        };
        let unread = std::mem::replace(&mut self.unread, 0..0);
        if self.group == 0 && !has_unasked(self.bytes(unread.clone())) || unread.is_empty() {
            return 0;
        }
        self.keep_range(unread, put)
    }

    /// Keeps a message for later that was sent unasked to this socket alone, after all that is
    /// kept.
    ///
    /// Returns how many datagrams had to be given up for it.
    pub(crate) fn keep_message(&mut self, message: Range<usize>) -> u32 {
        self.keep_range(message, VecDeque::push_back)
    }

    /// Keeps a message for later that answers a request, and is an event: as one that answers none.
    ///
    /// Returns how many datagrams had to be given up for it.
    pub(super) fn keep_echo(&mut self, message: Range<usize>) -> u32 {
        let unasked = self.buffer.get_mut(message.clone());
        if let Some((header, _)) = unasked.and_then(|bytes| bytes.split_first_chunk_mut())
            && let Some(read) = Header::read(header)
        {
            *header = Header { seq: 0, ..read }.to_bytes();
        }
        self.keep_message(message)
    }

    fn keep_range(&mut self, unread: Range<usize>, put: fn(&mut VecDeque<Kept>, Kept)) -> u32 {
        if self.backlog_bytes + unread.len() > MAX_BACKLOG {
            return 1;
        }
        self.backlog_bytes += unread.len();
        let bytes = self.buffer.get(unread).unwrap_or_default();
        put(&mut self.backlog, (self.group, bytes.into()));
        0
    }

    /// Puts the first kept datagram back into the buffer; false where there is none.
    pub(crate) fn restore_events(&mut self) -> bool {
        let Some((group, bytes)) = self.backlog.pop_front() else {
            return false;
        };
        self.backlog_bytes -= bytes.len();
        // It came out of this buffer, which never shrinks.
        if let Some(room) = self.buffer.get_mut(..bytes.len()) {
            room.copy_from_slice(&bytes);
        }
        self.unread = 0..bytes.len();
        self.group = group;
        self.restored = true;
        true
    }
}

impl fmt::Debug for Receiver {
    /// Lengths alone: what is in the buffer is long, and mostly of before.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("room", &self.buffer.len())
            .field("unread", &self.unread)
            .field("group", &self.group)
            .field("kept", &self.backlog.len())
            .field("kept_bytes", &self.backlog_bytes)
            .finish()
    }
}

/// No bytes. Apart, because choosing between two slices costs more than a branch that is never
/// taken.
#[cold]
#[inline(never)]
fn nothing<'b>() -> &'b [u8] {
    &[]
}

/// Whether a message was sent unasked: to a group, or to a socket that is not answered with it.
#[inline]
pub(crate) fn is_unasked(header: &Header) -> bool {
    header.seq < LEAST_SEQ && header.kind >= kind::FIRST
}

fn has_unasked(messages: &[u8]) -> bool {
    let mut messages = Messages::new(messages).map_while(Result::ok);
    messages.any(|message| is_unasked(&message.header))
}
