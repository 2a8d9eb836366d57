// SPDX-License-Identifier: MIT OR Apache-2.0

//! Groups, copies and full queues: rows 31, 32, 49 and 50 of docs/conformance.md, on families that
//! every kernel has.

use genlkit::wire::{flags, kind};
use genlkit_tests::{
    child::isolated,
    raw::{NetlinkOption, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::socket::NetlinkAddr,
};

const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const LOOPBACK: u32 = 1;
const IFA_LOCAL: u16 = 2;
const GETFAMILY: u8 = 3;
const FAMILY_NAME: u16 = 2;

/// A request about 127.9.9.9/8 on the loopback device (`struct ifaddrmsg`).
fn address(kind: u16) -> Request {
    let ifaddrmsg = [&[2, 8, 0, 0], LOOPBACK.to_ne_bytes().as_slice()].concat();
    Request::new(kind)
        .raw(&ifaddrmsg)
        .attr(IFA_LOCAL, &[127, 9, 9, 9])
}

#[test]
fn row_31_the_controller_ignores_echo() {
    let socket = RawSocket::generic();
    let request = Request::nlctrl(GETFAMILY).str(FAMILY_NAME, "nlctrl").ack();
    let answers = socket.ask(request.flags(flags::ECHO));
    assert_eq!(answers.kinds(), [kind::FIRST, kind::ERROR]);
}

#[test]
fn row_32_route_sends_a_copy_before_the_ack_for_echo() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let socket = RawSocket::route();
        let create = address(RTM_NEWADDR)
            .flags(flags::CREATE | flags::EXCL)
            .ack();
        // `ask` finds that the copy has the request's number and the socket's port id.
        let answers = socket.ask(create.flags(flags::ECHO));
        assert_eq!(answers.kinds(), [RTM_NEWADDR, kind::ERROR]);
        assert!(answers.messages()[1].is_ack());
        // Without the flag there is the ACK alone.
        assert!(socket.ask(address(RTM_DELADDR).ack()).single().is_ack());
    });
}

/// Two sockets in a network namespace of their own, of which the first receives what the second
/// sends to a group and has room for a few datagrams only.
fn listener_and_sender() -> (RawSocket, RawSocket) {
    unshare(CloneFlags::CLONE_NEWNET).expect("root may");
    let listener = RawSocket::user();
    listener.join(1).expect("the group is anybody's");
    listener.receive_buffer(4096);
    (listener, RawSocket::user())
}

fn group_1() -> NetlinkAddr {
    NetlinkAddr::new(0, 1)
}

/// Sends numbered messages until the listener's queue has overflowed.
fn overflow(sender: &RawSocket) -> u32 {
    let total = 100;
    for seq in 0..total {
        let message = Request::new(100).seq(seq).raw(&[0; 1000]);
        // There is no kernel socket to send it to as well (row 50).
        let sent = sender.send_to(&group_1(), &message.bytes());
        assert_eq!(sent, Err(Errno::ECONNREFUSED));
    }
    total
}

fn received(listener: &RawSocket) -> Vec<u32> {
    listener
        .answers()
        .messages()
        .iter()
        .map(|message| message.header.seq)
        .collect()
}

#[test]
fn row_49_an_overflow_is_enobufs_before_what_was_queued() {
    isolated(|| {
        let (listener, sender) = listener_and_sender();
        let total = overflow(&sender);
        assert_eq!(listener.try_receive().map(|_| ()), Err(Errno::ENOBUFS));
        // Said once; then comes what fitted, from the first.
        let queued = received(&listener);
        assert!(
            !queued.is_empty() && queued.len() < total as usize,
            "{queued:?}"
        );
        assert!(
            queued.iter().copied().eq(0..queued.len() as u32),
            "{queued:?}"
        );
        // Afterwards it is a queue as before.
        let message = Request::new(100).seq(total);
        sender
            .send_to(&group_1(), &message.bytes())
            .expect_err("as above");
        assert_eq!(received(&listener), [total]);
    });
}

#[test]
fn row_49_no_enobufs_silences_the_overflow() {
    isolated(|| {
        let (listener, sender) = listener_and_sender();
        listener.option(NetlinkOption::NO_ENOBUFS, 1);
        let total = overflow(&sender);
        let queued = received(&listener);
        assert!(
            !queued.is_empty() && queued.len() < total as usize,
            "{queued:?}"
        );
    });
}

#[test]
fn row_50_a_message_to_a_group_is_delivered_and_econnrefused() {
    isolated(|| {
        let (listener, sender) = listener_and_sender();
        let message = Request::new(100).seq(7).portid(sender.portid());
        let sent = sender.send_to(&group_1(), &message.bytes());
        assert_eq!(sent, Err(Errno::ECONNREFUSED));
        let datagram = listener.receive().expect("it was delivered");
        assert_eq!(datagram.from, sender.portid());
        assert_eq!(datagram.bytes, message.bytes());
        assert!(listener.receive().is_none());
    });
}
