// SPDX-License-Identifier: MIT OR Apache-2.0

//! A netlink socket that sends any bytes at all, and answers as they came.
//!
//! The kernel handles a netlink message inside `sendmsg`, and makes the next part of a dump inside
//! `recvmsg`. So what is to come is there when a call returns, and nothing here ever waits: a
//! message that is not in the queue will not come.

mod answers;
mod family;
mod options;
mod request;

pub use answers::{Answers, Error, Received};
pub use family::Family;
pub use options::NetlinkOption;
pub use request::{Body, Request};

use nix::{
    errno::Errno,
    sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, getsockname,
        recv, recvmsg, sendto, setsockopt, socket, sockopt,
    },
};
use std::{
    cell::Cell,
    io::IoSliceMut,
    os::fd::{AsRawFd as _, OwnedFd},
};

/// A netlink socket.
#[derive(Debug)]
pub struct RawSocket {
    fd: OwnedFd,
    seq: Cell<u32>,
}

/// What one `recvmsg` returned.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// The port id of the sender, 0 for the kernel.
    pub from: u32,
    /// The bytes, all of them.
    pub bytes: Vec<u8>,
}

impl RawSocket {
    /// Opens a generic netlink socket with extended ACKs.
    pub fn generic() -> Self {
        Self::open(SockProtocol::NetlinkGeneric)
    }

    /// Opens a route socket with extended ACKs.
    pub fn route() -> Self {
        Self::open(SockProtocol::NetlinkRoute)
    }

    /// Opens a socket of the protocol that is free for user space.
    pub fn user() -> Self {
        Self::open(SockProtocol::NetlinkUserSock)
    }

    /// Opens a socket of a protocol, with extended ACKs and a port id of its own.
    ///
    /// # Panics
    ///
    /// If the kernel has no such protocol.
    pub fn open(protocol: SockProtocol) -> Self {
        let socket = Self::of_type(SockType::Raw, protocol).expect("a netlink socket");
        socket.option(NetlinkOption::EXT_ACK, 1);
        socket
    }

    /// Opens a socket of a type and protocol as the kernel makes it.
    ///
    /// # Errors
    ///
    /// What the kernel refuses it with.
    pub fn of_type(kind: SockType, protocol: SockProtocol) -> Result<Self, Errno> {
        let fd = socket(
            AddressFamily::Netlink,
            kind,
            SockFlag::SOCK_CLOEXEC,
            protocol,
        )?;
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        Ok(Self {
            fd,
            seq: Cell::new(0),
        })
    }

    /// The socket's port id.
    pub fn portid(&self) -> u32 {
        let address: NetlinkAddr = getsockname(self.fd.as_raw_fd()).expect("it is bound");
        address.pid()
    }

    /// Sets an option of the netlink layer.
    ///
    /// # Panics
    ///
    /// If the kernel refuses it.
    pub fn option(&self, option: NetlinkOption, value: i32) {
        self.try_option(option, value)
            .expect("the kernel knows the option");
    }

    /// Sets an option of the netlink layer.
    ///
    /// # Errors
    ///
    /// What the kernel refuses it with.
    pub fn try_option(&self, option: NetlinkOption, value: i32) -> Result<(), Errno> {
        setsockopt(&self.fd, option, &value)
    }

    /// Joins a multicast group.
    ///
    /// # Errors
    ///
    /// What the kernel refuses it with.
    pub fn join(&self, group: u32) -> Result<(), Errno> {
        self.try_option(NetlinkOption::ADD_MEMBERSHIP, group.cast_signed())
    }

    /// Sets how many bytes can wait for being received, as the kernel counts them.
    pub fn receive_buffer(&self, bytes: usize) {
        setsockopt(&self.fd, sockopt::RcvBuf, &bytes).expect("any size is taken");
    }

    /// Sets how many bytes can be sent at once.
    pub fn send_buffer(&self, bytes: usize) {
        setsockopt(&self.fd, sockopt::SndBuf, &bytes).expect("any size is taken");
    }

    /// Sends bytes to the kernel as they are.
    ///
    /// # Errors
    ///
    /// What the kernel refuses the datagram with; what it thinks of its messages comes as answers.
    pub fn send(&self, bytes: &[u8]) -> Result<usize, Errno> {
        self.send_to(&NetlinkAddr::new(0, 0), bytes)
    }

