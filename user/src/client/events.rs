// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked: the notifications of multicast groups.

use super::connection::{Connection, ends_dump, is_past};
use super::drive;
use super::receive::{Received, is_unasked};
use super::subscription::{self, Change};
use crate::error::{Error, ErrorKind};
use crate::nlctrl;
use crate::request::Notification;
use crate::schema::Family;
use crate::transport::Transport;
use crate::wire::{GenlHeader, Header, Malformed, Message, kind};
use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::time::Instant;

/// The notifications of one family, one at a time, each borrowing the receive buffer until the
/// next.
///
/// Those that came while the client did something else come first. Dropping this loses nothing:
/// the groups stay joined. What other families send to the same client is skipped: have a client
/// for each.
///
/// ```no_run
/// use genlkit::client::{Client, Event};
/// use genlkit::generated::taskdiag::{FAMILY, Notification};
///
/// let mut client = Client::open()?;
/// client.subscribe(&FAMILY, "events")?;
/// let mut events = client.events::<Notification>();
/// loop {
///     match events.next()? {
///         Event::Notification { notification, .. } => println!("{notification:?}"),
///         Event::Overrun { drops } => eprintln!("{drops} datagrams lost"),
///         _ => {}
///     }
/// }
/// # #[allow(unreachable_code)]
/// # Ok::<(), genlkit::Error>(())
/// ```
#[derive(Debug)]
pub struct Events<'c, N, T: Transport> {
    connection: &'c mut Connection<T>,
    notifies: PhantomData<fn() -> N>,
}

/// What comes unasked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<N> {
    /// A notification.
    Notification {
        /// The number of the multicast group that it came by; 0 where it was sent to this client
        /// alone.
        group: u32,
        /// What it says.
        notification: N,
    },
    /// The kernel dropped datagrams, because they were not read fast enough: whatever is kept in
    /// step with the events is out of step, and should be read anew.
    ///
    /// Told as soon as it is known, which is before the events that still came ahead of the loss.
    Overrun {
        /// How many datagrams were dropped, each of one notification or more; 0 where the kernel
        /// does not tell.
        drops: u32,
    },
    /// The family was unregistered: its module is unloaded. Nothing comes until it is registered
    /// anew, which is waited for.
    Unregistered,
    /// The family was registered anew, and its groups were joined again. What was told in between
    /// is lost: whatever is kept in step with the events is out of step, and should be read anew.
    Registered,
}

impl<'c, N: Notification, T: Transport> Events<'c, N, T> {
    pub(super) fn new(connection: &'c mut Connection<T>) -> Self {
        Self {
            connection,
            notifies: PhantomData,
        }
    }

