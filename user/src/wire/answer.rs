// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a message that came from the kernel is: an answer, the end of a dump, or data.

use super::{ExtAck, Header, Message, align, flags, kind};

/// What a received message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'b> {
    /// A message of the family's.
    Data,
    /// An error, or an ACK where its errno is 0.
    Error(ErrorMessage<'b>),
    /// The end of a dump.
    Done {
        /// Why the dump ended early, as a positive errno; 0 where it did not.
        errno: i32,
        /// What the kernel said beside it.
        extack: ExtAck<'b>,
    },
    /// Messages were lost (`NLMSG_OVERRUN`).
    Overrun,
    /// Nothing, or a control message that nobody defined: to be skipped.
    Noop,
}

/// The body of an `NLMSG_ERROR` message (`struct nlmsgerr` and what follows it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorMessage<'b> {
    /// The error as a positive errno; 0 in an ACK.
    pub errno: i32,
    /// The header of the request; none where the message is too short to hold one.
    pub request: Option<Header>,
    /// What the kernel said beside the errno.
    pub extack: ExtAck<'b>,
}

impl<'b> Message<'b> {
    /// Tells what the message says.
    ///
    /// Lenient where an answer is damaged: a missing errno reads as `EPROTO`, missing extended
    /// ACK attributes as absent.
    #[inline]
    pub fn answer(&self) -> Answer<'b> {
        match self.header.kind {
            kind::FIRST.. => Answer::Data,
            kind::ERROR => Answer::Error(self.error()),
            kind::DONE => self.done(),
            kind::OVERRUN => Answer::Overrun,
            _ => Answer::Noop,
        }
    }

    fn error(&self) -> ErrorMessage<'b> {
        let (errno, rest) = split_errno(self.body());
        let request = Header::read(rest);
        let echoed = match request {
            // A capped message holds the request's header alone, whatever length that tells.
            Some(request) if self.header.flags & flags::CAPPED == 0 => request.len as usize,
            _ => Header::LEN,
        };
        let extack = match rest.get(align(echoed.max(Header::LEN))..) {
            Some(attributes) if self.has_extack() => ExtAck::decode(attributes),
            _ => ExtAck::default(),
        };
        // Without an errno this is no answer that could be believed.
        ErrorMessage {
            errno: errno.unwrap_or(EPROTO),
            request,
            extack,
        }
    }

    fn done(&self) -> Answer<'b> {
        // The kernel itself sends an errno, some families end their dumps without one.
        let (errno, rest) = split_errno(self.body());
        let extack = if self.has_extack() {
            ExtAck::decode(rest)
        } else {
            ExtAck::default()
        };
        Answer::Done {
            errno: errno.unwrap_or(0),
            extack,
        }
    }

    fn has_extack(&self) -> bool {
        self.header.flags & flags::ACK_TLVS != 0
    }
}

const EPROTO: i32 = linux_raw_sys::errno::EPROTO as i32;

/// Splits off an errno, which is negative on the wire; a positive number is no error.
fn split_errno(body: &[u8]) -> (Option<i32>, &[u8]) {
    match body.split_first_chunk() {
        Some((&bytes, rest)) => (
            Some(i32::from_ne_bytes(bytes).min(0).saturating_neg()),
            rest,
        ),
        None => (None, &[]),
    }
}
