// SPDX-License-Identifier: MIT OR Apache-2.0
//! The asynchronous client, on the kernel that the tests run on and on a fake.
#![cfg(feature = "tokio")]

use genlkit::client::{AsyncClient, Event};
use genlkit::generated::taskdiag::{FAMILY, Notification, PingRequest};
use genlkit::nlctrl::{self, GetFamilies, GetFamily};
use genlkit::transport::{Fake, Options, TokioSocket, Transport};
use genlkit::wire::{flags, kind};
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
    let ids = client.collect(&GetFamilies, 3, |family| family.id).await?;
    assert!(ids.contains(&Some(nlctrl::ID)));
    let mut again = Vec::new();
    let mut families = client.dump(&GetFamilies).await?;
    let all = families.try_for_each(|family| {
        again.push(family.id);
        Ok::<_, Error>(())
    });
    all.await?;
    assert_eq!(again, ids);
    Ok(())
}

#[tokio::test]
async fn raw_requests_of_other_protocols_are_answered() -> Result<(), Error> {
    const RTM_NEWLINK: u16 = 16;
    const RTM_GETLINK: u16 = 18;
    let mut client = AsyncClient::open_with(&Options::new().protocol(0))?;
    let mut links = client.raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))?;
    let first = links.next().await?.expect("a link");
    assert_eq!(first.header.kind, RTM_NEWLINK);
    let mut seen = 1;
    let rest = links.try_for_each(|link| {
        assert_eq!(link.header.kind, RTM_NEWLINK);
        seen += 1;
        Ok::<_, Error>(())
    });
    rest.await?;
    drop(links);
    let mut links = client.raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))?;
    while links.next().await?.is_some() {
        seen -= 1;
    }
    assert_eq!(seen, 0);
    Ok(())
}

#[tokio::test]
async fn a_wait_that_is_cancelled_again_and_again_ends_all_the_same() {
    const TIMEOUT: Duration = Duration::from_millis(40);
    let mut client = AsyncClient::open().unwrap();
    client.set_timeout(Some(TIMEOUT));
    // The kernel answers no message of this type.
    let mut silence = client.raw(kind::NOOP, 0, |_| {}).unwrap();
    let start = Instant::now();
    let ended = loop {
        let wait = tokio::time::timeout(Duration::from_millis(5), silence.next());
        if let Ok(ended) = wait.await {
            break ended.map(|message| message.is_some());
        }
        assert!(start.elapsed() < 50 * TIMEOUT);
    };
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(start.elapsed() >= TIMEOUT);
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
fn futures_of_the_client_can_be_sent_to_other_threads() {
    fn assert_send<T: Send>(_: T) {}
    let fake = Fake::new(|_, _| {});
    let mut client = AsyncClient::with(fake);
    assert_send(client.call(&PingRequest::new()));
    assert_send(client.dump(&GetFamilies));
    assert_send(client.collect(&GetFamilies, 1, |_| ()));
    assert_send(client.batch([PingRequest::new()]).next());
    let mut raw = client.raw(16, 0, |_| {}).unwrap();
    assert_send(raw.next());
    assert_send(raw.try_for_each(|_| Ok::<_, Error>(())));
    drop(raw);
    assert_send(client.subscribe(&FAMILY, "events"));
    assert_send(client.events::<Notification<'_>>().next());
    let mut events = client.events::<Notification<'_>>();
    assert_send(events.next_in_step(async |client: &mut AsyncClient<Fake>| {
        client.call(&PingRequest::new()).await.map(drop)
    }));
    let _: fn(Event<()>) = drop;
}

#[test]
fn a_runtime_without_time_serves_who_waits_without_a_deadline() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_io().build().unwrap();
    runtime.block_on(async {
        let mut client = AsyncClient::open().unwrap();
        client.set_timeout(None);
        assert_eq!(client.call(&CONTROLLER).await.unwrap().id, Some(nlctrl::ID));
        client.subscribe(&nlctrl::FAMILY, "notify").await.unwrap();
        let mut events = client.events::<nlctrl::Notification<'_>>();
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(events.next()).poll(&mut context).is_pending());
    });
}
