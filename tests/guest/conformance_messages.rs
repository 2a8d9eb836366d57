// SPDX-License-Identifier: MIT OR Apache-2.0

//! How the kernel takes datagrams apart: rows 1 to 9, 48 and 51 of docs/conformance.md.

use genlkit::wire::{flags, kind};
use genlkit_tests::raw::{RawSocket, Request};
use nix::{
    errno::Errno,
    sys::socket::{SockProtocol, SockType},
};

const GETFAMILY: u8 = 3;
const FAMILY_NAME: u16 = 2;

fn get_family() -> Request {
    Request::nlctrl(GETFAMILY).str(FAMILY_NAME, "nlctrl")
}

#[test]
fn row_1_without_the_request_flag_a_message_is_ignored() {
    let socket = RawSocket::generic();
    assert!(socket.ask(get_family().only_flags(0)).is_empty());
    // The same with the flag is answered.
    assert_eq!(socket.ask(get_family()).kinds(), [kind::FIRST]);
}

#[test]
fn row_2_without_the_request_flag_ack_is_acked_and_not_executed() {
    let socket = RawSocket::generic();
    let answers = socket.ask(get_family().only_flags(flags::ACK));
    assert!(answers.single().is_ack());
    // Even what no family would accept.
    let nonsense = Request::new(0xffff).only_flags(flags::ACK);
    assert!(socket.ask(nonsense).single().is_ack());
}

#[test]
fn row_3_control_types_are_skipped_and_acked() {
    let socket = RawSocket::generic();
    for control in [0, kind::NOOP, kind::ERROR, kind::DONE, kind::OVERRUN, 15] {
        assert!(
            socket.ask(Request::new(control)).is_empty(),
            "type {control}"
        );
        assert!(
            socket.ask(Request::new(control).ack()).single().is_ack(),
            "type {control}"
        );
    }
    // The first type that is a family's is executed.
    assert_eq!(
        socket.ask(Request::new(16).ack()).error().errno(),
        Errno::EINVAL
    );
}

#[test]
fn row_4_after_a_message_length_that_cannot_be_the_rest_is_dropped() {
    let socket = RawSocket::generic();
    let good = get_family();
    let true_len = good.bytes().len() as u32;
    for len in [0, 1, 15, true_len + 1, u32::MAX] {
        let bad = good.clone().claim_len(len).seq(2).ack();
        socket
            .send(&Request::batch(&[good.clone().seq(1), bad]))
            .expect("it is taken");
        assert_seqs(&socket, &[1], len);
    }
    // Where the length that is too short is in the middle, what follows is not found again.
    for len in [0, 1, 15] {
        let bad = good.clone().claim_len(len).seq(2).ack();
        let batch = [good.clone().seq(1), bad, good.clone().seq(3)];
        socket.send(&Request::batch(&batch)).expect("it is taken");
        assert_seqs(&socket, &[1], len);
    }
}

fn assert_seqs(socket: &RawSocket, expected: &[u32], case: u32) {
    let answers = socket.answers();
    let seqs: Vec<u32> = answers
        .messages()
        .iter()
        .map(|message| message.header.seq)
        .collect();
    assert_eq!(seqs, expected, "with length {case}");
}

#[test]
fn row_5_fewer_bytes_than_a_header_at_the_end_are_ignored() {
    let socket = RawSocket::generic();
    for trailing in 1..16 {
        let answers = socket.ask(get_family().ack());
        assert_eq!(answers.kinds(), [kind::FIRST, kind::ERROR]);
        let bytes = [get_family().seq(7).ack().bytes(), vec![0xff; trailing]].concat();
        socket.send(&bytes).expect("the datagram is taken");
        assert_seqs(&socket, &[7, 7], trailing as u32);
    }
}

#[test]
fn row_6_an_empty_datagram_is_enodata() {
    let socket = RawSocket::generic();
    assert_eq!(socket.send(&[]), Err(Errno::ENODATA));
    assert!(socket.answers().is_empty());
}

