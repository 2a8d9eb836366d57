// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw requests of an asynchronous client.

use super::super::connection::Connection;
use super::super::raw::State;
use crate::error::Error;
use crate::transport::Transport;
use crate::wire::Message;

/// The messages that answer a raw request of an [`AsyncClient`](super::AsyncClient); see
/// [`Raw`](super::super::Raw).
#[derive(Debug)]
pub struct AsyncRaw<'c, T: Transport> {
    connection: &'c mut Connection<T>,
    state: State,
}

impl<'c, T: Transport> AsyncRaw<'c, T> {
    pub(super) fn new(connection: &'c mut Connection<T>, state: State) -> Self {
        Self { connection, state }
    }

    /// The next message; none at the end.
    ///
    /// # Errors
    /// As [`Raw::next`](super::super::Raw::next).
    pub async fn next(&mut self) -> Result<Option<Message<'_>>, Error> {
        let found = match self.connection.raw_part(&mut self.state) {
            Some(found) => Some(found),
            None => self.connection.raw_next(&mut self.state).await?,
        };
        Ok(found.map(|found| self.connection.message(&found)))
    }

    /// Hands all messages that are left to a function. Where it is cancelled, those that were not handed
    /// over are left.
    ///
    /// The fastest way through a dump.
    ///
    /// # Errors
    /// As [`AsyncRaw::next`], and the first that the function returns.
    pub async fn try_for_each<E: From<Error>>(
        &mut self,
        function: impl FnMut(&Message<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection.raw_each(&mut self.state, function).await
    }
}

impl<T: Transport> Drop for AsyncRaw<'_, T> {
    fn drop(&mut self) {
        self.connection.drain(4096);
    }
}
