// SPDX-License-Identifier: MIT OR Apache-2.0
//! What carries datagrams between a client and the kernel.

mod fake;
#[cfg(feature = "neli")]
mod netns;
#[cfg(feature = "neli")]
mod options;
#[cfg(feature = "neli")]
mod socket;
#[cfg(feature = "neli")]
mod sys;
mod tap;
#[cfg(feature = "tokio")]
mod tokio;

pub use fake::{Fake, Kernel};
#[cfg(feature = "neli")]
pub use netns::NetNs;
#[cfg(feature = "neli")]
pub use options::Options;
#[cfg(feature = "neli")]
pub use socket::Socket;
#[cfg(feature = "neli")]
#[doc(hidden)]
pub use sys::begin;
pub use tap::{Direction, Tap};
#[cfg(feature = "tokio")]
pub use tokio::TokioSocket;

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

/// A netlink socket, or something that behaves like one.
///
/// A client never waits before it has tried: the kernel answers requests before `send` returns,
/// so that a request normally costs one `send` and one `try_recv`.
pub trait Transport: Send {
    /// Sends one datagram to the kernel, whole or not at all.
    ///
    /// # Errors
    /// What the system says; an interruption by a signal is not an error but tried again.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()>;

    /// Receives one datagram into `buffer` without waiting.
    ///
    /// A datagram that is longer than the buffer is cut off there and lost beyond;
    /// [`Datagram::len`] tells its real length.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where there is none; `ENOBUFS` once after messages were lost;
    /// what else the system says, but for interruptions by a signal.
    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram>;

    /// Waits for a datagram to come, or for the deadline.
    ///
    /// A blocking transport waits inside and is always ready. It may be ready too early.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] past the deadline, and what else the system says.
    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>>;

    /// Joins a multicast group: from now on its messages come.
    ///
    /// # Errors
    /// `EPERM` where the group asks for a capability; what else the system says.
    fn join(&mut self, group: u32) -> io::Result<()>;

    /// Leaves a multicast group.
    ///
    /// # Errors
    /// What the system says.
    fn leave(&mut self, group: u32) -> io::Result<()>;

    /// How many datagrams the kernel has dropped since the socket was opened, modulo 2^32; none
    /// where that cannot be known.
    fn drops(&mut self) -> Option<u32>;

    /// Whether other processes are who one speaks to. Where not, which is nearly everywhere, nobody
    /// but the kernel is believed.
    fn has_peers(&self) -> bool {
        false
    }
}

/// What is known of a received datagram beside its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Datagram {
    /// Its length in bytes, also where the buffer was shorter.
    pub len: usize,
    /// The port id of who sent it: 0 is the kernel.
    pub sender: u32,
    /// The multicast group that it was sent to, 0 where it was sent to this socket alone.
    pub group: u32,
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        (**self).send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        (**self).try_recv(buffer)
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        (**self).poll_readable(context, deadline)
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        (**self).join(group)
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        (**self).leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        (**self).drops()
    }

    fn has_peers(&self) -> bool {
        (**self).has_peers()
    }
}
