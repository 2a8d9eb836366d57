// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw messages.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::PingRequest;
use genlkit::transport::Fake;
use genlkit::wire::{GenlHeader, Header, Message, flags};
use std::time::{Duration, Instant};

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

#[test]
fn a_function_is_handed_what_answers_a_raw_request_parts_of_a_dump_or_not() {
    let mut client = client(|kernel, request| {
        kernel.reply(request, |_| {});
        tasks(kernel, request, 0..2);
        kernel.reply(request, |_| {});
        kernel.done(request, libc::EINVAL, |_| {});
    });
    let body = GenlHeader { cmd: 2, version: 1 }.to_bytes();
    let flags = flags::DUMP | flags::ACK;
    let mut answers = client.raw(ID, flags, |to| to.bytes(&body)).unwrap();
    let mut seen = Vec::new();
    let ended = answers.try_for_each(|message| {
        seen.push(message.header.flags);
        Ok::<_, genlkit::Error>(())
    });
    assert_eq!(ended.unwrap_err().errno(), Some(libc::EINVAL));
    assert_eq!(seen, [0, flags::MULTI, flags::MULTI, 0]);
    let mut seen = 0;
    let mut count = |_: &Message<'_>| {
        seen += 1;
        Ok::<_, genlkit::Error>(())
    };
    answers.try_for_each(&mut count).unwrap();
    drop(answers);
    let once = client.raw(ID, 0, |to| to.bytes(&body));
    once.unwrap().try_for_each(&mut count).unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn each_message_of_a_dump_has_as_long_as_the_first_and_none_has_longer_than_the_deadline() {
    const EACH: Duration = Duration::from_millis(20);
    let fake = Fake::new(|kernel, request| {
        tasks(kernel, request, 0..5);
        kernel.done(request, 0, |_| {});
    });
    let mut client = Client::with(Slow::new(fake, EACH));
    let body = GenlHeader { cmd: 2, version: 1 }.to_bytes();
    client.set_timeout(Some(4 * EACH));
    let mut entries = client.raw(ID, flags::DUMP, |to| to.bytes(&body)).unwrap();
    let mut count = 0;
    while entries.next().unwrap().is_some() {
        count += 1;
    }
    drop(entries);
    assert_eq!(count, 5);
    client.set_deadline(Some(Instant::now() + 4 * EACH));
    let mut entries = client.raw(ID, flags::DUMP, |to| to.bytes(&body)).unwrap();
    let ended = entries.try_for_each(|_| Ok::<_, genlkit::Error>(()));
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn behind_the_one_answer_of_a_raw_request_there_is_none_in_its_datagram() {
    let mut client = client(|kernel, request| {
        kernel.queue(|queue| {
            queue.message(request.header, |_| {});
            let part = Header {
                flags: flags::MULTI,
                ..request.header
            };
            queue.message(part, |_| {});
        });
    });
    let mut answers = client.raw(ID, 0, |_| {}).unwrap();
    assert!(answers.next().unwrap().is_some());
    assert!(answers.next().unwrap().is_none());
}
