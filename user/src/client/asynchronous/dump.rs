// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps of an asynchronous client.

use super::super::connection::Connection;
use super::super::dump::{Asked, OnInterrupt, State};
use crate::error::{Error, ErrorKind};
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
    /// Asks for a dump and waits for its first message.
    pub(super) async fn begin(
        connection: &'c mut Connection<T>,
        request: &R,
    ) -> Result<Self, Error> {
        let state = match connection.dump_now(request)? {
            Asked::Begun(state) => state,
            asked => connection.dump_on(request, asked).await?,
        };
        Ok(Self {
            connection,
            state,
            dumps: PhantomData,
        })
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
            Some(part) => Some(part),
            None => self.connection.dump_next(R::OP, &mut self.state).await?,
        };
        self.connection.entry::<R>(part)
    }

    /// Hands all entries that are left to a function. Where it is cancelled, those that were not handed
    /// over are left.
    ///
    /// The fastest way through a dump: entries stay where they are decoded.
    ///
    /// # Errors
    /// As [`AsyncDump::next`], and the first that the function returns.
    pub async fn try_for_each<E: From<Error>>(
        &mut self,
        function: impl FnMut(&R::Reply<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection
            .dump_each::<R, E>(&mut self.state, function)
            .await
    }
}

impl<T: Transport> Connection<T> {
    /// Dumps into a vector of what `keep` makes of each entry, up to `tries` times.
    pub(in super::super) async fn collect<R: request::Dump, V>(
        &mut self,
        request: &R,
        tries: u32,
        mut keep: impl FnMut(&R::Reply<'_>) -> V,
    ) -> Result<Vec<V>, Error> {
        let mut kept = Vec::new();
        let mut left = tries;
        loop {
            left = left.saturating_sub(1);
            let mut dump = AsyncDump::begin(self, request).await?;
            let outcome = dump.try_for_each(|entry| {
                kept.push(keep(entry));
                Ok(())
            });
            match outcome.await {
                Ok(()) => return Ok(kept),
                Err(error) if is_interrupted(&error) && left > 0 => kept.clear(),
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_interrupted(error: &Error) -> bool {
    error.kind() == ErrorKind::DumpInterrupted
}

impl<R, T: Transport> Drop for AsyncDump<'_, R, T> {
    fn drop(&mut self) {
        self.connection.drain(4096);
    }
}
