// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happens to tasks and to watches, as it happens.

use super::Taskdiag;
use crate::client;
use crate::error::Error;
use crate::generated::taskdiag::{
    Event, EventFollowRequest, EventUnfollowRequest, FAMILY, Fired, Notification, Watch,
};
use crate::transport::Transport;
use std::time::Instant;

/// What the family tells unasked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is made where it is returned, and not kept"
)]
pub enum Happening<'b> {
    /// Something happened to a task; `lost` in it counts what was lost before.
    Event(Event<'b>),
    /// A watch fired.
    Fired(Fired<'b>),
    /// A watch was made or changed.
    Watch(Watch<'b>),
    /// A watch was deleted.
    WatchDeleted(Watch<'b>),
    /// The kernel dropped datagrams that were not read fast enough, each of one message or more; 0
    /// where it does not say how many.
    Overrun {
        /// How many.
        datagrams: u32,
    },
    /// Something that concerns no task and no watch, or that only a newer module tells.
    Other,
}

impl<T: Transport> Taskdiag<T> {
    /// Listens to all events of tasks, by the group `events`.
    ///
    /// ```no_run
    /// use genlkit::taskdiag::{Happening, Taskdiag};
    ///
    /// let mut taskdiag = Taskdiag::open()?;
    /// taskdiag.listen()?;
    /// let mut happenings = taskdiag.happenings();
    /// loop {
    ///     match happenings.next()? {
    ///         Happening::Event(event) => println!("{event}"),
    ///         Happening::Overrun { datagrams } => eprintln!("{datagrams} datagrams lost"),
    ///         _ => {}
    ///     }
    /// }
    /// # #[allow(unreachable_code)]
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with `EPERM` without CAP_SYS_ADMIN; as
    /// [`Client::subscribe`](client::Client::subscribe).
    pub fn listen(&mut self) -> Result<(), Error> {
        self.client.subscribe(&FAMILY, "events").map(drop)
    }

    /// Follows the events that a request asks for; the kernel looks which match.
    ///
    /// Without CAP_SYS_ADMIN these are of the caller's own tasks. What there was no room for is
    /// counted in `lost` of the next event, and is no [`Happening::Overrun`]; before that comes,
    /// `lost_untold` of a [`StatsGetRequest`](crate::generated::taskdiag::StatsGetRequest) by this
    /// client tells. To follow again is to follow something else.
    ///
    /// ```no_run
    /// use genlkit::generated::taskdiag::{EventFilterNest, EventFollowRequest, EventTypeFlags};
    /// use genlkit::taskdiag::Taskdiag;
    ///
    /// let request = EventFollowRequest::new()
    ///     .types(EventTypeFlags::EXEC | EventTypeFlags::EXIT)
    ///     .filter(EventFilterNest::new().comm("make"));
    /// let mut taskdiag = Taskdiag::open()?;
    /// let mut happenings = taskdiag.follow(&request)?;
    /// println!("{:?}", happenings.next()?);
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with `EPERM` outside the initial pid
    /// namespace, in a network namespace that the initial user namespace does not own, or by a
    /// socket that another user has opened; with `ENOSPC` where too many follow; with `E2BIG` for a
    /// filter that names too many processes; as [`Client::call`](client::Client::call).
    pub fn follow(&mut self, request: &EventFollowRequest<'_>) -> Result<Happenings<'_, T>, Error> {
        self.client.call(request)?;
        Ok(self.happenings())
    }

    /// Ends what [`Taskdiag::follow`] began.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with `ENOENT` where nothing was followed;
    /// as [`Client::call`](client::Client::call).
    pub fn unfollow(&mut self) -> Result<(), Error> {
        self.client.call(&EventUnfollowRequest::new())
    }

    /// What happens from now on, and what has happened since it was listened to.
    pub fn happenings(&mut self) -> Happenings<'_, T> {
        Happenings(self.client.events())
    }
}

/// What the family tells unasked, one thing at a time, each borrowing the receive buffer until the
/// next. Dropping this loses nothing.
#[derive(Debug)]
pub struct Happenings<'c, T: Transport>(client::Events<'c, Notification<'c>, T>);

impl<T: Transport> Happenings<'_, T> {
    /// Waits for what happens next, for ever.
    ///
    /// # Errors
    /// A message that does not decode, after which the next can be asked for; what the socket says.
    #[expect(
        clippy::should_implement_trait,
        reason = "what happens borrows what the next overwrites"
    )]
    pub fn next(&mut self) -> Result<Happening<'_>, Error> {
        self.0.next().map(Happening::of)
    }

    /// Waits for what happens next until the deadline; none past it.
    ///
    /// # Errors
    /// As [`Happenings::next`].
    pub fn next_until(&mut self, deadline: Instant) -> Result<Option<Happening<'_>>, Error> {
        let event = self.0.next_until(deadline)?;
        Ok(event.map(Happening::of))
    }
}

impl<'b> Happening<'b> {
    fn of(event: client::Event<Notification<'b>>) -> Self {
        match event {
            client::Event::Notification { notification, .. } => match notification {
                Notification::TaskNtf(event) => Self::Event(event),
                Notification::FiredNtf(fired) => Self::Fired(fired),
                Notification::WatchNtf(watch) => Self::Watch(watch),
                Notification::WatchDelNtf(watch) => Self::WatchDeleted(watch),
                Notification::Unknown { .. } => Self::Other,
            },
            client::Event::Overrun { drops } => Self::Overrun { datagrams: drops },
            _ => Self::Other,
        }
    }
}
