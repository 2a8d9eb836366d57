// SPDX-License-Identifier: MIT OR Apache-2.0
//! The default transport: neli's byte socket, blocking.

use super::sys::{self, Switch};
use super::{Datagram, Options, Transport};
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};
use std::time::Instant;

/// A netlink socket.
///
/// It is connected to the kernel, which so refuses what other processes send to it; but for one of
/// `NETLINK_USERSOCK`, which is there for other processes. Who has the right to send to multicast groups
/// may still do that; so who sent it is looked at where a group was joined.
///
/// As it is opened by default, extended ACKs and strict checking are on, and errors do not repeat
/// the request.
pub struct Socket {
    socket: NlSocket,
    has_peers: bool,
    /// Whether datagrams tell who sent them and to which group: from the first group on
    /// (`NETLINK_PKTINFO`), and where others than the kernel send.
    tells_sender: bool,
}

impl Socket {
    /// Opens a socket.
    ///
    /// # Errors
    /// What the system says: `EPROTONOSUPPORT` where it has no netlink, `EMFILE`, `EPERM`; why the
    /// network namespace cannot be entered.
    pub fn open(options: &Options) -> io::Result<Self> {
        match &options.netns {
            Some(netns) => netns.run(|| Self::open_here(options)),
            None => Self::open_here(options),
        }
    }

    /// Whether there is something to receive, an error included.
    #[cfg(feature = "tokio")]
    pub(super) fn is_readable(&self) -> io::Result<bool> {
        retry(|| sys::wait(&self.socket, Some(std::time::Duration::ZERO)))
    }

    /// Opens a socket of the calling thread's network namespace.
    fn open_here(options: &Options) -> io::Result<Self> {
        let protocol = match options.protocol {
            Some(number) => NlFamily::from(number as i32),
            None => NlFamily::Generic,
        };
        let socket = NlSocket::new(protocol)?;
        // Of this protocol alone, other processes are who one speaks to.
        let has_peers = options.protocol == Some(libc::NETLINK_USERSOCK as u32);
        if has_peers {
            socket.bind(None, Groups::empty())?;
        } else {
            sys::connect_to_kernel(&socket)?;
            // The socket has its port id a moment before it is connected.
            while sys::recv(&socket, &mut []).is_ok() {}
        }
        if options.ext_ack {
            socket.enable_ext_ack(true)?;
        }
        if options.cap_ack {
            sys::switch_on(&socket, Switch::CapAck)?;
        }
        if options.strict_check {
            socket.enable_strict_checking(true)?;
        }
        if let Some(bytes) = options.queue_size {
            sys::set_queue_size(&socket, bytes)?;
        }
        Ok(Self {
            socket,
            has_peers,
            tells_sender: has_peers,
        })
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        sys::borrow(&self.socket)
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Socket").field(&self.as_fd()).finish()
    }
}

impl Transport for Socket {
    #[inline]
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        retry(|| self.socket.send(datagram, Msg::empty())).map(drop)
    }

    #[inline(always)]
    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        match self.tells_sender {
            // The plain call is cheaper: there are no groups to tell apart, and nobody but the kernel
            // can have sent it.
            false => Ok(Datagram {
                len: retry(|| sys::recv(&self.socket, buffer))?,
                ..Datagram::default()
            }),
            true => retry(|| sys::recv_msg(&self.socket, buffer)),
        }
    }

    fn poll_readable(
        &mut self,
        _: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        let ready = retry(|| {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            sys::wait(&self.socket, left)
        });
        Poll::Ready(match ready {
            Ok(true) => Ok(()),
            Ok(false) => Err(io::ErrorKind::TimedOut.into()),
            Err(error) => Err(error),
        })
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        sys::switch_on(&self.socket, Switch::Pktinfo)?;
        self.tells_sender = true;
        sys::set_membership(&self.socket, group, true)
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        sys::set_membership(&self.socket, group, false)
    }

    fn drops(&mut self) -> Option<u32> {
        sys::drops(&self.socket).ok()
    }

    fn has_peers(&self) -> bool {
        self.has_peers
    }
}

/// Repeats a system call for as long as signals interrupt it.
#[inline]
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