#[test]
fn row_7_more_than_the_send_buffer_is_emsgsize() {
    let socket = RawSocket::generic();
    socket.send_buffer(8192);
    // The kernel doubles what it is asked for.
    assert_eq!(socket.send(&vec![0; 2 * 8192]), Err(Errno::EMSGSIZE));
    assert!(socket.answers().is_empty());
    let padding = vec![0; 8192];
    let first = get_family().seq(1).bytes();
    socket
        .send(&[first, padding].concat())
        .expect("half of that fits");
    assert_seqs(&socket, &[1], 8192);
}

#[test]
fn row_8_a_failure_inside_a_batch_does_not_end_it() {
    let socket = RawSocket::generic();
    let batch = Request::batch(&[
        get_family().seq(1).ack(),
        Request::new(0xffff).seq(2),
        Request::nlctrl(GETFAMILY)
            .str(FAMILY_NAME, "no such")
            .seq(3),
        get_family().seq(4),
        get_family().seq(5).ack(),
    ]);
    socket.send(&batch).expect("the datagram is taken");
    let answers = socket.answers();
    let seen: Vec<(u32, u16)> = answers
        .messages()
        .iter()
        .map(|m| (m.header.seq, m.header.kind))
        .collect();
    let (data, error) = (kind::FIRST, kind::ERROR);
    assert_eq!(
        seen,
        [
            (1, data),
            (1, error),
            (2, error),
            (3, error),
            (4, data),
            (5, data),
            (5, error)
        ]
    );
    let errnos: Vec<i32> = answers
        .messages()
        .iter()
        .filter(|message| message.header.kind == kind::ERROR)
        .map(|message| message.error().errno)
        .collect();
    assert_eq!(errnos, [0, Errno::ENOENT as i32, Errno::ENOENT as i32, 0]);
}

#[test]
fn row_9_after_an_unaligned_length_the_next_message_is_at_a_multiple_of_four() {
    let socket = RawSocket::generic();
    for name in ["a", "ab", "abcd"] {
        let odd = Request::nlctrl(GETFAMILY).str(FAMILY_NAME, name).seq(1);
        assert_ne!(odd.bytes().len() % 4, 0, "{name}");
        let batch = Request::batch(&[odd, get_family().seq(2)]);
        socket.send(&batch).expect("the datagram is taken");
        let answers = socket.answers();
        let seen: Vec<(u32, u16)> = answers
            .messages()
            .iter()
            .map(|m| (m.header.seq, m.header.kind))
            .collect();
        assert_eq!(seen, [(1, kind::ERROR), (2, kind::FIRST)], "{name}");
    }
}

#[test]
fn row_48_a_wrong_port_id_in_the_request_is_ignored() {
    let socket = RawSocket::generic();
    let other = RawSocket::generic();
    for portid in [1, other.portid(), u32::MAX] {
        // `ask` finds that the answer carries the socket's true port id.
        let answers = socket.ask(get_family().portid(portid).ack());
        assert_eq!(answers.kinds(), [kind::FIRST, kind::ERROR]);
        // The ACK repeats what was sent.
        let ack = answers.messages()[1].echoed().to_vec();
        assert_eq!(ack[12..16], portid.to_ne_bytes());
    }
    assert!(other.answers().is_empty());
}

#[test]
fn row_51_raw_and_datagram_sockets_are_the_same_and_others_do_not_exist() {
    let generic = SockProtocol::NetlinkGeneric;
    let both = [SockType::Raw, SockType::Datagram].map(|kind| {
        let socket = RawSocket::of_type(kind, generic).expect("a socket");
        let answers = socket.ask(get_family().ack());
        answers
            .messages()
            .iter()
            .map(|message| message.body().to_vec())
            .collect::<Vec<_>>()
    });
    let [raw, datagram] = &both;
    assert_eq!(raw[0], datagram[0]);
    assert_eq!(raw.len(), datagram.len());
    for kind in [SockType::Stream, SockType::SeqPacket, SockType::Rdm] {
        let error = RawSocket::of_type(kind, generic).expect_err("no such type");
        assert_eq!(error, Errno::ESOCKTNOSUPPORT, "{kind:?}");
    }
}
