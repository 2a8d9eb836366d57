// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes unasked to an asynchronous client over any netlink protocol.

use super::super::raw_events::RawEvent;
use super::AsyncClient;
use crate::error::Error;
use crate::transport::Transport;
use std::time::Instant;

/// The messages that come unasked, as they are; see [`RawEvents`](super::super::RawEvents).
#[derive(Debug)]
pub struct AsyncRawEvents<'c, T: Transport> {
    client: &'c mut AsyncClient<T>,
}

impl<T: Transport> AsyncClient<T> {
    /// What comes unasked, as it is; see [`Client::raw_events`](super::super::Client::raw_events).
    pub fn raw_events(&mut self) -> AsyncRawEvents<'_, T> {
        AsyncRawEvents { client: self }
    }

    /// Joins a multicast group by its number; see [`Client::join`](super::super::Client::join).
    ///
    /// # Errors
    /// As there.
    pub fn join(&mut self, group: u32) -> Result<(), Error> {
        self.connection.join_number(group)
    }

    /// Leaves a multicast group that [`AsyncClient::join`] has joined.
    ///
    /// # Errors
    /// As [`AsyncClient::join`].
    pub fn leave(&mut self, group: u32) -> Result<(), Error> {
        self.connection.leave_number(group)
    }
}

impl<T: Transport> AsyncRawEvents<'_, T> {
    /// Waits for the next event, for ever. May be cancelled: no event is lost by it.
    ///
    /// # Errors
    /// As [`RawEvents::next`](super::super::RawEvents::next).
    pub async fn next(&mut self) -> Result<RawEvent<'_>, Error> {
        let connection = &mut self.client.connection;
        let unasked = connection.next_raw_event(None).await?;
        connection.raw_event_or_timeout(unasked)
    }

    /// Waits for the next event until the deadline; none past it.
    ///
    /// # Errors
    /// As [`AsyncRawEvents::next`].
    pub async fn next_until(&mut self, deadline: Instant) -> Result<Option<RawEvent<'_>>, Error> {
        let connection = &mut self.client.connection;
        let unasked = connection.next_raw_event(Some(deadline)).await?;
        Ok(unasked.and_then(|unasked| connection.raw_event(unasked)))
    }

    /// The client, to ask something between two events, which loses none.
    pub fn client(&mut self) -> &mut AsyncClient<T> {
        self.client
    }
}
