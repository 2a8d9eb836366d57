// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows about what is sent: a client that asks rightly never sees what the kernel does otherwise.

use super::super::support::*;
use super::reply_bytes;
use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::{ConfigSetRequest, PingRequest, TaskGetDump, uapi};
use genlkit::transport::Fake;
use genlkit::wire::{GenlHeader, Header, Message, flags};

/// A client that has pinged and dumped, and what it sent for each but what finds the family.
fn talkative() -> (Client<Fake>, Vec<Vec<u8>>) {
    let mut client = client(|kernel, request| match request.header.flags & flags::DUMP {
        flags::DUMP => kernel.done(request, 0, |_| {}),
        _ => pong(kernel, request),
    });
    client.call(&PingRequest::new()).unwrap();
    drop(client.dump(&TaskGetDump::new()).unwrap());
    let sent = client.transport().kernel().sent[1..].to_vec();
    (client, sent)
}

#[test]
fn row_1_every_request_has_the_request_flag() {
    let (mut client, mut sent) = talkative();
    drop(
        client
            .raw(ID, 0, |to| {
                to.bytes(&GenlHeader { cmd: 1, version: 1 }.to_bytes())
            })
            .unwrap(),
    );
    client.call_with(&PingRequest::new(), flags::ECHO).unwrap();
    sent.extend_from_slice(&client.transport().kernel().sent[3..]);
    assert_eq!(sent.len(), 4);
    for request in sent {
        assert_ne!(Header::read(&request).unwrap().flags & flags::REQUEST, 0);
    }
}

#[test]
fn row_2_an_ack_is_not_taken_for_a_reply() {
    let mut client = client(|kernel, request| kernel.error(request, 0, |_| {}));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn row_7_a_request_that_no_message_can_hold_is_too_long() {
    let mut client = client(pong);
    let payload = vec![0; 70_000];
    let error = client
        .call(&PingRequest::new().payload(&payload))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLong);
    assert!(client.call(&PingRequest::new()).is_ok());
}

#[test]
fn rows_12_and_13_every_request_has_a_whole_header_with_nothing_reserved_in_it() {
    let (_, sent) = talkative();
    for request in sent {
        assert!(request.len() >= 20);
        assert_eq!(request[18..20], [0, 0]);
    }
}

#[test]
fn row_12_a_reply_shorter_than_its_header_is_malformed() {
    for len in 16..20 {
        let mut client = client(move |kernel, request| {
            let mut short = request.bytes[..len].to_vec();
            short[..4].copy_from_slice(&u32::try_from(len).unwrap().to_ne_bytes());
            kernel.datagram(&short, 0, 0);
        });
        let error = client.call(&PingRequest::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{len} bytes");
    }
}

#[test]
fn rows_14_and_18_the_reserved_field_and_the_version_of_a_reply_are_not_checked() {
    let mut client = client(|kernel, request| {
        let mut reply = reply_bytes(
            request,
            &super::attr(uapi::TASKDIAG_A_PING_ABI, &[3, 0, 0, 0]),
        );
        reply[17..20].fill(0xff);
        kernel.datagram(&reply, 0, 0);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(3));
}

#[test]
fn rows_15_and_16_a_dump_has_both_bits_and_no_request_has_a_flag_that_nobody_asked_for() {
    let (mut client, sent) = talkative();
    let sent_flags = |request: &Vec<u8>| Header::read(request).unwrap().flags;
    let all: Vec<u16> = sent.iter().map(sent_flags).collect();
    assert_eq!(all, [flags::REQUEST, flags::REQUEST | flags::DUMP]);
    assert_eq!(flags::DUMP, 0x300, "NLM_F_ROOT and NLM_F_MATCH");
    let more = flags::CREATE | flags::APPEND;
    client.call_with(&PingRequest::new(), more).unwrap();
    let last = client.transport().kernel().sent.last().cloned();
    assert_eq!(last.as_ref().map(sent_flags), Some(flags::REQUEST | more));
}

#[test]
fn row_17_a_raw_dump_with_more_flags_is_sent_with_them() {
    const ATOMIC: u16 = 0x400;
    let mut client = client(|kernel, request| {
        assert_eq!(request.header.flags, flags::REQUEST | flags::DUMP | ATOMIC);
        kernel.done(request, 0, |_| {});
    });
    let mut parts = client.raw(ID, flags::DUMP | ATOMIC, |_| {}).unwrap();
    assert!(parts.next().unwrap().is_none());
}

#[test]
fn row_18_every_request_has_the_version_of_its_family() {
    let (_, sent) = talkative();
    for request in sent {
        assert_eq!(request[17], uapi::TASKDIAG_FAMILY_VERSION);
    }
}

#[test]
fn row_24_an_ack_that_was_asked_for_after_a_reply_is_left_over_and_skipped() {
    let mut client = client(|kernel, request| {
        pong(kernel, request);
        if request.header.flags & flags::ACK != 0 {
            kernel.error(request, 0, |_| {});
        }
    });
    for more in [flags::ACK, 0, flags::ACK] {
        let reply = client.call_with(&PingRequest::new(), more).unwrap();
        assert_eq!(reply.abi, Some(1));
    }
}

#[test]
fn row_24_what_has_no_reply_asks_for_an_ack() {
    let mut client = client(|kernel, request: &Message<'_>| {
        assert_eq!(request.header.flags, flags::REQUEST | flags::ACK);
        kernel.error(request, 0, |_| {});
    });
    client.call(&ConfigSetRequest::new()).unwrap();
}

#[test]
fn row_48_no_request_claims_a_port_id_and_that_of_a_reply_is_not_looked_at() {
    let (_, sent) = talkative();
    for request in sent {
        assert_eq!(Header::read(&request).unwrap().portid, 0);
    }
    let mut client = client(|kernel, request| {
        let portid = 0xdead_beef;
        let claimed = super::with_header(
            request,
            Header {
                portid,
                ..request.header
            },
        );
        pong(kernel, &claimed);
    });
    assert!(client.call(&PingRequest::new()).is_ok());
}
