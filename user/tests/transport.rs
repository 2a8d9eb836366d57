// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client over transports that do what a fake kernel cannot.

use genlkit::ErrorKind;
use genlkit::client::Client;
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest, TaskGetDump};
use genlkit::nlctrl::{GetFamilies, GetFamily, NOTIFY};
use genlkit::transport::{Datagram, Fake, Transport};
use genlkit::wire::{Header, flags};
use std::io;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A kernel that lets nobody join a family's group, and sends another family's events for two seconds.
struct Odd {
    fake: Fake,
    flood: Flood,
    until: Instant,
    /// The group that the events come by; 0 where they are sent to the client alone.
    group: u32,
    /// Who sends them, 0 for the kernel.
    sender: u32,
    /// Whether the last receive found an event.
    received: bool,
}

/// How another family's events come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flood {
    Never,
    /// Each second receive finds none.
    WithGaps,
    /// Each receive finds one.
    WithoutGaps,
}

impl Odd {
    fn new(flood: Flood) -> Self {
        Self::with(flood, Fake::new(|_, _| {}))
    }

    fn with(flood: Flood, fake: Fake) -> Self {
        Self {
            fake: fake.family("taskdiag", 20, &[("events", 7)]),
            flood,
            until: Instant::now() + Duration::from_secs(2),
            group: 9,
            sender: 0,
            received: false,
        }
    }

    /// The same, but what floods is sent by another process.
    fn of_strangers(self) -> Self {
        let (group, sender) = (0, 999);
        Self {
            group,
            sender,
            ..self
        }
    }

    fn floods(&self) -> bool {
        self.flood != Flood::Never && Instant::now() < self.until
    }
}

