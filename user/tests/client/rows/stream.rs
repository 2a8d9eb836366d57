// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows about datagrams and the messages in them, as no kernel but a hostile one sends them.

use super::super::support::*;
use super::{attr, reply_bytes};
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::{PingRequest, TaskGetDump, TaskGetRequest, uapi};
use genlkit::transport::Kernel;
use genlkit::wire::{Header, Message, kind};

fn abi(value: u8) -> Vec<u8> {
    attr(uapi::TASKDIAG_A_PING_ABI, &[value, 0, 0, 0])
}

/// Queues a message of a control type that answers `request`.
fn control(kernel: &mut Kernel, request: &Message<'_>, kind: u16) {
    let header = Header {
        kind,
        ..request.header
    };
    kernel.queue(|queue| queue.message(header, |body| body.bytes(&[0; 4])));
}

#[test]
fn row_3_noop_and_control_types_that_nobody_defined_are_skipped() {
    let mut client = client(|kernel, request| {
        control(kernel, request, kind::NOOP);
        for undefined in kind::OVERRUN + 1..kind::FIRST {
            control(kernel, request, undefined);
        }
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn row_3_an_overrun_message_ends_the_request_that_it_answers() {
    let mut client = client(|kernel, request| {
        control(kernel, request, kind::OVERRUN);
        tasks(kernel, request, 0..1);
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert_eq!(dump.next().unwrap_err().kind(), ErrorKind::Overrun);
    assert!(dump.next().unwrap().is_none());
}

#[test]
fn row_3_the_end_of_a_dump_answers_no_call() {
    let mut client = client(|kernel, request| control(kernel, request, kind::DONE));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn row_4_a_message_length_that_cannot_be_is_malformed_and_the_next_answer_is_read() {
    for len in [0u32, 1, 15, 29, 1000, u32::MAX] {
        let mut damaged = true;
        let mut client = client(move |kernel, request| {
            let mut reply = reply_bytes(request, &abi(1));
            if std::mem::take(&mut damaged) {
                reply[..4].copy_from_slice(&len.to_ne_bytes());
            }
            kernel.datagram(&reply, 0, 0);
        });
        let error = client.call(&PingRequest::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "length {len}");
        assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    }
}

#[test]
fn row_5_fewer_bytes_than_a_header_at_the_end_are_ignored() {
    for extra in 1..16 {
        let mut client = client(move |kernel, request| {
            let mut reply = reply_bytes(request, &abi(1));
            reply.resize(reply.len() + extra, 0xff);
            kernel.datagram(&reply, 0, 0);
        });
        for _ in 0..2 {
            assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
        }
    }
}

#[test]
fn row_6_an_empty_datagram_is_no_answer() {
    let mut client = client(|kernel, request| {
        kernel.datagram(&[], 0, 0);
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn row_8_a_failure_inside_a_batch_is_its_requests_alone() {
    let mut count = 0;
    let mut client = client(move |kernel, request| {
        count += 1;
        match count {
            2 => kernel.error(request, libc::ESRCH, |_| {}),
            _ => tasks(kernel, request, count..count + 1),
        }
    });
    let mut batch = client.batch((1..4).map(|pid| TaskGetRequest::new().pid(pid)));
    assert_eq!(batch.next().unwrap().unwrap().pid, Some(1));
    let error = batch.next().unwrap().unwrap_err();
    assert_eq!(error.errno(), Some(libc::ESRCH));
    assert_eq!(batch.next().unwrap().unwrap().pid, Some(3));
    assert!(batch.next().is_none());
}

#[test]
fn row_9_after_an_unaligned_length_the_next_message_is_at_a_multiple_of_four() {
    let mut client = client(|kernel, request| {
        let mut stale = reply_bytes(request, &[1, 2, 3]);
        stale[0] = 23;
        stale[8..12].copy_from_slice(&request.header.seq.wrapping_sub(1).to_ne_bytes());
        stale.extend(reply_bytes(request, &abi(4)));
        kernel.datagram(&stale, 0, 0);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(4));
}
