// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client for asynchronous programs.

mod batch;
mod dump;
mod events;
mod raw;
mod raw_events;

pub use batch::AsyncBatch;
pub use dump::AsyncDump;
pub use events::AsyncEvents;
pub use raw::AsyncRaw;
pub use raw_events::AsyncRawEvents;

use super::call::Begun;
use super::connection::Connection;
use super::family::FamilyInfo;
use crate::error::Error;
use crate::request::{self, Notification};
use crate::schema::Family;
use crate::transport::Transport;
#[cfg(feature = "tokio")]
use crate::transport::{Options, TokioSocket};
use crate::wire::Builder;
use std::time::{Duration, Instant};

/// A generic netlink socket that speaks to any family by typed requests, and waits as a task.
///
/// It is the blocking [`Client`](super::Client) otherwise. Every wait may be cancelled, by dropping its
/// future at any time. A dump, a batch, a raw request or events go on where they were when they are
/// asked again: nothing is lost, and nothing sent twice. A call that was cancelled is over; whether its
/// request took effect is unknown. What answers it then, or a dump or batch that was left early, is
/// skipped by what follows.
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # async fn run() -> Result<(), genlkit::Error> {
/// use genlkit::client::AsyncClient;
/// use genlkit::generated::taskdiag::{Group, PingRequest, TaskGetDump};
///
/// let mut client = AsyncClient::open()?;
/// client.call(&PingRequest::new()).await?;
/// let request = TaskGetDump::new().groups(Group::BASE);
/// let mut tasks = client.dump(&request).await?;
/// while let Some(task) = tasks.next().await? {
///     println!("{task}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AsyncClient<T: Transport> {
    connection: Connection<T>,
}

#[cfg(feature = "tokio")]
impl AsyncClient<TokioSocket> {
    /// Opens a socket of this process's network namespace.
    ///
    /// # Errors
    /// [`ErrorKind::Socket`](crate::ErrorKind::Socket) where the system refuses.
    ///
    /// # Panics
    /// Outside of a tokio runtime; the first wait, where that has no I/O or no time enabled: without
    /// time, only what has neither a timeout nor a deadline can wait.
    pub fn open() -> Result<Self, Error> {
        Self::open_with(&Options::default())
    }

    /// Opens a socket as `options` say.
    ///
    /// # Errors
    /// [`ErrorKind::Socket`](crate::ErrorKind::Socket) where the system refuses.
    ///
    /// # Panics
    /// Outside of a tokio runtime; the first wait, where that has no I/O or no time enabled: without
    /// time, only what has neither a timeout nor a deadline can wait.
    pub fn open_with(options: &Options) -> Result<Self, Error> {
        let socket = TokioSocket::open(options).map_err(Error::from_open)?;
        Ok(Self::with(socket))
    }
}

impl<T: Transport> AsyncClient<T> {
    /// Speaks over a transport.
    pub fn with(transport: T) -> Self {
        Self {
            connection: Connection::new(transport),
        }
    }

    /// Sets how long to wait for an answer; see [`Client::set_timeout`](super::Client::set_timeout).
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.connection.timeout = timeout;
    }

    /// Sets when every wait for an answer ends, whatever the timeout; none is never.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.connection.deadline = deadline;
    }

    /// Sends a request and waits for its reply; see [`Client::call`](super::Client::call).
    ///
    /// # Errors
    /// [`ErrorKind`](crate::ErrorKind) has them all; after each, the client can be used again.
    // No future around the other's: the reply is moved out of each.
    #[inline]
    pub fn call<R: request::Do>(
        &mut self,
        request: &R,
    ) -> impl Future<Output = Result<R::Reply<'_>, Error>> {
        self.call_with(request, 0)
    }

    /// The same with more bits of [`flags`](crate::wire::flags) in the request's header.
    ///
    /// # Errors
    /// As [`AsyncClient::call`].
    #[inline]
    pub async fn call_with<R: request::Do>(
        &mut self,
        request: &R,
        flags: u16,
    ) -> Result<R::Reply<'_>, Error> {
        let found = match self.connection.call_now(request, flags) {
            Ok(Begun::Replied(reply)) => Ok(Some(reply)),
            Ok(begun) => self.connection.call_on(request, flags, begun).await,
            Err(error) => Err(error),
        };
        self.connection.reply::<R>(found)
    }

    /// Asks for a dump and waits for its first message.
    ///
    /// # Errors
    /// As [`AsyncClient::call`]; what ends the dump later is told by [`AsyncDump::next`].
    pub async fn dump<R: request::Dump>(
        &mut self,
        request: &R,
    ) -> Result<AsyncDump<'_, R, T>, Error> {
        AsyncDump::begin(&mut self.connection, request).await
    }

    /// Dumps into a vector of what `keep` makes of each entry, up to `tries` times; see
    /// [`Client::collect`](super::Client::collect).
    ///
    /// # Errors
    /// As there.
    pub async fn collect<R: request::Dump, V>(
        &mut self,
        request: &R,
        tries: u32,
        keep: impl FnMut(&R::Reply<'_>) -> V,
    ) -> Result<Vec<V>, Error> {
        self.connection.collect(request, tries, keep).await
    }

    /// Sends many requests of one type at once; see [`Client::batch`](super::Client::batch).
    pub fn batch<R: request::Do, I: IntoIterator<Item = R>>(
        &mut self,
        requests: I,
    ) -> AsyncBatch<'_, I::IntoIter, T> {
        let state = super::batch::State::new(requests.into_iter());
        AsyncBatch::new(&mut self.connection, state)
    }

    /// Sends a message of any type, of any netlink protocol, at once; what answers it is waited for by
    /// [`AsyncRaw::next`]. See [`Client::raw`](super::Client::raw).
    ///
    /// # Errors
    /// What the socket says; what the kernel says is told by [`AsyncRaw::next`].
    pub fn raw(
        &mut self,
        kind: u16,
        flags: u16,
        body: impl Fn(&mut Builder<'_>),
    ) -> Result<AsyncRaw<'_, T>, Error> {
        let state = self.connection.raw_start(kind, flags, body)?;
        Ok(AsyncRaw::new(&mut self.connection, state))
    }

    /// Joins a family's multicast group by name; see
    /// [`Client::subscribe`](super::Client::subscribe).
    ///
    /// # Errors
    /// As there.
    pub async fn subscribe(&mut self, family: &Family, group: &str) -> Result<u32, Error> {
        self.connection.subscribe(family.name, group).await
    }

    /// Leaves a family's multicast group.
    ///
    /// # Errors
    /// As [`AsyncClient::subscribe`].
    pub async fn unsubscribe(&mut self, family: &Family, group: &str) -> Result<(), Error> {
        self.connection.unsubscribe(family.name, group).await
    }

    /// The notifications of the groups that were joined.
    pub fn events<N: Notification>(&mut self) -> AsyncEvents<'_, N, T> {
        AsyncEvents::new(self)
    }

    /// What the controller tells of a family; asked once and remembered.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where no family has this name.
    pub async fn family(&mut self, name: &str) -> Result<&FamilyInfo, Error> {
        self.connection.family(name).await
    }

    /// The transport.
    pub fn transport(&mut self) -> &mut T {
        &mut self.connection.transport
    }
}
