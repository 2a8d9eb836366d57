// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client: calls, dumps and events over one socket.

mod asynchronous;
mod batch;
mod call;
mod connection;
mod dump;
mod events;
mod family;
mod outgoing;
mod raw;
mod raw_events;
mod receive;
mod subscription;
mod unasked;

pub use asynchronous::{AsyncBatch, AsyncClient, AsyncDump, AsyncEvents, AsyncRaw, AsyncRawEvents};
pub use batch::Batch;
pub use dump::{Dump, OnInterrupt};
pub use events::{Event, Events};
pub use family::FamilyInfo;
pub use raw::Raw;
pub use raw_events::{RawEvent, RawEvents};

use crate::error::Error;
use crate::request::{self, Notification};
use crate::schema::Family;
use crate::transport::Transport;
#[cfg(feature = "neli")]
use crate::transport::{Options, Socket};
use crate::wire::Builder;
use call::Begun;
pub(crate) use connection::Connection;
#[cfg(feature = "ynl")]
pub(crate) use connection::{asks_clock, earlier, is_past};
use dump::Asked;
#[cfg(any(feature = "ynl", feature = "genetlink"))]
pub(crate) use family::may_have_moved;
pub(crate) use receive::MAX_BUFFER;
#[cfg(feature = "ynl")]
pub(crate) use receive::{Received, is_unasked};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
#[cfg(feature = "ynl")]
pub(crate) use subscription::{Change, change};
#[cfg(feature = "ynl")]
pub(crate) use unasked::Unasked;

/// A generic netlink socket that speaks to any family by typed requests, and blocks.
///
/// ```no_run
/// use genlkit::client::Client;
/// use genlkit::generated::taskdiag::PingRequest;
///
/// let mut client = Client::open()?;
/// let reply = client.call(&PingRequest::new().payload("hello"))?;
/// assert_eq!(reply.payload.as_deref(), Some(&b"hello"[..]));
/// # Ok::<(), genlkit::Error>(())
/// ```
#[cfg(feature = "neli")]
#[derive(Debug)]
pub struct Client<T: Transport = Socket> {
    connection: Connection<T>,
}

/// A generic netlink socket that speaks to any family by typed requests, and blocks.
#[cfg(not(feature = "neli"))]
#[derive(Debug)]
pub struct Client<T: Transport> {
    connection: Connection<T>,
}

#[cfg(feature = "neli")]
impl Client {
    /// Opens a socket of this process's network namespace.
    ///
    /// # Errors
    /// [`ErrorKind::Socket`](crate::ErrorKind::Socket) where the system refuses.
    pub fn open() -> Result<Self, Error> {
        Self::open_with(&Options::default())
    }

    /// Opens a socket as `options` say.
    ///
    /// # Errors
    /// [`ErrorKind::Socket`](crate::ErrorKind::Socket) where the system refuses.
    pub fn open_with(options: &Options) -> Result<Self, Error> {
        let socket = Socket::open(options).map_err(Error::from_open)?;
        Ok(Self::with(socket))
    }
}

impl<T: Transport> Client<T> {
    /// Speaks over a transport that blocks: whose [`Transport::poll_readable`] is always ready.
    pub fn with(transport: T) -> Self {
        Self {
            connection: Connection::new(transport),
        }
    }