    /// Sends bytes to a port id and groups, given as a mask.
    ///
    /// # Errors
    ///
    /// What the kernel refuses the datagram with.
    pub fn send_to(&self, to: &NetlinkAddr, bytes: &[u8]) -> Result<usize, Errno> {
        sendto(self.fd.as_raw_fd(), bytes, to, MsgFlags::empty())
    }

    /// Takes a datagram out of the queue, if there is one.
    ///
    /// # Errors
    ///
    /// What the kernel has to say instead: `ENOBUFS` after a datagram was lost.
    pub fn try_receive(&self) -> Result<Option<Datagram>, Errno> {
        self.try_receive_into(1 << 20)
    }

    /// As [`try_receive`](Self::try_receive), with a buffer of some bytes; from the largest one so
    /// far the kernel learns how large the parts of a dump can be.
    ///
    /// # Errors
    ///
    /// What the kernel has to say instead: `ENOBUFS` after a datagram was lost.
    ///
    /// # Panics
    ///
    /// If the datagram is larger.
    pub fn try_receive_into(&self, len: usize) -> Result<Option<Datagram>, Errno> {
        let mut bytes = vec![0; len];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        let mut slices = [IoSliceMut::new(&mut bytes)];
        let received = recvmsg::<NetlinkAddr>(self.fd.as_raw_fd(), &mut slices, None, flags)
            .map(|received| (received.bytes, received.address));
        match received {
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno),
            Ok((len, from)) => {
                assert!(len <= bytes.len(), "a datagram of {len} bytes");
                bytes.truncate(len);
                Ok(Some(Datagram {
                    from: from.map_or(0, |from| from.pid()),
                    bytes,
                }))
            }
        }
    }

    /// Takes a datagram out of the queue into a buffer, without allocating; its length, if there is one.
    ///
    /// # Errors
    ///
    /// As [`try_receive`](Self::try_receive).
    pub fn receive_into(&self, bytes: &mut [u8]) -> Result<Option<usize>, Errno> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        match recv(self.fd.as_raw_fd(), bytes, flags) {
            Err(Errno::EAGAIN) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Takes a datagram out of the queue, if there is one.
    ///
    /// # Panics
    ///
    /// If the kernel reports an error instead.
    pub fn receive(&self) -> Option<Datagram> {
        self.try_receive().expect("nothing was lost")
    }

    /// Takes everything out of the queue.
    pub fn answers(&self) -> Answers {
        self.answers_into(1 << 20)
    }

    /// Takes everything out of the queue, with a buffer of some bytes for each datagram.
    pub fn answers_into(&self, len: usize) -> Answers {
        let receive = || self.try_receive_into(len).expect("nothing was lost");
        Answers::new(std::iter::from_fn(receive).collect())
    }

    /// A number for the next request.
    pub fn next_seq(&self) -> u32 {
        self.seq.set(self.seq.get() + 1);
        self.seq.get()
    }

    /// Sends a request with a number of its own and takes all that comes back.
    ///
    /// # Panics
    ///
    /// If it cannot be sent, or if something comes back that is not for this request.
    pub fn ask(&self, request: Request) -> Answers {
        let seq = self.next_seq();
        self.send(&request.seq(seq).bytes()).expect("it is sent");
        let answers = self.answers();
        for answer in answers.messages() {
            assert_eq!(
                answer.header.seq, seq,
                "an answer to something else: {answer:?}"
            );
            assert_eq!(
                answer.header.portid,
                self.portid(),
                "an answer for somebody else"
            );
        }
        answers
    }

    /// Asks for the family of a name.
    ///
    /// # Panics
    ///
    /// If the kernel does not have it.
    pub fn family(&self, name: &str) -> Family {
        Family::find(self, name).unwrap_or_else(|| panic!("the kernel has the family {name}"))
    }

    /// The file descriptor.
    pub fn as_fd(&self) -> &OwnedFd {
        &self.fd
    }
}

/// The number of an errno as an answer carries it.
pub fn errno(errno: Errno) -> i32 {
    errno as i32
}
