// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests out, answers in: any netlink protocol, several requests at a time.

use crate::error::{Error, ErrorKind};
use crate::transport::{Datagram, Transport};
use crate::wire::{Answer, ExtAck, Header, Message, Messages, flags};
use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// Kernels send dumps in datagrams of up to 32 KiB, and replies of any length.
const BUFFER: usize = 1 << 20;

/// How many bytes of events are kept that come while answers are waited for.
const MAX_BACKLOG: usize = 4 << 20;

/// How long to wait for more answers after an error: a batch that is refused as a whole gets one
/// answer for all.
const AFTER_ERROR: Duration = Duration::from_millis(300);

/// A request, but for what the exchange fills in.
pub(super) struct Request {
    /// The message's type.
    pub(super) kind: u16,
    /// Bits of [`flags`] beside `NLM_F_REQUEST`.
    pub(super) flags: u16,
    /// What follows the netlink header.
    pub(super) body: Vec<u8>,
    /// What its answer ends with.
    pub(super) end: End,
}

/// What the answer to a request ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// An ACK, an error, or the end of a dump.
    Ack,
    /// The first message of this type, or an error: the family does not acknowledge.
    Reply(u16),
    /// Nothing comes.
    Sent,
}

/// What came for a request.
pub(super) enum Item<'b> {
    /// A message of the family's.
    Data(Message<'b>),
    /// The end: an ACK, an error or the end of a dump.
    End { errno: i32, extack: ExtAck<'b> },
    /// What is dumped changed meanwhile; the dump goes on.
    Interrupted,
}

/// One socket's sequence numbers, receive buffer and kept events.
pub(super) struct Exchange {
    buffer: Vec<u8>,
    seq: u32,
    events: VecDeque<(u32, Vec<u8>)>,
    event_bytes: usize,
    /// How many datagrams of events were lost and not told yet.
    pub(super) lost: u32,
    drops_seen: u32,
    pub(super) timeout: Option<Duration>,
    /// Whether what other processes send is believed: among themselves the kernel says nothing.
    pub(super) peers: bool,
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; BUFFER],
            seq: 0,
            events: VecDeque::new(),
            event_bytes: 0,
            lost: 0,
            drops_seen: 0,
            timeout: Some(Duration::from_secs(30)),
            peers: false,
        }
    }

    /// Sends all requests in one datagram and tells what comes for each, until all have ended, or
    /// nothing more comes after an error. Returns which of them have not ended.
    ///
    /// `what` names the requests in errors.
    pub(super) fn run(
        &mut self,
        transport: &mut impl Transport,
        what: &str,
        requests: &[Request],
        mut tell: impl FnMut(usize, Item<'_>) -> Result<(), Error>,
    ) -> Result<Vec<bool>, Error> {
        let first = self.reserve(requests.len());
        let datagram = write(requests, first);
        transport
            .send(&datagram)
            .map_err(|error| match error.raw_os_error() {
                Some(libc::EMSGSIZE) => Error::too_long(what),
                _ => Error::socket(what, "send the request", &error),
            })?;
        let mut open: Vec<bool> = requests.iter().map(|r| r.end != End::Sent).collect();
        let mut lossy = false;
        let mut failed = false;
        let mut deadline = self.deadline();
        while open.contains(&true) {
            match self.receive(transport, what)? {
                Received::Datagram { len, group: 0 } => {
                    deadline = self.deadline();
                    let bytes = self.buffer.get(..len).unwrap_or_default();
                    let mut unasked = true;
                    for message in Messages::new(bytes) {
                        let message = message.map_err(|malformed| {
                            Error::new(ErrorKind::Malformed, what, malformed.to_string())
                        })?;
                        let index = index(requests, first, message.header);
                        unasked &= message.header.seq == 0 && index >= open.len();
                        let Some(open) = open.get_mut(index).filter(|open| **open) else {
                            continue;
                        };
                        let end = requests.get(index).map_or(End::Ack, |request| request.end);
                        if end == End::Reply(message.header.kind) {
                            tell(index, Item::Data(message))?;
                            *open = false;
                        } else {
                            *open = !answer(index, message, &mut tell)?;
                            failed |= is_error(&message);
                        }
                    }
                    if unasked {
                        self.keep(0, len);
                    }
                    if failed {
                        deadline = Instant::now().checked_add(AFTER_ERROR).or(deadline);
                    }
                }
                Received::Datagram { len, group } => self.keep(group, len),
                Received::Lost => lossy = true,
                // The kernel answers while it is asked: what is not here by now was dropped.
                Received::Nothing if lossy => return Err(Error::overrun(what)),
                Received::Nothing => match wait(transport, deadline) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut && failed => break,
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                        return Err(Error::timed_out(what));
                    }
                    Err(error) => return Err(Error::socket(what, "wait for the answer", &error)),
                },
            }
        }
        Ok(open)
    }

    /// The next datagram of events, and its group; none past the deadline.
    ///
    /// Before one that follows a loss, [`lost`](Self::lost) counts what is gone.
    pub(super) fn event(
        &mut self,
        transport: &mut impl Transport,
        deadline: Option<Instant>,
    ) -> Result<Option<(u32, Vec<u8>)>, Error> {
        const WHAT: &str = "events";
        loop {
            if let Some((group, bytes)) = self.events.pop_front() {
                self.event_bytes -= bytes.len();
                return Ok(Some((group, bytes)));
            }
            match self.receive(transport, WHAT)? {
                // Some families send events to single sockets.
                Received::Datagram { len, group } => self.keep(group, len),
                Received::Lost => return Ok(Some((0, Vec::new()))),
                Received::Nothing => match wait(transport, deadline) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(None),
                    Err(error) => return Err(Error::socket(WHAT, "wait for events", &error)),
                },
            }
        }
    }

    fn reserve(&mut self, count: usize) -> u32 {
        // 0 is what notifications carry.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if self.seq.checked_add(count).is_none() {
            self.seq = 0;
        }
        let first = self.seq + 1;
        self.seq = self.seq.saturating_add(count);
        first
    }

    fn deadline(&self) -> Option<Instant> {
        self.timeout
            .and_then(|timeout| Instant::now().checked_add(timeout))
    }

    fn keep(&mut self, group: u32, len: usize) {
        if self.event_bytes + len > MAX_BACKLOG {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        self.event_bytes += len;
        let bytes = self.buffer.get(..len).unwrap_or_default();
        self.events.push_back((group, bytes.to_vec()));
    }

    fn receive(&mut self, transport: &mut impl Transport, what: &str) -> Result<Received, Error> {
        loop {
            match transport.try_recv(&mut self.buffer) {
                // Everybody may send to anybody: only the kernel is believed.
                Ok(Datagram { sender, .. }) if sender != 0 && !self.peers => {}
                Ok(Datagram { len, group, .. }) if len > self.buffer.len() => {
                    let room = self.buffer.len();
                    self.buffer.resize(len.next_power_of_two(), 0);
                    if group == 0 {
                        return Err(Error::truncated(what, len, room));
                    }
                    self.lost = self.lost.saturating_add(1);
                    return Ok(Received::Lost);
                }
                Ok(Datagram { len, group, .. }) => return Ok(Received::Datagram { len, group }),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Received::Nothing);
                }
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    let drops = transport.drops().unwrap_or(0);
                    let lost = drops.wrapping_sub(self.drops_seen).max(1);
                    self.drops_seen = drops;
                    self.lost = self.lost.saturating_add(lost);
                    return Ok(Received::Lost);
                }
                Err(error) => return Err(Error::socket(what, "receive", &error)),
            }
        }
    }
}

