// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events of an asynchronous client.

use super::super::events::Event;
use super::super::unasked::Unasked;
use super::AsyncClient;
use crate::error::Error;
use crate::request::Notification;
use crate::transport::Transport;
use std::marker::PhantomData;
use std::mem;
use std::time::Instant;

/// The notifications of one family; see [`Events`](super::super::Events).
#[derive(Debug)]
pub struct AsyncEvents<'c, N, T: Transport> {
    client: &'c mut AsyncClient<T>,
    notifies: PhantomData<fn() -> N>,
}

impl<'c, N: Notification, T: Transport> AsyncEvents<'c, N, T> {
    pub(super) fn new(client: &'c mut AsyncClient<T>) -> Self {
        Self {
            client,
            notifies: PhantomData,
        }
    }

    /// Waits for the next event, for ever. May be cancelled: no event is lost by it.
    ///
    /// # Errors
    /// As [`Events::next`](super::super::Events::next).
    pub async fn next(&mut self) -> Result<Event<N::At<'_>>, Error> {
        let connection = &mut self.client.connection;
        let unasked = connection.next_event(N::FAMILY, None).await?;
        connection.event_or_timeout::<N>(unasked)
    }

    /// Waits for the next event until the deadline; none past it.
    ///
    /// # Errors
    /// As [`AsyncEvents::next`].
    pub async fn next_until(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<Event<N::At<'_>>>, Error> {
        let connection = &mut self.client.connection;
        let unasked = connection.next_event(N::FAMILY, Some(deadline)).await?;
        unasked
            .map(|unasked| connection.event::<N>(unasked))
            .transpose()
    }

    /// Waits for the next event, for ever, and has `resync` read anew where [`Event::Resync`] would be
    /// told; see [`Events::next_in_step`](super::super::Events::next_in_step). Where this is cancelled
    /// meanwhile, `resync` is called again by the next.
    ///
    /// # Errors
    /// As [`AsyncEvents::next`], and what `resync` fails with, which is called again then.
    pub async fn next_in_step(
        &mut self,
        mut resync: impl AsyncFnMut(&mut AsyncClient<T>) -> Result<(), Error>,
    ) -> Result<Event<N::At<'_>>, Error> {
        loop {
            let connection = &mut self.client.connection;
            let unasked = connection.next_event(N::FAMILY, None).await?;
            if !matches!(unasked, Some(Unasked::Resync)) {
                return self.client.connection.event_or_timeout::<N>(unasked);
            }
            let unread = Unread(self.client);
            resync(unread.0).await?;
            unread.was_read();
        }
    }

    /// The client, to ask something between two events, which loses none: to read anew what has to be
    /// at [`Event::Resync`].
    pub fn client(&mut self) -> &mut AsyncClient<T> {
        self.client
    }
}

/// A client that has not read anew what it has to. Dropped, it has to still.
struct Unread<'c, T: Transport>(&'c mut AsyncClient<T>);

impl<T: Transport> Unread<'_, T> {
    fn was_read(self) {
        mem::forget(self);
    }
}

impl<T: Transport> Drop for Unread<'_, T> {
    fn drop(&mut self) {
        self.0.connection.out_of_step = true;
    }
}
