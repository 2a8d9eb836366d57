// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events of an asynchronous client.

use super::super::connection::Connection;
use super::super::events::Event;
use crate::error::Error;
use crate::request::Notification;
use crate::transport::Transport;
use std::marker::PhantomData;
use std::time::Instant;

/// The notifications of one family; see [`Events`](super::super::Events).
#[derive(Debug)]
pub struct AsyncEvents<'c, N, T: Transport> {
    connection: &'c mut Connection<T>,
    notifies: PhantomData<fn() -> N>,
}

impl<'c, N: Notification, T: Transport> AsyncEvents<'c, N, T> {
    pub(super) fn new(connection: &'c mut Connection<T>) -> Self {
        Self {
            connection,
            notifies: PhantomData,
        }
    }

    /// Waits for the next event, for ever. May be cancelled: no event is lost by it.
    ///
    /// # Errors
    /// As [`Events::next`](super::super::Events::next).
    pub async fn next(&mut self) -> Result<Event<N::At<'_>>, Error> {
        let unasked = self.connection.next_event(N::FAMILY, None).await?;
        self.connection.event_or_timeout::<N>(unasked)
    }

    /// Waits for the next event until the deadline; none past it.
    ///
    /// # Errors
    /// As [`AsyncEvents::next`].
    pub async fn next_until(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<Event<N::At<'_>>>, Error> {
        let unasked = self
            .connection
            .next_event(N::FAMILY, Some(deadline))
            .await?;
        unasked
            .map(|unasked| self.connection.event::<N>(unasked))
            .transpose()
    }
}
