// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events of an asynchronous client.

use super::super::events::Event;
use super::AsyncClient;
use crate::error::Error;
use crate::request::Notification;
use crate::transport::Transport;
use std::marker::PhantomData;
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

    /// The client, to ask something between two events, which loses none: to read anew what has to be
    /// at [`Event::Resync`].
    pub fn client(&mut self) -> &mut AsyncClient<T> {
        self.client
    }
}
