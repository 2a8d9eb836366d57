// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client over transports that do what a fake kernel cannot.

use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest};
use genlkit::nlctrl::NOTIFY;
use genlkit::transport::{Datagram, Fake, Transport};
use genlkit::wire::Header;
use std::io;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A kernel that lets nobody join a family's group, and sends another family's events for two seconds
/// once it was asked for anything.
struct Odd {
    fake: Fake,
    floods: bool,
    until: Instant,
    /// Whether the last receive found an event, so that the next finds none.
    received: bool,
}

impl Odd {
    fn new(floods: bool) -> Self {
        Self {
            fake: Fake::new(|_, _| {}).family("taskdiag", 20, &[("events", 7)]),
            floods,
            until: Instant::now() + Duration::from_secs(2),
            received: false,
        }
    }
}

impl Transport for Odd {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.fake.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        let found = self.fake.try_recv(buffer);
        self.received = self.floods && !self.received && Instant::now() < self.until;
        if found.is_ok() || !self.received {
            return found;
        }
        let header = Header {
            len: 16,
            kind: 99,
            ..Header::default()
        };
        buffer[..16].copy_from_slice(&header.to_bytes());
        Ok(Datagram {
            len: 16,
            sender: 0,
            group: 9,
        })
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        match Instant::now() < self.until {
            true if self.floods => Poll::Ready(Ok(())),
            _ => self.fake.poll_readable(context, deadline),
        }
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        match group {
            NOTIFY => self.fake.join(group),
            _ => Err(io::Error::from_raw_os_error(EPERM)),
        }
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.fake.leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        self.fake.drops()
    }
}

const EPERM: i32 = 1;

#[test]
fn a_group_that_asks_for_more_privilege_is_refused() {
    let error = Client::with(Odd::new(false))
        .subscribe(&FAMILY, "events")
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Refused, Some(EPERM))
    );
    assert_eq!(
        error.to_string(),
        "taskdiag: EPERM (Operation not permitted): cannot join group \"events\""
    );
}

#[test]
fn other_families_events_do_not_put_off_a_deadline() {
    let wait = Duration::from_millis(10);
    let mut client = Client::with(Odd::new(true));
    let start = Instant::now();
    let mut events = client.events::<Notification<'_>>();
    assert!(events.next_until(start + wait).unwrap().is_none());
    client.set_timeout(Some(wait));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[cfg(feature = "ynl")]
#[test]
fn so_is_one_that_is_joined_by_its_spec() {
    use genlkit::ynl::{client, specs::Specs};

    let codec = Specs::search().family("taskdiag").expect("built in");
    match client::Client::with(codec, Odd::new(false)).subscribe("events") {
        Err(client::CallError::Kernel(error)) => assert_eq!(error.kind(), ErrorKind::Refused),
        other => panic!("{other:?}"),
    }
}