enum Received {
    Datagram { len: usize, group: u32 },
    Nothing,
    Lost,
}

/// Which request a message answers. Families that do not acknowledge can leave the sequence
/// number out: then the type tells.
fn index(requests: &[Request], first: u32, header: Header) -> usize {
    let by_type = || {
        let mut requests = requests.iter();
        requests.position(|request| request.end == End::Reply(header.kind))
    };
    let by_number = header.seq.wrapping_sub(first) as usize;
    match header.seq {
        0 => by_type().unwrap_or(by_number),
        _ => by_number,
    }
}

/// Tells what a message says; true where it ends its request.
fn answer(
    index: usize,
    message: Message<'_>,
    tell: &mut impl FnMut(usize, Item<'_>) -> Result<(), Error>,
) -> Result<bool, Error> {
    if message.header.flags & flags::DUMP_INTR != 0 && !matches!(message.answer(), Answer::Error(_))
    {
        tell(index, Item::Interrupted)?;
    }
    match message.answer() {
        Answer::Data => tell(index, Item::Data(message)).map(|()| false),
        Answer::Error(error) => tell(
            index,
            Item::End {
                errno: error.errno,
                extack: error.extack,
            },
        )
        .map(|()| true),
        Answer::Done { errno, extack } => tell(index, Item::End { errno, extack }).map(|()| true),
        Answer::Overrun => Err(Error::overrun("request")),
        Answer::Noop => Ok(false),
    }
}

fn is_error(message: &Message<'_>) -> bool {
    matches!(message.answer(), Answer::Error(error) if error.errno != 0)
}

fn write(requests: &[Request], first: u32) -> Vec<u8> {
    let mut datagram = Vec::new();
    for (seq, request) in (first..).zip(requests) {
        datagram.resize(datagram.len().next_multiple_of(4), 0);
        let len = u32::try_from(Header::LEN + request.body.len()).unwrap_or(u32::MAX);
        let flags = flags::REQUEST | request.flags;
        let header = Header {
            len,
            kind: request.kind,
            flags,
            seq,
            portid: 0,
        };
        datagram.extend_from_slice(&header.to_bytes());
        datagram.extend_from_slice(&request.body);
    }
    datagram
}

fn wait(transport: &mut impl Transport, deadline: Option<Instant>) -> io::Result<()> {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        // A transport that does not block is asked again and again.
        if let Poll::Ready(ready) = transport.poll_readable(&mut context, deadline) {
            return ready;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        std::thread::yield_now();
    }
}
