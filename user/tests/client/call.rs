// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that are answered once.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::{PingRequest, uapi};
use genlkit::transport::Fake;
use genlkit::wire::{Header, Message, flags};

#[test]
fn a_call_sends_one_request_without_a_forced_ack() {
    let mut client = client(pong);
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    client.call(&PingRequest::new()).unwrap();
    let sent = &client.transport().kernel().sent;
    assert_eq!(sent.len(), 3, "the family's number is asked for once");
    for request in sent {
        assert_eq!(Header::read(request).unwrap().flags, flags::REQUEST);
    }
}

#[test]
fn answers_to_other_requests_are_skipped() {
    let mut client = client(|kernel, request| {
        let old = Header {
            seq: request.header.seq.wrapping_sub(1),
            ..request.header
        };
        let stale = Message {
            header: old,
            bytes: request.bytes,
        };
        kernel.error(&stale, libc::EPERM, |_| {});
        kernel.reply(&stale, |reply| reply.u32(uapi::TASKDIAG_A_PING_ABI, 66));
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn nobody_but_the_kernel_is_believed() {
    let mut client = client(|kernel, request| {
        let mut forged = request.bytes.to_vec();
        forged.extend([8, 0, 3, 0, 66, 0, 0, 0]);
        let len = forged.len() as u32;
        forged[..4].copy_from_slice(&len.to_ne_bytes());
        kernel.datagram(&forged, 4711, 0);
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn no_answer_is_a_timeout_after_which_the_client_works() {
    let mut silent = true;
    let mut client = client(move |kernel, request| {
        if !std::mem::take(&mut silent) {
            pong(kernel, request);
        }
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn an_oversized_reply_arrives_whole() {
    let mut client = client(|kernel, request| {
        kernel.reply(request, |reply| {
            for _ in 0..10 {
                reply.attr(uapi::TASKDIAG_A_PING_PAYLOAD, [7; 60_000]);
            }
        });
    });
    let reply = client.call(&PingRequest::new()).unwrap();
    assert_eq!(reply.payload.unwrap().len(), 60_000);
}

#[test]
fn a_cut_off_reply_is_an_error_and_the_next_of_its_size_fits() {
    let mut client = client(|kernel, request| {
        let mut reply = request.bytes.to_vec();
        reply.resize((1 << 20) + 4096, 0);
        kernel.datagram(&reply, 0, 0);
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(client.call(&PingRequest::new()).is_ok());
}

#[test]
fn garbage_is_an_error_after_which_the_client_works() {
    let mut garbage = true;
    let mut client = client(move |kernel, request| match std::mem::take(&mut garbage) {
        true => kernel.datagram(&[0; 64], 0, 0),
        false => pong(kernel, request),
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn a_call_whose_answer_was_dropped_fails_at_once() {
    let mut client = client(|kernel, _| kernel.drop_datagrams(1));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
}

#[test]
fn a_call_whose_answer_came_in_spite_of_an_overrun_succeeds() {
    let mut client = client(|kernel, request| {
        pong(kernel, request);
        kernel.drop_datagrams(1);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn clients_can_be_sent_to_other_threads() {
    fn assert_send<T: Send>() {}
    assert_send::<Client>();
    assert_send::<Client<Fake>>();
}

#[test]
fn a_call_can_carry_more_flags() {
    let mut client = client(pong);
    let more = flags::CREATE | flags::EXCL;
    client.call_with(&PingRequest::new(), more).unwrap();
    let sent = client.transport().kernel().sent.last().unwrap();
    assert_eq!(Header::read(sent).unwrap().flags, flags::REQUEST | more);
}
