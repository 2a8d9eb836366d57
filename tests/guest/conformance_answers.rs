// SPDX-License-Identifier: MIT OR Apache-2.0

//! ACKs, errors and what they carry: rows 24 and 33 to 35 of docs/conformance.md, on families that
//! every kernel has.

use genlkit::wire::{Header, flags, kind};
use genlkit_tests::raw::{NetlinkOption, RawSocket, Request};
use nix::errno::Errno;

const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_NAME: u16 = 2;
/// An operation that is checked strictly, whatever it is.
const STRICT: u8 = GETPOLICY + 1;

fn get_family() -> Request {
    Request::nlctrl(GETFAMILY).str(FAMILY_NAME, "nlctrl")
}

fn unknown_family() -> Request {
    Request::nlctrl(GETFAMILY).str(FAMILY_NAME, "no such family")
}

#[test]
fn row_24_the_ack_follows_the_reply() {
    let socket = RawSocket::generic();
    let answers = socket.ask(get_family().ack());
    assert_eq!(answers.kinds(), [kind::FIRST, kind::ERROR]);
    assert!(answers.messages()[1].is_ack());
    // Each in a datagram of its own, neither a part of several.
    assert_eq!(answers.datagrams().len(), 2);
    assert!(
        answers
            .messages()
            .iter()
            .all(|message| !message.has(flags::MULTI))
    );
    // Without the flag there is the reply alone, and an error comes in any case.
    assert_eq!(socket.ask(get_family()).kinds(), [kind::FIRST]);
    assert_eq!(socket.ask(unknown_family()).error().errno(), Errno::ENOENT);
}

#[test]
fn row_24_a_request_that_failed_is_answered_once() {
    let socket = RawSocket::generic();
    assert_eq!(
        socket.ask(unknown_family().ack()).error().errno(),
        Errno::ENOENT
    );
}

#[test]
fn row_33_the_ack_of_a_success_is_capped_always() {
    for cap_ack in [0, 1] {
        let socket = RawSocket::generic();
        socket.option(NetlinkOption::CAP_ACK, cap_ack);
        let answers = socket.ask(get_family().ack());
        let ack = &answers.messages()[1];
        assert!(ack.has(flags::CAPPED), "CAP_ACK {cap_ack}");
        assert_eq!(ack.body().len(), 4 + Header::LEN);
        // What is left is the request's header, with the request's length.
        let request = Header::read(ack.echoed()).expect("a header");
        assert_eq!(request.len as usize, get_family().bytes().len());
        assert_eq!(request.flags, flags::REQUEST | flags::ACK);
    }
}

#[test]
fn row_34_an_error_repeats_the_request() {
    let socket = RawSocket::generic();
    let request = unknown_family();
    let answers = socket.ask(request.clone());
    let error = answers.single();
    assert!(!error.has(flags::CAPPED));
    assert_eq!(error.echoed(), request.seq(error.header.seq).bytes());
}

#[test]
fn row_34_cap_ack_leaves_the_header_of_it() {
    let socket = RawSocket::generic();
    socket.option(NetlinkOption::CAP_ACK, 1);
    let request = Request::nlctrl(STRICT).reserved(1).raw(&[0; 400]);
    let answers = socket.ask(request.clone());
    let error = answers.single();
    assert!(error.has(flags::CAPPED));
    assert_eq!(
        error.echoed(),
        &request.seq(error.header.seq).bytes()[..Header::LEN]
    );
    // What is beside the errno comes straight after it.
    assert_eq!(error.error().text, "genlmsghdr.reserved field is not 0");
    assert!(error.header.len < 100);
}

#[test]
fn row_35_without_the_option_an_error_has_no_attributes() {
    let socket = RawSocket::generic();
    let request = Request::nlctrl(STRICT).reserved(1);
    let with = socket.ask(request.clone());
    assert!(with.single().has(flags::ACK_TLVS));
    assert_eq!(with.error().text, "genlmsghdr.reserved field is not 0");
    socket.option(NetlinkOption::EXT_ACK, 0);
    let without = socket.ask(request.clone());
    assert!(!without.single().has(flags::ACK_TLVS));
    assert_eq!(without.error().errno(), Errno::EINVAL);
    assert_eq!(without.single().body().len(), 4 + request.bytes().len());
}

#[test]
fn row_35_an_error_names_the_attribute_and_its_policy() {
    let socket = RawSocket::generic();
    let request = Request::nlctrl(GETPOLICY).str(FAMILY_NAME, "nlctrl").dump();
    let offset = request.next_offset();
    // CTRL_ATTR_FAMILY_ID is a 16-bit number.
    let error = socket.ask(request.attr(1, &[0; 4])).error();
    assert_eq!(error.errno(), Errno::EINVAL);
    assert_eq!(error.offset, Some(offset));
    assert!(error.policy, "{error:?}");
    assert_eq!(error.missing, None);
}

#[test]
fn row_35_a_success_without_text_has_no_attributes() {
    let socket = RawSocket::generic();
    let answers = socket.ask(get_family().ack());
    assert!(!answers.messages()[1].has(flags::ACK_TLVS));
}
