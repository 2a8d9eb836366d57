// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel with one family, and what it sends.

use genlkit::client::{Client, Event};
use genlkit::generated::taskdiag::{Notification, uapi};
use genlkit::transport::{Datagram, Fake, Kernel, Transport};
use genlkit::wire::{Attrs, Builder, GenlHeader, Header, Message};
use std::io;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A group beyond what a mask of 32 bits can tell.
pub(crate) const EVENTS: u32 = 77;
pub(crate) const ID: u16 = 20;

pub(crate) fn client(
    answer: impl FnMut(&mut Kernel, &Message<'_>) + Send + 'static,
) -> Client<Fake> {
    Client::with(Fake::new(answer).family("taskdiag", ID, &[("events", EVENTS)]))
}

pub(crate) fn pong(kernel: &mut Kernel, request: &Message<'_>) {
    kernel.reply(request, |reply| reply.u32(uapi::TASKDIAG_A_PING_ABI, 1));
}

/// The task that a request asks for.
pub(crate) fn pid(request: &Message<'_>) -> u32 {
    let (_, body) = GenlHeader::split(request.body()).expect("a header");
    let attr = Attrs::new(body).next().expect("an attribute");
    attr.expect("whole").u32().expect("a number")
}

/// Replies with the task that the request asks for.
pub(crate) fn task(kernel: &mut Kernel, request: &Message<'_>) {
    let pid = pid(request);
    kernel.reply(request, |reply| reply.u32(uapi::TASKDIAG_A_TASK_PID, pid));
}

pub(crate) fn tasks(kernel: &mut Kernel, request: &Message<'_>, pids: std::ops::Range<u32>) {
    for pid in pids {
        kernel.part(request, |part| part.u32(uapi::TASKDIAG_A_TASK_PID, pid));
    }
}

/// A datagram of notifications with the given sequence numbers.
pub(crate) fn events(seqs: &[u64]) -> Vec<u8> {
    events_of(ID, seqs)
}

/// The same from the family when it had another number.
pub(crate) fn events_of(kind: u16, seqs: &[u64]) -> Vec<u8> {
    let mut buffer = vec![0; 4096];
    let mut builder = Builder::new(&mut buffer);
    for &seq in seqs {
        let genl = GenlHeader {
            cmd: uapi::TASKDIAG_CMD_TASK_NTF,
            version: 1,
        };
        builder.message(
            Header {
                kind,
                ..Header::default()
            },
            |message| {
                message.bytes(&genl.to_bytes());
                message.uint(uapi::TASKDIAG_A_EVENT_SEQ, seq);
            },
        );
    }
    builder.finish().expect("room").to_vec()
}

pub(crate) fn seq_of(event: Event<Notification<'_>>) -> u64 {
    match event {
        Event::Notification {
            group,
            notification: Notification::TaskNtf(event),
        } => {
            assert_eq!(group, EVENTS);
            event.seq.expect("a number")
        }
        other => panic!("{other:?}"),
    }
}

/// Groups and losses of a transport that stands before a fake.
macro_rules! memberships_of_the_fake {
    () => {
        fn join(&mut self, group: u32) -> io::Result<()> {
            self.fake.join(group)
        }

        fn leave(&mut self, group: u32) -> io::Result<()> {
            self.fake.leave(group)
        }

        fn drops(&mut self) -> Option<u32> {
            self.fake.drops()
        }
    };
}
pub(crate) use memberships_of_the_fake;

/// A kernel that takes so long for each datagram.
pub(crate) struct Slow {
    pub(crate) fake: Fake,
    pub(crate) each: Duration,
    pub(crate) ready: Option<Instant>,
}

impl Slow {
    pub(crate) fn new(fake: Fake, each: Duration) -> Self {
        let ready = None;
        Self { fake, each, ready }
    }
}

impl Transport for Slow {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.fake.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        match self.ready {
            Some(ready) if Instant::now() >= ready => {
                self.ready = None;
                self.fake.try_recv(buffer)
            }
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        let ready = *self.ready.get_or_insert(Instant::now() + self.each);
        match deadline {
            Some(deadline) if deadline < ready => {
                std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            _ => {
                std::thread::sleep(self.each);
                self.fake.poll_readable(context, deadline)
            }
        }
    }

    memberships_of_the_fake!();
}
