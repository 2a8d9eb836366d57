// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked: the notifications of multicast groups.

use super::connection::{Connection, ends_dump, is_past};
use super::receive::is_unasked;
use super::subscription::{self, Change};
use super::unasked::Unasked;
use super::{Client, drive};
use crate::error::{Error, ErrorKind};
use crate::nlctrl;
use crate::request::Notification;
use crate::schema::Family;
use crate::transport::Transport;
use crate::wire::{GenlHeader, Header, Malformed, Message, kind};
use std::marker::PhantomData;
use std::ops::Range;
use std::time::Instant;

/// The notifications of one family, one at a time, each borrowing the receive buffer until the
/// next.
///
/// Those that came while the client did something else come first. Dropping this loses nothing:
/// the groups stay joined. What other families send to the same client is skipped, and what is lost is
/// told to whoever asks first: have a client for each.
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
    client: &'c mut Client<T>,
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
    /// step with the events is out of step.
    ///
    /// Told as soon as it is known, which is before the events that still came ahead of the loss, and
    /// after these once more where the kernel has dropped others meanwhile. Then comes
    /// [`Event::Resync`].
    Overrun {
        /// How many datagrams were dropped, each of one notification or more; 0 where the kernel
        /// does not tell.
        drops: u32,
    },
    /// The family was unregistered: its module is unloaded. Nothing comes until it is registered
    /// anew, which is waited for.
    Unregistered,
    /// The family was registered anew, and its groups were joined again. What was told in between
    /// is lost: whatever is kept in step with the events is out of step, until [`Event::Resync`].
    Registered,
    /// All events that came ahead of a loss were told: whatever is kept in step with the events has to
    /// be read anew now, and will be in step with those that come from now on.
    Resync,
}

impl<'c, N: Notification, T: Transport> Events<'c, N, T> {
    pub(super) fn new(client: &'c mut Client<T>) -> Self {
        Self {
            client,
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
        let connection = &mut self.client.connection;
        let unasked = drive(connection.next_event(N::FAMILY, None))?;
        connection.event_or_timeout::<N>(unasked)
    }

    /// Waits for the next event until the deadline; none past it.
    ///
    /// # Errors
    /// As [`Events::next`].
    pub fn next_until(&mut self, deadline: Instant) -> Result<Option<Event<N::At<'_>>>, Error> {
        let connection = &mut self.client.connection;
        let unasked = drive(connection.next_event(N::FAMILY, Some(deadline)))?;
        unasked
            .map(|unasked| connection.event::<N>(unasked))
            .transpose()
    }

    /// Waits for the next event, for ever, and has `resync` read anew where [`Event::Resync`] would be
    /// told: what it keeps of what it reads, and what the events then change in it, is in step.
    ///
    /// ```no_run
    /// use genlkit::client::{Client, Event};
    /// use genlkit::nlctrl::{FAMILY, GetFamilies, Notification};
    ///
    /// let mut client = Client::open()?;
    /// client.subscribe(&FAMILY, "notify")?;
    /// let read = |client: &mut Client| {
    ///     client.collect(&GetFamilies, 3, |family| family.name.map(|name| name.to_string()))
    /// };
    /// let mut families = read(&mut client)?;
    /// let mut events = client.events::<Notification>();
    /// loop {
    ///     let resync = |client: &mut Client| Ok(families = read(client)?);
    ///     match events.next_in_step(resync)? {
    ///         Event::Notification { notification, .. } => println!("{notification:?}"),
    ///         event => eprintln!("{event:?}"),
    ///     }
    /// }
    /// # #[allow(unreachable_code)]
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Events::next`], and what `resync` fails with, which is called again then.
    pub fn next_in_step(
        &mut self,
        mut resync: impl FnMut(&mut Client<T>) -> Result<(), Error>,
    ) -> Result<Event<N::At<'_>>, Error> {
        loop {
            let unasked = drive(self.client.connection.next_event(N::FAMILY, None))?;
            match unasked {
                Some(Unasked::Resync) => resync(self.client)
                    .inspect_err(|_| self.client.connection.out_of_step = true)?,
                unasked => return self.client.connection.event_or_timeout::<N>(unasked),
            }
        }
    }

    /// The client, to ask something between two events, which loses none.
    pub fn client(&mut self) -> &mut Client<T> {
        self.client
    }
}

/// Where a notification is, and the multicast group that it came by.
#[derive(Debug)]
pub(super) struct Place {
    group: u32,
    range: Range<usize>,
}

impl<T: Transport> Connection<T> {
    /// Waits for the next message that a group of `family`'s brings, or what else there is to tell of
    /// it; none past the deadline.
    pub(super) async fn next_event(
        &mut self,
        family: &'static Family,
        deadline: Option<Instant>,
    ) -> Result<Option<Unasked<Place>>, Error> {
        if !self.subscriptions.has(family.name) && self.families.id(family.name).is_none() {
            match self.resolve_until(family.name, deadline).await {
                Err(error) if error.kind() == ErrorKind::TimedOut && is_past(deadline) => {
                    return Ok(None);
                }
                resolved => resolved.map(drop)?,
            }
        }
        self.next_unasked(family.name, deadline, |connection| {
            connection.look_for(family)
        })
        .await
    }

    /// Decodes what was found.
    pub(super) fn event<N: Notification>(
        &self,
        unasked: Unasked<Place>,
    ) -> Result<Event<N::At<'_>>, Error> {
        let Place { group, range } = match unasked {
            Unasked::Message(place) => place,
            Unasked::Overrun { drops } => return Ok(Event::Overrun { drops }),
            Unasked::Change(Change::Unregistered) => return Ok(Event::Unregistered),
            Unasked::Change(Change::Registered) => return Ok(Event::Registered),
            Unasked::Resync => return Ok(Event::Resync),
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

    /// Decodes what was found where there is no deadline; a transport has one of its own perhaps.
    pub(super) fn event_or_timeout<N: Notification>(
        &self,
        unasked: Option<Unasked<Place>>,
    ) -> Result<Event<N::At<'_>>, Error> {
        let unasked = unasked.ok_or_else(|| Error::timed_out(N::FAMILY.name))?;
        self.event::<N>(unasked)
    }

    /// The next message in the buffer that came unasked.
    fn look_for(&mut self, family: &'static Family) -> Result<Option<Unasked<Place>>, Error> {
        let group = self.receiver.group();
        while let Some(next) = self.receiver.next() {
            let (message, range) =
                next.map_err(|malformed| Error::malformed_event(family, None, &malformed, &[]))?;
            let (header, change) = (message.header, family_change(&message, family));
            if group == 0 && !is_unasked(&header) {
                let ends = ends_dump(&message);
                self.note_answer(header.seq, ends);
            } else if header.kind >= kind::FIRST
                && self.is_of(family, header.kind)
                // The client listens to the controller for itself.
                && (group != nlctrl::NOTIFY || self.subscriptions.has(family.name))
            {
                return Ok(Some(Unasked::Message(Place { group, range })));
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
