// SPDX-License-Identifier: MIT OR Apache-2.0
//! The asynchronous transport: the same socket, waited for by tokio.

use super::sys::Watch;
use super::{Datagram, Options, Socket, Transport};
use ::tokio::runtime::Handle;
use ::tokio::time::{Sleep, sleep_until};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

/// A netlink socket that tokio waits for.
///
/// A request that the kernel answers at once, as it nearly always does, costs the same two system
/// calls as on a blocking socket: tokio is asked only where there is nothing to receive, and does not
/// know of the socket before, because what it watches costs the kernel more to write to. From the first
/// wait on there is a second descriptor for the socket, which is what tokio knows.
pub struct TokioSocket {
    socket: Socket,
    /// Made for the first wait.
    watch: Option<Watch>,
    /// Where tokio waits.
    runtime: Handle,
    /// Made for the first wait with a deadline, and used again.
    timer: Option<Pin<Box<Sleep>>>,
}

impl TokioSocket {
    /// Opens a socket.
    ///
    /// # Errors
    /// As [`Socket::open`].
    ///
    /// # Panics
    /// Outside of a tokio runtime, as [`Handle::current`] does. The first wait panics where that
    /// runtime has no I/O enabled.
    pub fn open(options: &Options) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::open(options)?,
            watch: None,
            runtime: Handle::current(),
            timer: None,
        })
    }

    /// Waits until tokio notes that there is something to receive, and there is.
    fn poll_watch(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let watch = match &mut self.watch {
            Some(watch) => watch,
            none => {
                let _runtime = self.runtime.enter();
                none.insert(Watch::new(&self.socket)?)
            }
        };
        // What tokio has noted may have been received since. Asked after the note was taken, the socket
        // cannot have become ready unnoticed.
        watch.poll_readable(context, || self.socket.is_readable())
    }

    /// Whether the deadline is past; if not, the task is woken then.
    fn poll_deadline(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let _runtime = self.runtime.enter();
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
        self.socket.as_fd()
    }
}

impl Transport for TokioSocket {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send(datagram)
    }

    #[inline(always)]
    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        self.socket.try_recv(buffer)
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(readable) = self.poll_watch(context) {
            return Poll::Ready(readable);
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
        self.socket.join(group)
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.socket.leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        self.socket.drops()
    }

    fn has_peers(&self) -> bool {
        self.socket.has_peers()
    }
}

impl std::fmt::Debug for TokioSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokioSocket").field(&self.as_fd()).finish()
    }
}
