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
    /// runtime has no I/O enabled, and the first with a deadline where it has no time enabled: it
    /// cannot be asked before.
    pub fn open(options: &Options) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::open(options)?,
            watch: None,
            runtime: Handle::current(),
            timer: None,
        })
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

/// Waits until tokio notes that there is something to receive from a socket, an error included, and there
/// is.
fn poll_watch(
    watch: &mut Option<Watch>,
    runtime: &Handle,
    socket: &impl AsFd,
    is_readable: impl Fn() -> io::Result<bool>,
    context: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    loop {
        let known = match &mut *watch {
            Some(known) => known,
            none => {
                let _runtime = runtime.enter();
                none.insert(Watch::new(socket)?)
            }
        };
        // What tokio has noted may have been received since. Asked after the note was taken, the socket
        // cannot have become ready unnoticed.
        let readable = known.poll_readable(context, &is_readable);
        if readable.is_ready() {
            return readable;
        }
        ready!(known.poll_error(context))?;
        // This one tells nothing more of the kind; a new one begins with what there is by then.
        *watch = None;
        if is_readable()? {
            return Poll::Ready(Ok(()));
        }
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
        let is_readable = || self.socket.is_readable();
        let readable = poll_watch(
            &mut self.watch,
            &self.runtime,
            &self.socket,
            is_readable,
            context,
        );
        if readable.is_ready() {
            return readable;
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

#[cfg(test)]
mod tests {
    use super::super::sys;
    use super::*;
    use std::future::poll_fn;
    use std::net::UdpSocket;
    use std::time::Duration;

    // A netlink socket has such an error where the kernel has no memory for a message.
    #[::tokio::test]
    async fn an_error_without_anything_to_receive_wakes_the_task_that_waits() {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let gone = socket().local_addr().unwrap();
        let socket = socket();
        socket.connect(gone).unwrap();
        let (mut watch, runtime) = (None, Handle::current());
        for _ in 0..3 {
            let is_readable = || sys::wait(&socket, Some(Duration::ZERO));
            let mut wait = std::pin::pin!(poll_fn(|context| {
                poll_watch(&mut watch, &runtime, &socket, is_readable, context)
            }));
            let early = ::tokio::time::timeout(Duration::from_millis(10), &mut wait).await;
            assert!(early.is_err());
            // Nobody is there: the system tells so, on this socket.
            socket.send(b"hello").unwrap();
            let woken = ::tokio::time::timeout(Duration::from_secs(10), &mut wait).await;
            woken.expect("in time").unwrap();
            let told = socket.take_error().unwrap().expect("an error");
            assert_eq!(told.kind(), io::ErrorKind::ConnectionRefused);
        }
    }
}
