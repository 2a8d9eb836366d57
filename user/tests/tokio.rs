// SPDX-License-Identifier: MIT OR Apache-2.0
//! The asynchronous client, on the kernel that the tests run on and on a fake.
#![cfg(feature = "tokio")]

use genlkit::client::{AsyncClient, Event};
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest, uapi};
use genlkit::nlctrl::{self, GetFamilies, GetFamily};
use genlkit::transport::{Datagram, Fake, Options, TokioSocket, Transport};
use genlkit::{Error, ErrorKind};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

const CONTROLLER: GetFamily<'_> = GetFamily { name: "nlctrl" };

#[tokio::test]
async fn calls_dumps_and_batches_are_answered() -> Result<(), Error> {
    let mut client = AsyncClient::open()?;
    assert_eq!(client.call(&CONTROLLER).await?.id, Some(nlctrl::ID));
    let mut families = client.dump(&GetFamilies).await?;
    let mut found = false;
    while let Some(family) = families.next().await? {
        found |= family.id == Some(nlctrl::ID);
    }
    drop(families);
    assert!(found);
    let mut batch = client.batch([CONTROLLER; 40]);
    for _ in 0..40 {
        assert_eq!(batch.next().await.unwrap()?.id, Some(nlctrl::ID));
    }
    assert!(batch.next().await.is_none());
    Ok(())
}

#[tokio::test]
async fn errors_tell_what_the_kernel_says() {
    let mut client = AsyncClient::open().unwrap();
    let name = "a-name-that-is-too-long";
    let error = client.call(&GetFamily { name }).await.unwrap_err();
    assert_eq!(error.attribute(), Some("family-name"));
    let error = client.family("genlkit-none").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_dump_that_is_dropped_half_way_leaves_the_client_usable() -> Result<(), Error> {
    let mut client = AsyncClient::open()?;
    for taken in 0..20 {
        let mut families = client.dump(&GetFamilies).await?;
        for _ in 0..taken {
            families.next().await?;
        }
        drop(families);
        assert_eq!(client.call(&CONTROLLER).await?.id, Some(nlctrl::ID));
    }
    Ok(())
}

#[tokio::test]
async fn events_are_waited_for_up_to_the_deadline_and_may_be_cancelled() {
    let mut client = AsyncClient::open_with(&Options::new()).unwrap();
    client.subscribe(&nlctrl::FAMILY, "notify").await.unwrap();
    for _ in 0..2 {
        let mut events = client.events::<nlctrl::Notification<'_>>();
        let start = Instant::now();
        let until = start + Duration::from_millis(30);
        assert!(events.next_until(until).await.unwrap().is_none());
        assert!(start.elapsed() >= Duration::from_millis(30));
        let cancelled = tokio::time::timeout(Duration::from_millis(10), events.next()).await;
        assert!(cancelled.is_err());
        assert!(client.call(&CONTROLLER).await.is_ok());
    }
}

#[tokio::test]
async fn a_task_that_waits_is_woken_by_what_comes() {
    // Another client's request makes no event, so that a reply has to do: it is sent by hand.
    let mut client = AsyncClient::open().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let late = Some(Instant::now() + Duration::from_secs(60));
    let transport = client.transport();
    assert!(transport.poll_readable(&mut context, late).is_pending());
    let mut request = [0; 64];
    let mut builder = genlkit::wire::Builder::new(&mut request);
    let header = genlkit::wire::Header {
        kind: nlctrl::ID,
        flags: genlkit::wire::flags::REQUEST,
        seq: 7,
        ..Default::default()
    };
    builder.message(header, |message| {
        message.bytes(&[3, 2, 0, 0]);
        message.str(2, b"nlctrl");
    });
    let request = builder.finish().unwrap();
    for _ in 0..3 {
        transport.send(request).unwrap();
        let ready = std::future::poll_fn(|context| transport.poll_readable(context, late));
        ready.await.unwrap();
        let mut reply = vec![0; 1 << 16];
        assert_eq!(transport.try_recv(&mut reply).unwrap().sender, 0);
        assert_eq!(
            transport.try_recv(&mut reply).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
    }
}

/// A fake kernel that answers nothing at first, so that waiting for it is pending.
struct Slow {
    fake: Fake,
    pending: bool,
}

impl Transport for Slow {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.fake.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        match self.pending {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => self.fake.try_recv(buffer),
        }
    }

    fn poll_readable(&mut self, _: &mut Context<'_>, _: Option<Instant>) -> Poll<io::Result<()>> {
        match self.pending {
            true => Poll::Pending,
            false => Poll::Ready(Ok(())),
        }
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        self.fake.join(group)
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.fake.leave(group)
    }

    fn drops(&mut self) -> Option<u32> {
        self.fake.drops()
    }
}

/// Polls once.
fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_wait_with_a_deadline_can_be_polled_outside_of_its_runtime() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    let mut socket = {
        let _runtime = runtime.enter();
        TokioSocket::open(&Options::new()).unwrap()
    };
    let deadline = Some(Instant::now() + Duration::from_secs(3600));
    let wait = poll_fn(|context| socket.poll_readable(context, deadline));
    assert!(poll(wait).is_pending());
}

#[test]
fn a_call_that_is_cancelled_at_any_wait_leaves_the_client_usable() {
    let mut number = 0;
    let fake = Fake::new(move |kernel, request| {
        number += 1;
        kernel.reply(request, |reply| {
            reply.u32(uapi::TASKDIAG_A_PING_ABI, number)
        });
    });
    let mut client = AsyncClient::with(Slow {
        fake: fake.family("taskdiag", 20, &[("events", 5)]),
        pending: false,
    });
    for round in 0..10_u32 {
        client.transport().pending = true;
        // The first waits for the controller, later ones for the family; both are dropped.
        assert!(poll(client.call(&PingRequest::new())).is_pending());
        client.transport().pending = false;
        let Poll::Ready(reply) = poll(client.call(&PingRequest::new())) else {
            panic!("nothing to wait for");
        };
        assert_eq!(reply.unwrap().abi, Some(2 * round + 1), "its own answer");
    }
}

#[test]
fn a_batch_whose_wait_is_cancelled_goes_on_where_it_was() {
    let mut number = 0;
    let fake = Fake::new(move |kernel, request| {
        number += 1;
        kernel.reply(request, |reply| {
            reply.u32(uapi::TASKDIAG_A_PING_ABI, number)
        });
    });
    let mut client = AsyncClient::with(Slow {
        fake: fake.family("taskdiag", 20, &[]),
        pending: true,
    });
    let mut batch = client.batch([PingRequest::new(); 3]).window(2);
    // Looking up the family is cancelled; the transport is the batch's, so that it stays so.
    assert!(poll(batch.next()).is_pending());
    drop(batch);
    client.transport().pending = false;
    let mut batch = client.batch([PingRequest::new(); 3]).window(2);
    for number in 1..=3 {
        let Poll::Ready(Some(reply)) = poll(batch.next()) else {
            panic!("nothing to wait for");
        };
        assert_eq!(reply.unwrap().abi, Some(number));
    }
}

#[test]
fn futures_of_the_client_can_be_sent_to_other_threads() {
    fn assert_send<T: Send>(_: T) {}
    let fake = Fake::new(|_, _| {});
    let mut client = AsyncClient::with(fake);
    assert_send(client.call(&PingRequest::new()));
    assert_send(client.dump(&GetFamilies));
    assert_send(client.batch([PingRequest::new()]).next());
    assert_send(client.subscribe(&FAMILY, "events"));
    assert_send(client.events::<Notification<'_>>().next());
    let _: fn(Event<()>) = drop;
}
