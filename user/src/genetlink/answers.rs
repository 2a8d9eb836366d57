// SPDX-License-Identifier: MIT OR Apache-2.0
//! The answers to one request, as netlink-proto hands them out, read by our own codec again.

use super::Payload;
use crate::error::Error;
use crate::request::Request;
use crate::wire::{ExtAck, Header, Message, flags, kind};
use ::tokio::sync::watch;
use ::tokio::time::timeout;
use futures_util::future::{Either, select};
use futures_util::stream::{Stream, StreamExt};
use netlink_packet_core::{DecodeError, NetlinkMessage, NetlinkPayload};
use netlink_packet_generic::GenlMessage;
use std::pin::{Pin, pin};
use std::time::Duration;

/// An answer.
pub(super) enum Received<R> {
    /// A message of the family's, and whether it is marked as an interrupted dump's.
    Data(Payload<R>, bool),
    /// Anything else, as the message that it was.
    Control(Control),
}

/// An error, an ACK, or the end of a dump.
pub(super) struct Control {
    header: Header,
    bytes: Vec<u8>,
}

impl Control {
    pub(super) fn message(&self) -> Message<'_> {
        Message {
            header: self.header,
            bytes: &self.bytes,
        }
    }
}

/// The answers to one request.
pub(super) struct Answers<R> {
    stream: Pin<Box<Messages<R>>>,
    /// The request, which errors are about.
    request: Vec<u8>,
    timeout: Duration,
    overruns: Option<watch::Receiver<u32>>,
}

type Messages<R> =
    dyn Stream<Item = Result<NetlinkMessage<GenlMessage<Payload<R>>>, DecodeError>> + Send;

impl<R: Request> Answers<R> {
    pub(super) fn new(
        stream: Pin<Box<Messages<R>>>,
        request: Vec<u8>,
        timeout: Duration,
        mut overruns: Option<watch::Receiver<u32>>,
    ) -> Self {
        if let Some(overruns) = &mut overruns {
            overruns.mark_unchanged();
        }
        Self {
            stream,
            request,
            timeout,
            overruns,
        }
    }

    /// The next answer.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut), and
    /// [`ErrorKind::Overrun`](crate::ErrorKind::Overrun) as soon as the kernel has dropped any
    /// answer; that the connection is closed.
    pub(super) async fn next(&mut self) -> Result<Received<R>, Error> {
        let lost = async {
            let counted = match &mut self.overruns {
                Some(overruns) => overruns.changed().await.is_ok(),
                None => false,
            };
            // Where nobody counts, nothing can be told.
            if !counted {
                std::future::pending::<()>().await;
            }
        };
        let next = pin!(timeout(self.timeout, self.stream.next()));
        let next = match select(next, pin!(lost)).await {
            Either::Left((next, _)) => next.map_err(|_| Error::timed_out(R::OP))?,
            Either::Right(_) => return Err(Error::overrun(R::OP)),
        };
        match next {
            Some(Ok(message)) => Ok(received(message)),
            Some(Err(error)) => Err(Error::unexpected(R::OP, error.to_string())),
            None => Err(Error::unexpected(
                R::OP,
                "the connection is closed, or does not forward the ends of dumps and ACKs",
            )),
        }
    }

    /// An errno that answers.
    pub(super) fn refused(&self, errno: i32, extack: &ExtAck<'_>) -> Error {
        Error::refused(R::OP, errno, extack, &self.request)
    }
}

/// Takes a message that netlink-proto received.
fn received<R>(message: NetlinkMessage<GenlMessage<Payload<R>>>) -> Received<R> {
    let (from, payload) = message.into_parts();
    let (kind, code, rest) = match payload {
        NetlinkPayload::InnerMessage(message) => {
            let interrupted = from.flags & flags::DUMP_INTR != 0;
            return Received::Data(message.into_parts().1, interrupted);
        }
        NetlinkPayload::Error(error) => (kind::ERROR, error.raw_code(), error.header),
        NetlinkPayload::Done(done) => (kind::DONE, done.code, done.extended_ack),
        NetlinkPayload::Overrun(_) => (kind::OVERRUN, 0, Vec::new()),
        _ => (kind::NOOP, 0, Vec::new()),
    };
    let header = Header {
        len: from.length,
        kind,
        flags: from.flags,
        seq: from.sequence_number,
        portid: from.port_number,
    };
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend_from_slice(&code.to_ne_bytes());
    bytes.extend_from_slice(&rest);
    Received::Control(Control { header, bytes })
}