    /// Waits for the next event, for ever.
    ///
    /// # Errors
    /// A message that does not decode, after which the next can be asked for; what the socket says.
    #[expect(
        clippy::should_implement_trait,
        reason = "events borrow what the next overwrites"
    )]
    pub fn next(&mut self) -> Result<Event<N::At<'_>>, Error> {
        let unasked = drive(self.connection.next_event(N::FAMILY, None))?;
        self.connection.event::<N>(unasked)
    }

    /// Waits for the next event until the deadline; none past it.
    ///
    /// # Errors
    /// As [`Events::next`].
    pub fn next_until(&mut self, deadline: Instant) -> Result<Option<Event<N::At<'_>>>, Error> {
        match drive(self.connection.next_event(N::FAMILY, Some(deadline))) {
            Ok(unasked) => self.connection.event::<N>(unasked).map(Some),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What was found without being asked for.
#[derive(Debug)]
pub(super) enum Unasked {
    Message { group: u32, range: Range<usize> },
    Overrun { drops: u32 },
    Change(Change),
}

impl<T: Transport> Connection<T> {
    /// Waits for the next message that a group of `family`'s brings.
    pub(super) async fn next_event(
        &mut self,
        family: &'static Family,
        deadline: Option<Instant>,
    ) -> Result<Unasked, Error> {
        if !self.subscriptions.has(family.name) {
            self.family_id(family.name).await?;
        }
        let (mut waited, mut futile) = (false, false);
        loop {
            if let Some(drops) = self.overrun.take() {
                return Ok(Unasked::Overrun { drops });
            }
            if let Some(message) = self.next_unasked(family)? {
                return Ok(message);
            }
            if let Some(failure) = self.subscriptions.take_failure(family.name) {
                return Err(failure);
            }
            if let Some(change) = self.subscriptions.take_change(family.name) {
                return Ok(Unasked::Change(change));
            }
            if self.receiver.restore_events() {
                continue;
            }
            // What is there at once is looked through, but a stream of other things must not put the
            // deadline off.
            if futile && is_past(deadline) {
                return Err(Error::timed_out(family.name));
            }
            let received = self.receive();
            match received.map_err(|error| Error::socket(family.name, "receive events", &error))? {
                Received::Datagram => futile = waited,
                Received::Overrun => {}
                Received::Truncated { .. } => self.note_overrun(1),
                // After a loss, when what the kernel kept is read: it may have been what the
                // controller told.
                Received::Nothing if self.subscriptions.is_suspect() => {
                    self.settle_suspicion().await?;
                }
                Received::Nothing => {
                    (waited, futile) = (true, false);
                    self.wait(deadline)
                        .await
                        .map_err(|error| match error.kind() {
                            io::ErrorKind::TimedOut => Error::timed_out(family.name),
                            _ => Error::socket(family.name, "wait for events", &error),
                        })?;
                }
            }
        }
    }

    /// Decodes what was found.
    pub(super) fn event<N: Notification>(
        &self,
        unasked: Unasked,
    ) -> Result<Event<N::At<'_>>, Error> {
        let (group, range) = match unasked {
            Unasked::Message { group, range } => (group, range),
            Unasked::Overrun { drops } => return Ok(Event::Overrun { drops }),
            Unasked::Change(Change::Unregistered) => return Ok(Event::Unregistered),
            Unasked::Change(Change::Registered) => return Ok(Event::Registered),
        };
        let message = self.receiver.bytes(range);
        let defect = |cmd, malformed: Malformed| {
            let op = N::FAMILY.op(cmd);
            Error::malformed_event(N::FAMILY, op, &malformed, message)
        };
        let body = message.get(Header::LEN..).unwrap_or_default();
        let (genl, body) = GenlHeader::split(body).map_err(|malformed| defect(0, malformed))?;
        let notification =
            N::decode(genl.cmd, body).map_err(|malformed| defect(genl.cmd, malformed))?;
        Ok(Event::Notification {
            group,
            notification,
        })
    }

    /// The next message in the buffer that came unasked.
    fn next_unasked(&mut self, family: &'static Family) -> Result<Option<Unasked>, Error> {
        let group = self.receiver.group();
        while let Some(next) = self.receiver.next() {
            let (message, range) =
                next.map_err(|malformed| Error::malformed_event(family, None, &malformed, &[]))?;
            let (header, change) = (message.header, family_change(&message, family));
            if group == 0 && !is_unasked(&header) {
                let ends = ends_dump(&message);
                self.note_answer(header.seq, ends);
            } else if header.kind >= kind::FIRST && self.is_of(family, header.kind) {
                return Ok(Some(Unasked::Message { group, range }));
            } else if let (nlctrl::NOTIFY, Some(change)) = (group, change) {
                return Ok(Some(Unasked::Change(change)));
            }
        }
        Ok(None)
    }

    /// Whether messages of type `kind` are a family's, or were before it was loaded anew.
    fn is_of(&mut self, family: &'static Family, kind: u16) -> bool {
        match self.subscriptions.is_of(family.name, kind) {
            Some(is) => is,
            None => self.families.id(family.name) == Some(kind),
        }
    }
}

/// What a message of the controller's says about `family`.
fn family_change(message: &Message<'_>, family: &Family) -> Option<Change> {
    let (change, told) = subscription::change(message)?;
    (told.name? == family.name).then_some(change)
}
