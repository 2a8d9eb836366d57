// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed requests on the connection of an application that lives on the rust-netlink crates.
//!
//! [`Payload`] implements their traits for every request of ours, so that it goes over any
//! [`GenetlinkHandle`]; [`Handle`] is that with what keeps requests from hanging and errors from
//! getting lost. Where there is no such connection, an
//! [`AsyncClient`](crate::client::AsyncClient) does the same for less.

mod answers;
mod dump;
mod payload;

pub use dump::Dump;
pub use payload::Payload;

use crate::error::{Error, ErrorKind};
use crate::request::{self, Request};
use crate::wire::{Answer, flags};
use ::genetlink::{GenetlinkError, GenetlinkHandle};
use ::tokio::sync::watch;
use ::tokio::time::timeout;
use answers::{Answers, Received};
use futures_util::stream::StreamExt;
use netlink_packet_core::{NetlinkMessage, NetlinkPayload};
use netlink_packet_generic::GenlMessage;
use netlink_proto::sys::AsyncSocket;
use std::time::Duration;

/// A connection of genetlink's that times out, and tells what the kernel says.
///
/// ```no_run
/// # async fn run() -> Result<(), genlkit::Error> {
/// use genlkit::genetlink;
/// use genlkit::nlctrl::GetFamily;
///
/// let (mut handle, connection) = genetlink::connect()?;
/// tokio::spawn(connection);
/// let answer = handle.call(&GetFamily { name: "nlctrl" }).await?;
/// println!("{:?}", answer.reply()?.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handle {
    handle: GenetlinkHandle,
    timeout: Duration,
    /// Counts how often the kernel dropped answers; none where nobody counts.
    overruns: Option<watch::Receiver<u32>>,
}

/// Opens a connection, and returns with its handle the future that drives it, to be spawned.
///
/// The connection forwards the end of dumps and ACKs, which hold errors, and asks the kernel for
/// extended ACKs. Messages that come unasked are dropped.
///
/// # Errors
/// [`ErrorKind::Socket`].
///
/// # Panics
/// Outside of a tokio runtime that has I/O enabled.
pub fn connect() -> Result<(Handle, impl Future<Output = ()> + Send), Error> {
    let (mut connection, handle, mut unasked) =
        ::genetlink::new_connection().map_err(Error::from_open)?;
    connection.set_forward_done(true);
    connection.set_forward_ack(true);
    let socket = connection.socket_mut().socket_mut();
    socket.set_ext_ack(true).map_err(Error::from_open)?;
    socket.set_cap_ack(true).map_err(Error::from_open)?;
    let (count, overruns) = watch::channel(0);
    let heed = async move {
        while let Some((message, _)) = unasked.next().await {
            if let NetlinkPayload::Overrun(_) = message.payload {
                count.send_modify(|count| *count += 1);
            }
        }
    };
    let driver = async move {
        futures_util::future::join(connection, heed).await;
    };
    let mut handle = Handle::new(handle);
    handle.overruns = Some(overruns);
    Ok((handle, driver))
}

impl Handle {
    /// Speaks over a connection of the application's, which has to forward the end of dumps and
    /// ACKs (`set_forward_done`, `set_forward_ack`): without, dumps and requests without a reply
    /// fail.
    pub fn new(handle: GenetlinkHandle) -> Self {
        Self {
            handle,
            timeout: Duration::from_secs(30),
            overruns: None,
        }
    }

    /// Sets how long to wait for each message of an answer, 30 seconds where it is not set.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// As [`Client::call`](crate::client::Client::call).
    pub async fn call<R: request::Do + 'static>(
        &mut self,
        request: &R,
    ) -> Result<Payload<R>, Error> {
        let payload = Payload::new(request)?;
        match self.exchange(payload.clone()).await {
            Err(refusal) if payload.may_have_moved(&refusal) => {
                self.handle.clear_family_cache().await;
                self.exchange(payload).await
            }
            answer => answer,
        }
    }

    /// Asks for a dump.
    ///
    /// # Errors
    /// As [`Client::dump`](crate::client::Client::dump); what the kernel says is told by
    /// [`Dump::next`].
    pub async fn dump<R: request::Dump + 'static>(
        &mut self,
        request: &R,
    ) -> Result<Dump<R>, Error> {
        let payload = Payload::new(request)?;
        let answers = self.send(payload.clone(), flags::DUMP).await?;
        Ok(Dump::new(answers, self.clone(), payload))
    }

    /// Sends the request for a dump once more, after what is remembered of families is forgotten.
    async fn dump_again<R: request::Dump + 'static>(
        &mut self,
        payload: Payload<R>,
    ) -> Result<Answers<R>, Error> {
        self.handle.clear_family_cache().await;
        self.send(payload, flags::DUMP).await
    }

    async fn exchange<R: request::Do + 'static>(
        &mut self,
        payload: Payload<R>,
    ) -> Result<Payload<R>, Error> {
        let ack = if R::HAS_REPLY { 0 } else { flags::ACK };
        let mut answers = self.send(payload, ack).await?;
        loop {
            match answers.next().await? {
                Received::Data(payload, _) if R::HAS_REPLY => return Ok(payload),
                // A copy of the notification can come before the ACK.
                Received::Data(..) => {}
                Received::Control(control) => match control.message().answer() {
                    Answer::Error(error) if error.errno != 0 => {
                        return Err(answers.refused(error.errno, &error.extack));
                    }
                    Answer::Error(_) if !R::HAS_REPLY => return Ok(Payload::empty()),
                    Answer::Noop => {}
                    _ => return Err(Error::unexpected(R::OP, "something else answers")),
                },
            }
        }
    }

    /// Sends a request, after the family was looked up where it is not known.
    async fn send<R: Request + 'static>(
        &mut self,
        payload: Payload<R>,
        flags: u16,
    ) -> Result<Answers<R>, Error> {
        let request = payload.to_request();
        let mut message = NetlinkMessage::from(GenlMessage::from_payload(payload));
        message.header.flags = flags::REQUEST | flags;
        let stream = timeout(self.timeout, self.handle.request(message))
            .await
            .map_err(|_| Error::timed_out(R::OP))?
            .map_err(|error| failed::<R>(&error))?;
        Ok(Answers::new(
            Box::pin(stream),
            request,
            self.timeout,
            self.overruns.clone(),
        ))
    }
}

/// What sending failed with, which is mostly looking up the family.
#[cold]
fn failed<R: Request>(error: &GenetlinkError) -> Error {
    match error {
        GenetlinkError::NetlinkError(error) if error.raw_os_error() == Some(libc::ENOENT) => {
            Error::family_not_found(R::OP.family.name)
        }
        GenetlinkError::NetlinkError(error) => Error::socket(R::OP, "look up the family", error),
        error => Error::new(ErrorKind::Socket, R::OP, error.to_string()),
    }
}
