// SPDX-License-Identifier: MIT OR Apache-2.0
//! Batches of an asynchronous client.

use super::super::batch::State;
use super::super::connection::Connection;
use crate::error::Error;
use crate::request::Do;
use crate::transport::Transport;
use std::fmt;

/// A batch of an [`AsyncClient`](super::AsyncClient); see [`Batch`](super::super::Batch).
pub struct AsyncBatch<'c, I: Iterator, T: Transport> {
    connection: &'c mut Connection<T>,
    state: State<I>,
}

impl<I: Iterator, T: Transport> fmt::Debug for AsyncBatch<'_, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncBatch").field(&self.state).finish()
    }
}

impl<'c, R: Do, I: Iterator<Item = R>, T: Transport> AsyncBatch<'c, I, T> {
    pub(super) fn new(connection: &'c mut Connection<T>, state: State<I>) -> Self {
        Self { connection, state }
    }

    /// Sets how many requests go out at once, 32 where it is not set.
    pub fn window(mut self, requests: usize) -> Self {
        self.state.set_window(requests);
        self
    }

    /// The answer to the next request; none after the last.
    ///
    /// # Errors
    /// As [`AsyncClient::call`](super::AsyncClient::call), about this request; the next can be
    /// asked for.
    pub async fn next(&mut self) -> Option<Result<R::Reply<'_>, Error>> {
        let found = match self.connection.batch_now(&mut self.state) {
            Some(found) => found.map(Some),
            None => self.connection.batch_next(&mut self.state).await?,
        };
        Some(self.connection.reply::<R>(found))
    }
}
