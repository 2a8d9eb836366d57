// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked over any netlink protocol, as it is.

use super::connection::{Connection, Found, ends_dump};
use super::raw::{FAMILY, OP};
use super::receive::is_unasked;
use super::unasked::Unasked;
use super::{Client, drive};
use crate::error::Error;
use crate::transport::Transport;
use crate::wire::Message;
use std::time::Instant;

/// The messages that come unasked, of any protocol and any family, one at a time, each borrowing the
/// receive buffer until the next.
///
/// Those that came while the client did something else come first. Dropping this loses nothing: the
/// groups stay joined.
///
/// ```no_run
/// use genlkit::client::{Client, RawEvent};
/// use genlkit::transport::Options;
///
/// const RTNLGRP_LINK: u32 = 1;
/// let mut client = Client::open_with(&Options::new().protocol(0))?;
/// client.join(RTNLGRP_LINK)?;
/// let mut events = client.raw_events();
/// loop {
///     match events.next()? {
///         RawEvent::Message { message, .. } => println!("type {}", message.header.kind),
///         RawEvent::Overrun { drops } => eprintln!("{drops} datagrams lost"),
///         _ => {}
///     }
/// }
/// # #[allow(unreachable_code)]
/// # Ok::<(), genlkit::Error>(())
/// ```
#[derive(Debug)]
pub struct RawEvents<'c, T: Transport> {
    client: &'c mut Client<T>,
}

/// What comes unasked over any netlink protocol.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RawEvent<'b> {
    /// A message.
    Message {
        /// The number of the multicast group that it came by; 0 where it was sent to this client
        /// alone.
        group: u32,
        /// All of it.
        message: Message<'b>,
    },
    /// The kernel dropped datagrams; as [`Event::Overrun`](super::Event::Overrun).
    Overrun {
        /// How many; 0 where the kernel does not tell.
        drops: u32,
    },
    /// All that came ahead of a loss was told; as [`Event::Resync`](super::Event::Resync).
    Resync,
}

impl<T: Transport> Client<T> {
    /// What comes unasked, as it is: for protocols that are not generic netlink, such as rtnetlink.
    pub fn raw_events(&mut self) -> RawEvents<'_, T> {
        RawEvents { client: self }
    }

    /// Joins a multicast group by its number, which protocols that are not generic netlink fix:
    /// `RTNLGRP_LINK` is 1. [`Client::subscribe`] joins a family's.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with `EPERM` where the group asks for more
    /// privilege, with `EINVAL` where the protocol does not have it.
    pub fn join(&mut self, group: u32) -> Result<(), Error> {
        self.connection.join_number(group)
    }

    /// Leaves a multicast group that [`Client::join`] has joined.
    ///
    /// # Errors
    /// As [`Client::join`].
    pub fn leave(&mut self, group: u32) -> Result<(), Error> {
        self.connection.leave_number(group)
    }
}

impl<T: Transport> RawEvents<'_, T> {
    /// Waits for the next event, for ever.
    ///
    /// # Errors
    /// A datagram that holds no messages, after which the next can be asked for; what the socket says.
    #[expect(
        clippy::should_implement_trait,
        reason = "events borrow what the next overwrites"
    )]
    pub fn next(&mut self) -> Result<RawEvent<'_>, Error> {
        let connection = &mut self.client.connection;
        let unasked = drive(connection.next_raw_event(None))?;
        connection.raw_event_or_timeout(unasked)
    }

    /// Waits for the next event until the deadline; none past it.
    ///
    /// # Errors
    /// As [`RawEvents::next`].
    pub fn next_until(&mut self, deadline: Instant) -> Result<Option<RawEvent<'_>>, Error> {
        let connection = &mut self.client.connection;
        let unasked = drive(connection.next_raw_event(Some(deadline)))?;
        Ok(unasked.and_then(|unasked| connection.raw_event(unasked)))
    }

    /// The client, to ask something between two events, which loses none.
    pub fn client(&mut self) -> &mut Client<T> {
        self.client
    }
}

/// Where a message is, and the multicast group that it came by.
#[derive(Debug)]
pub(super) struct Place {
    group: u32,
    found: Found,
}

impl<T: Transport> Connection<T> {
    pub(super) fn join_number(&mut self, group: u32) -> Result<(), Error> {
        self.transport
            .join(group)
            .map_err(|error| Error::not_joined(FAMILY.name, &group.to_string(), &error))
    }

    pub(super) fn leave_number(&mut self, group: u32) -> Result<(), Error> {
        self.leave(FAMILY.name, &group.to_string(), group)
    }

    /// Waits for the next message that comes unasked, or for what is told of losses; none past the
    /// deadline.
    pub(super) async fn next_raw_event(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<Unasked<Place>>, Error> {
        self.next_unasked(FAMILY.name, deadline, Self::look_for_any)
            .await
    }

    /// The next message in the buffer that came unasked, whatever it is.
    fn look_for_any(&mut self) -> Result<Option<Unasked<Place>>, Error> {
        let group = self.receiver.group();
        while let Some(next) = self.receiver.next() {
            let (message, range) =
                next.map_err(|malformed| Error::malformed(&OP, &malformed, &[]))?;
            let header = message.header;
            if group != 0 || is_unasked(&header) {
                let found = Found { range, header };
                return Ok(Some(Unasked::Message(Place { group, found })));
            }
            let ends = ends_dump(&message);
            self.note_answer(header.seq, ends);
        }
        Ok(None)
    }

    /// What was found, as it is told; nothing is told of families here.
    pub(super) fn raw_event(&self, unasked: Unasked<Place>) -> Option<RawEvent<'_>> {
        match unasked {
            Unasked::Message(Place { group, found }) => {
                let message = self.message(&found);
                Some(RawEvent::Message { group, message })
            }
            Unasked::Overrun { drops } => Some(RawEvent::Overrun { drops }),
            Unasked::Resync => Some(RawEvent::Resync),
            Unasked::Change(_) => None,
        }
    }

    /// What was found where there is no deadline; a transport has one of its own perhaps.
    pub(super) fn raw_event_or_timeout(
        &self,
        unasked: Option<Unasked<Place>>,
    ) -> Result<RawEvent<'_>, Error> {
        unasked
            .and_then(|unasked| self.raw_event(unasked))
            .ok_or_else(|| Error::timed_out(FAMILY.name))
    }
}
