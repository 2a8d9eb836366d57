// SPDX-License-Identifier: MIT OR Apache-2.0
//! The asynchronous transport: the same socket, waited for by tokio.

use super::{Datagram, Options, Socket, Transport, sys};
use ::tokio::io::unix::AsyncFd;
use ::tokio::time::{Sleep, sleep_until};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

/// A netlink socket that tokio waits for.
///
/// A request that the kernel answers at once, as it nearly always does, costs the same two system
/// calls as on a blocking socket: tokio is asked only where there is nothing to receive.
pub struct TokioSocket {
    socket: AsyncFd<Socket>,
    /// Made for the first wait with a deadline, and used again.
    timer: Option<Pin<Box<Sleep>>>,
}

impl TokioSocket {
    /// Opens a socket.
    ///
    /// # Errors
    /// As [`Socket::open`]; outside of a tokio runtime with I/O enabled this panics, as
    /// [`AsyncFd::new`] does.
    pub fn open(options: &Options) -> io::Result<Self> {
        let socket = Socket::open(options)?;
        Ok(Self {
            socket: sys::watch(socket)?,
            timer: None,
        })
    }

    /// Whether the deadline is past; if not, the task is woken then.
    fn poll_deadline(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let deadline = ::tokio::time::Instant::from_std(deadline);
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context)
    }
}

impl AsFd for TokioSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get_ref().as_fd()
    }
}

impl Transport for TokioSocket {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.socket.get_mut().send(datagram)
    }

    #[inline]
    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        self.socket.get_mut().try_recv(buffer)
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        while let Poll::Ready(ready) = self.socket.poll_read_ready(context) {
            let mut ready = ready?;
            // What tokio has noted may have been received since. Asked after the note was taken,
            // the socket cannot have become ready unnoticed.
            if ready.get_inner().is_readable()? {
                return Poll::Ready(Ok(()));
            }
            ready.clear_ready();
        }
        match deadline {
            Some(deadline) => {
                ready!(self.poll_deadline(context, deadline));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            None => Poll::Pending,
        }
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        self.socket.get_mut().join(group)
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.socket.get_mut().leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        self.socket.get_mut().drops()
    }
}

impl std::fmt::Debug for TokioSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokioSocket").field(&self.as_fd()).finish()
    }
}
