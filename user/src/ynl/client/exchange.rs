// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests out, answers in: any netlink protocol, several requests at a time.

use crate::client::{Connection, Received, asks_clock, drive, earlier, is_past, is_unasked};
use crate::error::{Error, ErrorKind};
use crate::transport::Transport;
use crate::wire::{Answer, ExtAck, Header, Message, flags};
use std::io;
use std::time::{Duration, Instant};

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

/// Sends all requests in one datagram and tells what comes for each, until all have ended, or
/// nothing more comes after an error. Returns which of them have not ended.
///
/// `what` names the requests in errors.
pub(super) fn run<T: Transport>(
    connection: &mut Connection<T>,
    what: &str,
    requests: &[Request],
    mut tell: impl FnMut(usize, Item<'_>) -> Result<(), Error>,
) -> Result<Vec<bool>, Error> {
    let count = u32::try_from(requests.len()).unwrap_or(u32::MAX);
    let first = connection.outgoing.reserve(count);
    connection.keep_events();
    connection
        .transport
        .send(&write(requests, first))
        .map_err(|error| Error::not_sent(what, &error))?;
    let mut open: Vec<bool> = requests.iter().map(|r| r.end != End::Sent).collect();
    let mut lossy = false;
    let mut failed = false;
    // None before it was waited at all, or looked through so much that it may never have to be.
    let mut deadline = None;
    // Datagrams in a row that answer none of the requests, and whether they were waited for.
    let (mut futile, mut waited) = (0, false);
    while open.contains(&true) {
        if asks_clock(futile, waited) {
            deadline = deadline.or_else(|| connection.give_up_at());
            match failed {
                _ if !is_past(deadline) => {}
                true => break,
                false if lossy => return Err(Error::overrun(what)),
                false => return Err(Error::timed_out(what)),
            }
        }
        let received = connection.receive();
        match received.map_err(|error| Error::not_received(what, &error))? {
            Received::Datagram if connection.receiver.group() == 0 => {
                let mut answers = false;
                while let Some(next) = connection.receiver.next() {
                    let (message, range) = next.map_err(|malformed| {
                        Error::new(ErrorKind::Malformed, what, malformed.to_string())
                    })?;
                    let index = index(requests, first, message.header);
                    let Some(open) = open.get_mut(index) else {
                        if is_unasked(&message.header) {
                            let given_up = connection.receiver.keep_message(range);
                            connection.note_overrun(given_up);
                        }
                        continue;
                    };
                    if !*open {
                        continue;
                    }
                    answers = true;
                    let end = requests.get(index).map_or(End::Ack, |request| request.end);
                    if end == End::Reply(message.header.kind) {
                        tell(index, Item::Data(message))?;
                        *open = false;
                    } else {
                        *open = !answer(index, message, &mut tell)?;
                        failed |= is_error(&message);
                    }
                }
                if answers {
                    deadline = match failed {
                        true => soon(connection.give_up_at()),
                        false => None,
                    };
                    futile = 0;
                } else {
                    futile += 1;
                }
            }
            Received::Datagram => {
                let given_up = connection.receiver.keep_unread();
                connection.note_overrun(given_up);
                futile += 1;
            }
            Received::Stranger => futile += 1,
            Received::Overrun => lossy = true,
            Received::Truncated {
                group: 0,
                len,
                room,
            } => return Err(Error::truncated(what, len, room)),
            Received::Truncated { .. } => connection.note_overrun(1),
            // The kernel answers while it is asked: what is not here by now was dropped.
            Received::Nothing if lossy && count > 1 => {
                let error = Error::overrun(what);
                return Err(error.with_hint("call fewer operations at a time"));
            }
            Received::Nothing if lossy => return Err(Error::overrun(what)),
            Received::Nothing => {
                deadline = deadline.or_else(|| connection.give_up_at());
                match drive(connection.wait(deadline)) {
                    Ok(()) => waited = true,
                    Err(error) if error.kind() == io::ErrorKind::TimedOut && failed => break,
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                        return Err(Error::timed_out(what));
                    }
                    Err(error) => return Err(Error::socket(what, "wait for the answer", &error)),
                }
            }
        }
    }
    Ok(open)
}

/// When what follows an error is no longer waited for: the deadline at the latest.
fn soon(deadline: Option<Instant>) -> Option<Instant> {
    earlier(Instant::now().checked_add(AFTER_ERROR), deadline)
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