    /// Sets how long to wait for an answer, 30 seconds where it is not set; none is for ever.
    ///
    /// Each message of a dump has as long again. Waiting for events has its own limits.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.connection.timeout = timeout;
    }

    /// Sets when every wait for an answer ends, whatever the timeout; none is never.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.connection.deadline = deadline;
    }

    /// Sends a request and waits for its reply, which borrows the receive buffer; for the ACK
    /// where the operation has no reply.
    ///
    /// One send and one receive, after the first call of the family's, which asks for its number.
    ///
    /// # Errors
    /// [`ErrorKind`](crate::ErrorKind) has them all; after each, the client can be used again.
    #[inline]
    pub fn call<R: request::Do>(&mut self, request: &R) -> Result<R::Reply<'_>, Error> {
        self.call_with(request, 0)
    }

    /// The same with more bits of [`flags`](crate::wire::flags) in the request's header: `CREATE`,
    /// `EXCL`, `REPLACE`, `APPEND`, for families that look at them.
    ///
    /// # Errors
    /// As [`Client::call`].
    #[inline]
    pub fn call_with<R: request::Do>(
        &mut self,
        request: &R,
        flags: u16,
    ) -> Result<R::Reply<'_>, Error> {
        let found = match self.connection.call_now(request, flags) {
            Ok(Begun::Replied(reply)) => Ok(Some(reply)),
            Ok(begun) => drive(self.connection.call_on(request, flags, begun)),
            Err(error) => Err(error),
        };
        self.connection.reply::<R>(found)
    }

    /// Asks for a dump and waits for its first message.
    ///
    /// # Errors
    /// As [`Client::call`]; what ends the dump later is told by [`Dump::next`].
    #[inline]
    pub fn dump<R: request::Dump>(&mut self, request: &R) -> Result<Dump<'_, R, T>, Error> {
        let state = match self.connection.dump_now(request)? {
            Asked::Begun(state) => state,
            asked => drive(self.connection.dump_on(request, asked))?,
        };
        Ok(Dump::new(&mut self.connection, state))
    }

    /// Dumps into a vector of what `keep` makes of each entry, and dumps anew, up to `tries` times
    /// in all, where what is dumped changed meanwhile: so that what is returned is consistent.
    ///
    /// ```no_run
    /// use genlkit::client::Client;
    /// use genlkit::nlctrl::GetFamilies;
    ///
    /// let mut client = Client::open()?;
    /// let ids = client.collect(&GetFamilies, 3, |family| family.id)?;
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::dump`] and [`Dump::next`];
    /// [`ErrorKind::DumpInterrupted`](crate::ErrorKind::DumpInterrupted) where the last try was.
    pub fn collect<R: request::Dump, V>(
        &mut self,
        request: &R,
        tries: u32,
        keep: impl FnMut(&R::Reply<'_>) -> V,
    ) -> Result<Vec<V>, Error> {
        drive(self.connection.collect(request, tries, keep))
    }

    /// Sends many requests of one type at once and hands out an answer for each, in their order.
    ///
    /// One send for 32 requests, which is what makes it faster than as many calls.
    pub fn batch<R: request::Do, I: IntoIterator<Item = R>>(
        &mut self,
        requests: I,
    ) -> Batch<'_, I::IntoIter, T> {
        Batch::new(&mut self.connection, requests.into_iter())
    }

    /// Sends a message of any type, of any netlink protocol, and hands out what answers it as it is:
    /// up to the end of a dump, to the ACK where the flags ask for one, else one message.
    ///
    /// ```no_run
    /// use genlkit::client::Client;
    /// use genlkit::transport::Options;
    /// use genlkit::wire::flags;
    ///
    /// const RTM_GETLINK: u16 = 18;
    /// let mut client = Client::open_with(&Options::new().protocol(0))?;
    /// let mut links = client.raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))?;
    /// while let Some(link) = links.next()? {
    ///     println!("{} bytes", link.bytes.len());
    /// }
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the socket says; what the kernel says is told by [`Raw::next`].
    pub fn raw(
        &mut self,
        kind: u16,
        flags: u16,
        body: impl Fn(&mut Builder<'_>),
    ) -> Result<Raw<'_, T>, Error> {
        let state = self.connection.raw_start(kind, flags, body)?;
        Ok(Raw::new(&mut self.connection, state))
    }

    /// Joins a family's multicast group by name; returns its number.
    ///
    /// When the family's module is loaded anew, [`Event::Registered`] is told and the group joined
    /// again; for that the client joins the controller's group `notify` as well.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound),
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with `EPERM` where the group asks for
    /// more privilege, and what [`Client::call`] fails with.
    pub fn subscribe(&mut self, family: &Family, group: &str) -> Result<u32, Error> {
        drive(self.connection.subscribe(family.name, group))
    }

    /// Leaves a family's multicast group.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn unsubscribe(&mut self, family: &Family, group: &str) -> Result<(), Error> {
        drive(self.connection.unsubscribe(family.name, group))
    }

    /// The notifications of the groups that were joined.
    pub fn events<N: Notification>(&mut self) -> Events<'_, N, T> {
        Events::new(self)
    }

    /// What the controller tells of a family; asked once and remembered.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where no family has this name.
    pub fn family(&mut self, name: &str) -> Result<&FamilyInfo, Error> {
        drive(self.connection.family(name))
    }

    /// The transport.
    pub fn transport(&mut self) -> &mut T {
        &mut self.connection.transport
    }

    /// The conversation, for whoever has another way of asking.
    #[cfg(feature = "ynl")]
    pub(crate) fn connection(&mut self) -> &mut Connection<T> {
        &mut self.connection
    }
}

/// Runs a future whose transport blocks inside, so that the first poll completes it.
#[inline]
pub(crate) fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            // Not a blocking transport after all: asking again is all that can be done here.
            Poll::Pending => std::thread::yield_now(),
        }
    }
}
