// SPDX-License-Identifier: MIT OR Apache-2.0
//! A transport that shows what passes through another.

use super::{Datagram, Transport};
use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the kernel.
    Sent,
    /// From the kernel.
    Received,
}

/// Carries datagrams by another transport and shows each to a function.
#[derive(Debug)]
pub struct Tap<T, F> {
    transport: T,
    show: F,
}

impl<T: Transport, F: FnMut(Direction, &[u8]) + Send> Tap<T, F> {
    /// Shows what passes through `transport` to `show`.
    pub fn new(transport: T, show: F) -> Self {
        Self { transport, show }
    }
}

impl<T: Transport, F: FnMut(Direction, &[u8]) + Send> Transport for Tap<T, F> {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        (self.show)(Direction::Sent, datagram);
        self.transport.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        let datagram = self.transport.try_recv(buffer)?;
        let shown = buffer.get(..datagram.len).unwrap_or(buffer);
        (self.show)(Direction::Received, shown);
        Ok(datagram)
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        self.transport.poll_readable(context, deadline)
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        self.transport.join(group)
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.transport.leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        self.transport.drops()
    }

    fn has_peers(&self) -> bool {
        self.transport.has_peers()
    }
}
