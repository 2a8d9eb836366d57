// SPDX-License-Identifier: MIT OR Apache-2.0

//! The client over real sockets, with a socket of user space (`NETLINK_USERSOCK`) that plays the
//! kernel, and another that plays it falsely.

use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::transport::{Datagram, Options, Socket, Transport};
use genlkit::wire::{Header, Message, Messages, flags, kind};
use genlkit_tests::raw::RawSocket;
use nix::errno::Errno;
use nix::sys::socket::NetlinkAddr;
use std::io;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// `NETLINK_USERSOCK`
const USERSOCK: u32 = 2;

/// A type of messages that no control message has.
const FAMILY: u16 = 20;

/// What the kernel that is played answers a request with: datagrams.
type Answer = fn(&Message<'_>) -> Vec<Vec<u8>>;

/// A client's socket, that of the kernel that is played, and one of somebody else.
#[derive(Debug)]
struct Played {
    socket: RawSocket,
    kernel: RawSocket,
    stranger: RawSocket,
    answer: Answer,
}

impl Played {
    fn client(answer: Answer) -> Client<Self> {
        Client::with(Self {
            socket: RawSocket::user(),
            kernel: RawSocket::user(),
            stranger: RawSocket::user(),
            answer,
        })
    }
}

impl Transport for Played {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.socket
            .send_to(&NetlinkAddr::new(self.kernel.portid(), 0), datagram)?;
        let request = self.kernel.receive().expect("it was sent").bytes;
        let client = NetlinkAddr::new(self.socket.portid(), 0);
        for message in Messages::new(&request).map_while(Result::ok) {
            self.stranger
                .send_to(&client, &message_of(&message, FAMILY, 0, b"forged"))?;
            for datagram in (self.answer)(&message) {
                self.kernel.send_to(&client, &datagram)?;
            }
        }
        Ok(())
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        let Some(datagram) = self.socket.try_receive()? else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let fits = datagram.bytes.len().min(buffer.len());
        buffer[..fits].copy_from_slice(&datagram.bytes[..fits]);
        // Whoever plays the kernel has the kernel's number, and nobody else.
        let sender = match datagram.from {
            from if from == self.kernel.portid() => 0,
            from => from,
        };
        Ok(Datagram {
            len: datagram.bytes.len(),
            sender,
            group: 0,
        })
    }

    fn poll_readable(&mut self, _: &mut Context<'_>, _: Option<Instant>) -> Poll<io::Result<()>> {
        // All that comes is there by now.
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        Ok(self.socket.join(group)?)
    }

    fn leave(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn drops(&mut self) -> Option<u32> {
        None
    }
}

/// A message that answers `request`.
fn message_of(request: &Message<'_>, kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let header = Header {
        len: u32::try_from(Header::LEN + body.len()).expect("a short message"),
        kind,
        flags,
        ..request.header
    };
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

/// What a raw request of the flags given is answered with: bodies, or why not.
fn ask(client: &mut Client<Played>, flags: u16) -> Result<Vec<Vec<u8>>, genlkit::Error> {
    let mut bodies = Vec::new();
    let mut answers = client.raw(FAMILY, flags, |to| to.bytes(b"ask!"))?;
    while let Some(answer) = answers.next()? {
        bodies.push(answer.body().to_vec());
    }
    Ok(bodies)
}

#[test]
fn row_3_a_played_kernel_sends_noop_and_overrun() {
    let mut client = Played::client(|request| {
        vec![
            message_of(request, kind::NOOP, 0, &[]),
            message_of(request, FAMILY, 0, b"real"),
        ]
    });
    assert_eq!(ask(&mut client, 0).unwrap(), [b"real"]);
    let mut client = Played::client(|request| vec![message_of(request, kind::OVERRUN, 0, &[])]);
    assert_eq!(ask(&mut client, 0).unwrap_err().kind(), ErrorKind::Overrun);
}

#[test]
fn row_4_a_played_kernel_sends_damaged_messages() {
    for len in [0u32, 15, 4096] {
        let answer: Answer = match len {
            0 => |request| vec![damaged(request, 0)],
            15 => |request| vec![damaged(request, 15)],
            _ => |request| vec![damaged(request, 4096)],
        };
        let error = ask(&mut Played::client(answer), 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "length {len}");
    }
}

fn damaged(request: &Message<'_>, len: u32) -> Vec<u8> {
    let mut bytes = message_of(request, FAMILY, 0, b"real");
    bytes[..4].copy_from_slice(&len.to_ne_bytes());
    bytes
}

#[test]
fn rows_29_and_30_a_played_kernel_sends_a_dump_in_one_datagram() {
    let mut client = Played::client(|request| {
        let mut datagram = message_of(request, FAMILY, flags::MULTI, b"one ");
        datagram.extend(message_of(request, FAMILY, flags::MULTI, b"two "));
        datagram.extend(message_of(request, kind::DONE, flags::MULTI, &[0; 4]));
        vec![datagram]
    });
    assert_eq!(ask(&mut client, flags::DUMP).unwrap(), [b"one ", b"two "]);
}

#[test]
fn row_48_what_a_stranger_sends_is_not_believed() {
    let mut client = Played::client(|request| vec![message_of(request, FAMILY, 0, b"real")]);
    assert_eq!(ask(&mut client, 0).unwrap(), [b"real"]);
    let mut silent = Played::client(|_| Vec::new());
    assert_eq!(ask(&mut silent, 0).unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn row_50_where_no_kernel_listens_the_request_is_refused_by_the_socket() {
    let options = Options::new().protocol(USERSOCK);
    let mut client = Client::open_with(&options).unwrap();
    client.set_timeout(Some(Duration::from_millis(50)));
    let error = client.raw(FAMILY, 0, |_| {}).unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Socket, Some(Errno::ECONNREFUSED as i32))
    );
}

#[test]
fn row_51_the_clients_sockets_are_of_a_type_that_netlink_has() {
    let socket = Socket::open(&Options::new().protocol(USERSOCK)).unwrap();
    let kind = nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::SockType);
    assert_eq!(kind, Ok(nix::sys::socket::SockType::Raw));
}

#[test]
fn row_7_a_request_above_the_send_buffer_is_too_long() {
    let mut client = Played::client(|_| Vec::new());
    client.transport().socket.send_buffer(4096);
    let error = client
        .raw(FAMILY, 0, |to| to.bytes(&[0; 32_000]))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLong);
}
