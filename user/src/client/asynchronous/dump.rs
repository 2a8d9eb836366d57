// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps of an asynchronous client.

use super::super::connection::Connection;
use super::super::dump::{OnInterrupt, State, read};
use crate::error::Error;
use crate::request;
use crate::transport::Transport;
use std::marker::PhantomData;

/// A dump of an [`AsyncClient`](super::AsyncClient); see [`Dump`](super::super::Dump).
#[derive(Debug)]
pub struct AsyncDump<'c, R, T: Transport> {
    connection: &'c mut Connection<T>,
    state: State,
    dumps: PhantomData<fn() -> R>,
}

impl<'c, R: request::Dump, T: Transport> AsyncDump<'c, R, T> {
    pub(super) fn new(connection: &'c mut Connection<T>, state: State) -> Self {
        Self {
            connection,
            state,
            dumps: PhantomData,
        }
    }

    /// Says what to do when what is dumped changes meanwhile; without, it is an error.
    pub fn on_interrupt(mut self, on_interrupt: OnInterrupt) -> Self {
        self.state.set_on_interrupt(on_interrupt);
        self
    }

    /// Whether what is dumped has changed meanwhile, as far as the kernel has told yet.
    pub fn interrupted(&self) -> bool {
        self.state.interrupted()
    }

    /// The next entry; none at the end.
    ///
    /// # Errors
    /// As [`Dump::next`](super::super::Dump::next).
    pub async fn next(&mut self) -> Result<Option<R::Reply<'_>>, Error> {
        let part = match self.connection.dump_part(&mut self.state) {
            Some(part) => part,
            None => match self.connection.dump_next(R::OP, &mut self.state).await? {
                Some(part) => part,
                None => return Ok(None),
            },
        };
        let message = self.connection.receiver.bytes(part);
        let mut entry = R::Reply::default();
        match read(&mut entry, message) {
            Ok(()) => Ok(Some(entry)),
            Err(malformed) => Err(Error::malformed(R::OP, &malformed, message)),
        }
    }
}

impl<R, T: Transport> Drop for AsyncDump<'_, R, T> {
    fn drop(&mut self) {
        self.connection.drain(4096);
    }
}
