// SPDX-License-Identifier: MIT OR Apache-2.0
//! Batches: one send, an answer for each request, and errors that stay with theirs.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::TaskGetRequest;
use genlkit::transport::{Datagram, Fake, Transport};
use genlkit::wire::Messages;
use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

fn requests(pids: std::ops::Range<u32>) -> impl Iterator<Item = TaskGetRequest> {
    pids.map(|pid| TaskGetRequest::new().pid(pid))
}

#[test]
fn a_batch_is_one_send_for_32_requests_and_has_an_answer_for_each() {
    let mut client = client(task);
    let mut batch = client.batch(requests(0..100));
    for pid in 0..100 {
        assert_eq!(batch.next().unwrap().unwrap().pid, Some(pid));
    }
    assert!(batch.next().is_none());
    let sent = &client.transport().kernel().sent;
    let counts: Vec<_> = sent
        .iter()
        .map(|sent| Messages::new(sent).count())
        .collect();
    assert_eq!(counts, [1, 32, 32, 32, 4], "the first asks for the family");
}

#[test]
fn a_slice_of_requests_can_be_lent_to_a_batch() {
    let mut client = client(task);
    let requests: Vec<_> = requests(7..9).collect();
    let mut batch = client.batch(&requests).window(1);
    assert_eq!(batch.next().unwrap().unwrap().pid, Some(7));
    assert_eq!(batch.next().unwrap().unwrap().pid, Some(8));
    assert!(batch.next().is_none());
}

#[test]
fn an_error_in_a_batch_is_its_requests_and_names_its_attribute() {
    let mut client = client(|kernel, request| match pid(request) {
        2 => kernel.error(request, libc::ESRCH, |extack| {
            extack.str(1, b"no such task");
            extack.u32(2, 16 + 4);
        }),
        _ => task(kernel, request),
    });
    let mut batch = client.batch(requests(0..5));
    for asked in 0..5 {
        match (asked, batch.next().unwrap()) {
            (2, Err(error)) => {
                assert_eq!(error.errno(), Some(libc::ESRCH));
                assert_eq!(error.attribute(), Some("pid"));
            }
            (_, answer) => assert_eq!(answer.unwrap().pid, Some(asked)),
        }
    }
    assert!(batch.next().is_none());
}

#[test]
fn a_request_without_an_answer_does_not_hold_up_those_after_it() {
    let mut client = client(|kernel, request| match pid(request) {
        1 => {}
        _ => task(kernel, request),
    });
    let mut batch = client.batch(requests(0..3));
    assert!(batch.next().unwrap().is_ok());
    let error = batch.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(batch.next().unwrap().unwrap().pid, Some(2));
    assert!(batch.next().is_none());
}

#[test]
fn answers_that_were_dropped_are_told_for_each_request() {
    let mut client = client(|kernel, request| match pid(request) {
        0..2 => task(kernel, request),
        _ => kernel.drop_datagrams(1),
    });
    let mut batch = client.batch(requests(0..4));
    assert!(batch.next().unwrap().is_ok());
    assert!(batch.next().unwrap().is_ok());
    for _ in 2..4 {
        let error = batch.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overrun);
    }
    assert!(batch.next().is_none());
}

#[test]
fn a_batch_that_is_dropped_leaves_the_client_usable() {
    let mut client = client(task);
    for taken in 0..40 {
        let mut batch = client.batch(requests(0..40));
        for _ in 0..taken {
            batch.next().unwrap().unwrap();
        }
        drop(batch);
        let task = client.call(&TaskGetRequest::new().pid(99)).unwrap();
        assert_eq!(task.pid, Some(99));
    }
}

#[test]
fn a_batch_for_a_family_that_was_loaded_anew_is_sent_again() {
    let mut client = client(|kernel, request| match request.header.kind {
        30 => task(kernel, request),
        _ => {
            kernel.register("taskdiag", 30, &[]);
            kernel.error(request, libc::ENOENT, |_| {});
        }
    });
    let mut batch = client.batch(requests(0..40));
    for pid in 0..40 {
        assert_eq!(batch.next().unwrap().unwrap().pid, Some(pid));
    }
}

#[test]
fn a_batch_is_not_sent_again_where_one_request_had_an_effect() {
    let mut client = client(|kernel, request| match pid(request) {
        2 => task(kernel, request),
        _ => kernel.error(request, libc::ENOENT, |_| {}),
    });
    let mut batch = client.batch(requests(0..4));
    for asked in 0..4 {
        let answer = batch.next().unwrap();
        match asked {
            2 => assert_eq!(answer.unwrap().pid, Some(2)),
            _ => assert_eq!(answer.unwrap_err().errno(), Some(libc::ENOENT)),
        }
    }
    assert!(batch.next().is_none());
    let sent = &client.transport().kernel().sent;
    let messages = sent.iter().flat_map(|sent| Messages::new(sent));
    let asked = messages.filter(|message| message.is_ok_and(|message| message.header.kind == ID));
    assert_eq!(asked.count(), 4);
}

#[test]
fn what_fails_behind_refusals_that_may_mean_a_reload_is_told_where_it_failed() {
    let mut client = client(|kernel, request| match pid(request) {
        2 => kernel.datagram(&[5; 40], 0, 0),
        _ => kernel.error(request, libc::ENOENT, |_| {}),
    });
    let mut batch = client.batch(requests(0..4));
    for asked in 0..4 {
        let error = batch.next().unwrap().unwrap_err();
        match asked {
            2 => assert_eq!(error.kind(), ErrorKind::Malformed),
            _ => assert_eq!(error.errno(), Some(libc::ENOENT)),
        }
    }
    assert!(batch.next().is_none());
}

/// A transport that the system lets send nothing, so many times.
struct Full {
    fake: Fake,
    left: u32,
}

impl Transport for Full {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Err(io::Error::from_raw_os_error(libc::ENOBUFS))
            }
            None => self.fake.send(datagram),
        }
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        self.fake.try_recv(buffer)
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        self.fake.poll_readable(context, deadline)
    }

    memberships_of_the_fake!();
}

#[test]
fn a_request_that_is_told_not_to_be_sent_is_not_sent_with_those_after_it() {
    let mut client = Client::with(Full {
        fake: Fake::new(task).family("taskdiag", ID, &[]),
        left: 0,
    });
    client.family("taskdiag").unwrap();
    client.transport().left = 2;
    let mut batch = client.batch(requests(0..5));
    for asked in 0..5 {
        match (asked, batch.next().unwrap()) {
            (0 | 1, answer) => assert_eq!(answer.unwrap_err().kind(), ErrorKind::Socket),
            (_, answer) => assert_eq!(answer.unwrap().pid, Some(asked)),
        }
    }
    assert!(batch.next().is_none());
    let sent = client.transport().fake.kernel().sent.pop().unwrap();
    let sent = Messages::new(&sent).map(Result::unwrap);
    assert!(sent.map(|request| pid(&request)).eq(2..5));
}
