// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw messages.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::PingRequest;
use genlkit::wire::{GenlHeader, flags};

#[test]
fn a_raw_request_ends_with_its_one_answer() {
    let mut client = client(pong);
    let mut answers = client
        .raw(ID, 0, |to| {
            to.bytes(&GenlHeader { cmd: 1, version: 1 }.to_bytes())
        })
        .unwrap();
    assert_eq!(answers.next().unwrap().unwrap().header.kind, ID);
    assert!(answers.next().unwrap().is_none());
}

#[test]
fn a_raw_request_for_an_ack_ends_with_the_ack() {
    let mut client = client(|kernel, request| {
        assert_eq!(request.header.flags, flags::REQUEST | flags::ACK);
        pong(kernel, request);
        kernel.error(request, 0, |_| {});
    });
    let body = GenlHeader { cmd: 1, version: 1 }.to_bytes();
    let mut answers = client.raw(ID, flags::ACK, |to| to.bytes(&body)).unwrap();
    assert!(answers.next().unwrap().is_some());
    assert!(answers.next().unwrap().is_none());
}

#[test]
fn a_raw_dump_tells_dones_errno_and_may_be_left_early() {
    let mut client = client(|kernel, request| match request.header.flags & flags::DUMP {
        flags::DUMP => {
            tasks(kernel, request, 0..3);
            kernel.done(request, libc::EINVAL, |_| {});
        }
        _ => pong(kernel, request),
    });
    let body = GenlHeader { cmd: 2, version: 1 }.to_bytes();
    for taken in 0..4 {
        let mut answers = client.raw(ID, flags::DUMP, |to| to.bytes(&body)).unwrap();
        for _ in 0..taken.min(3) {
            assert!(answers.next().unwrap().is_some());
        }
        if taken == 3 {
            let error = answers.next().unwrap_err();
            assert_eq!(
                (error.kind(), error.errno()),
                (ErrorKind::Refused, Some(libc::EINVAL))
            );
        }
        drop(answers);
        assert!(client.call(&PingRequest::new()).is_ok());
    }
}