impl Transport for Odd {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.fake.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        let found = self.fake.try_recv(buffer);
        self.received = self.floods() && !(self.received && self.flood == Flood::WithGaps);
        let none = |error: &io::Error| error.kind() == io::ErrorKind::WouldBlock;
        if !found.as_ref().is_err_and(none) || !self.received {
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
            sender: self.sender,
            group: self.group,
        })
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        match self.floods() {
            true => Poll::Ready(Ok(())),
            false => self.fake.poll_readable(context, deadline),
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
    let error = Client::with(Odd::new(Flood::Never))
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

const WAIT: Duration = Duration::from_millis(10);

#[test]
fn other_families_events_do_not_put_off_a_deadline() {
    for flood in [Flood::WithGaps, Flood::WithoutGaps] {
        let mut client = Client::with(Odd::new(flood));
        let start = Instant::now();
        let mut events = client.events::<Notification<'_>>();
        assert!(events.next_until(start + WAIT).unwrap().is_none());
        client.set_timeout(Some(WAIT));
        let error = client.call(&PingRequest::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let first = start.elapsed();
        assert!(first < Duration::from_secs(1), "{flood:?}: {first:?}");
    }
}

#[test]
fn nor_does_what_strangers_send() {
    let endless = Fake::new(|kernel, request| kernel.part(request, |_| {}));
    let mut client = Client::with(Odd::with(Flood::WithoutGaps, endless).of_strangers());
    let start = Instant::now();
    let mut events = client.events::<Notification<'_>>();
    assert!(events.next_until(start + WAIT).unwrap().is_none());
    client.set_timeout(Some(WAIT));
    for _ in 0..2 {
        let mut dump = client.dump(&TaskGetDump::new()).unwrap();
        assert!(dump.next().unwrap().is_some());
        assert_eq!(dump.next().unwrap_err().kind(), ErrorKind::TimedOut);
    }
    let first = start.elapsed();
    assert!(first < Duration::from_secs(1), "{first:?}");
}

#[test]
fn nor_do_they_hide_that_the_answer_was_lost() {
    let lossy = Fake::new(|kernel, _| kernel.drop_datagrams(1));
    let mut client = Client::with(Odd::with(Flood::WithoutGaps, lossy));
    client.set_timeout(Some(WAIT));
    let start = Instant::now();
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_dump_whose_end_was_lost_is_not_waited_for_while_they_come() {
    let endless = Fake::new(|kernel, request| kernel.part(request, |_| {}));
    let mut client = Client::with(Odd::with(Flood::WithoutGaps, endless));
    client.set_timeout(Some(WAIT));
    let start = Instant::now();
    for _ in 0..2 {
        drop(client.dump(&TaskGetDump::new()).unwrap());
    }
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn what_is_there_behind_a_few_of_them_is_found_without_waiting() {
    let busy = Fake::new(|kernel, request| {
        let header = Header {
            len: 16,
            kind: 99,
            ..Header::default()
        };
        for _ in 0..40 {
            kernel.datagram(&header.to_bytes(), 0, 9);
        }
        kernel.reply(request, |_| {});
    });
    let mut client = Client::with(Odd::with(Flood::Never, busy));
    client.family("taskdiag").unwrap();
    client.set_timeout(Some(Duration::ZERO));
    client.call(&PingRequest::new()).unwrap();
}

#[cfg(feature = "ynl")]
#[test]
fn so_does_what_is_called_by_its_spec() {
    use genlkit::ynl::client::{Call, CallError, Client, Mode};
    use genlkit::ynl::specs::Specs;

    let ping = serde_json::Map::new();
    let call = Call::new("ping", Mode::Do, &ping);
    // Stale answers in between, and an error that answers one of the two calls.
    for (flood, refuses) in [
        (Flood::WithGaps, false),
        (Flood::WithoutGaps, false),
        (Flood::WithGaps, true),
        (Flood::WithoutGaps, true),
    ] {
        let mut refuses = refuses;
        let fake = Fake::new(move |kernel, request| {
            if std::mem::take(&mut refuses) {
                kernel.error(request, 22, |_| {});
            }
        });
        let mut odd = Odd::with(flood, fake);
        odd.group = 0;
        let codec = Specs::search().family("taskdiag").expect("built in");
        let mut client = Client::with(codec, odd);
        client.set_timeout(Some(WAIT));
        let start = Instant::now();
        match client.multi(&[call.clone(), call.clone()]) {
            Err(CallError::Kernel(error)) => assert_eq!(error.kind(), ErrorKind::TimedOut),
            Ok(answers) => assert!(answers.iter().all(Result::is_err), "{answers:?}"),
            other => panic!("{other:?}"),
        }
        assert!(start.elapsed() < Duration::from_secs(1), "{flood:?}");
    }
}

#[cfg(feature = "ynl")]
#[test]
fn so_is_one_that_is_joined_by_its_spec() {
    use genlkit::ynl::{client, specs::Specs};

    let codec = Specs::search().family("taskdiag").expect("built in");
    match client::Client::with(codec, Odd::new(Flood::Never)).subscribe("events") {
        Err(client::CallError::Kernel(error)) => assert_eq!(error.kind(), ErrorKind::Refused),
        other => panic!("{other:?}"),
    }
}

/// A kernel that for two seconds has another part of the same dump, or has lost something once more.
struct Endless {
    part: Option<Vec<u8>>,
    until: Instant,
}

impl Endless {
    fn new() -> Self {
        Self {
            part: None,
            until: Instant::now() + Duration::from_secs(2),
        }
    }
}

impl Transport for Endless {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let request = Header::read(datagram);
        let header = request.filter(|header| header.flags & flags::DUMP != 0);
        self.part = header.map(|header| {
            let part = Header {
                len: 20,
                flags: flags::MULTI,
                ..header
            };
            [part.to_bytes().as_slice(), &[1, 2, 0, 0]].concat()
        });
        Ok(())
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        if Instant::now() > self.until {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let part = self.part.as_ref();
        let part = part.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOBUFS))?;
        buffer[..part.len()].copy_from_slice(part);
        Ok(Datagram {
            len: part.len(),
            ..Datagram::default()
        })
    }

    fn poll_readable(&mut self, _: &mut Context<'_>, _: Option<Instant>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn join(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn leave(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn drops(&mut self) -> Option<u32> {
        None
    }
}

#[test]
fn neither_a_dump_nor_losses_without_an_end_put_a_deadline_off() {
    let start = Instant::now();
    let mut client = Client::with(Endless::new());
    client.set_timeout(Some(WAIT));
    for _ in 0..2 {
        let mut dump = client.dump(&GetFamilies).unwrap();
        assert!(dump.next().unwrap().is_some());
    }
    let error = client.call(&GetFamily { name: "x" }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
    let end = start.elapsed();
    assert!(end < Duration::from_secs(1), "{end:?}");
}
