// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed requests on a connection of genetlink's, to the kernel that the tests run on.
#![cfg(feature = "genetlink")]

use genlkit::generated::taskdiag::{PingRequest, TaskGetDump, uapi};
use genlkit::genetlink::{self, Handle};
use genlkit::nlctrl::{self, GetFamilies, GetFamily, GetPolicy};
use genlkit::transport::{Fake, Kernel, Transport};
use genlkit::{Error, ErrorKind};
use netlink_sys::{AsyncSocket, Socket, SocketAddr};
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const CONTROLLER: GetFamily<'_> = GetFamily { name: "nlctrl" };

fn handle() -> Handle {
    let (handle, connection) = genetlink::connect().unwrap();
    tokio::spawn(connection);
    handle
}

/// Polls a future once, and cancels it.
fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn calls_and_dumps_are_answered_over_genetlink() -> Result<(), Error> {
    let mut handle = handle();
    let answer = handle.call(&CONTROLLER).await?;
    assert_eq!(answer.reply()?.id, Some(nlctrl::ID));
    let mut families = handle.dump(&GetFamilies).await?;
    let mut found = false;
    while let Some(family) = families.next().await? {
        found |= family.reply()?.id == Some(nlctrl::ID);
    }
    assert!(found);
    Ok(())
}

#[tokio::test]
async fn a_refusal_over_genetlink_names_the_attribute() {
    let name = "a-name-that-is-too-long";
    let error = handle().call(&GetFamily { name }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.attribute(), Some("family-name"));
}

#[tokio::test]
async fn a_refused_dump_over_genetlink_is_an_error() {
    let mut handle = handle();
    let request = GetPolicy {
        name: "genlkit-none",
    };
    let mut policies = handle.dump(&request).await.unwrap();
    let error = policies.next().await.unwrap_err();
    assert_eq!(error.errno(), Some(libc::ENOENT));
    assert!(policies.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_family_that_is_not_there_is_not_found_over_genetlink() {
    let error = handle().call(&PingRequest::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.hint().is_some_and(|hint| hint.contains("insmod")));
}

#[tokio::test]
async fn what_is_given_up_over_genetlink_does_not_disturb_what_follows() {
    let mut handle = handle();
    for _ in 0..10 {
        let mut families = handle.dump(&GetFamilies).await.unwrap();
        families.next().await.unwrap();
        drop(families);
        // Sent, and dropped before the connection had its turn.
        assert!(poll_once(handle.call(&CONTROLLER)).is_pending());
        assert!(handle.call(&CONTROLLER).await.is_ok());
    }
}

#[tokio::test]
async fn a_request_over_genetlink_that_is_not_answered_times_out() {
    // Nobody drives the connection.
    let (mut handle, _connection) = genetlink::connect().unwrap();
    handle.set_timeout(Duration::from_millis(10));
    let error = handle.call(&CONTROLLER).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

/// A socket of genetlink's whose kernel is played by a function.
#[derive(Clone)]
struct Played {
    fake: Arc<Mutex<Fake>>,
    /// Who waits for an answer.
    waiting: Arc<Mutex<Waker>>,
    // What the trait lends out, and nobody asks for.
    socket: Arc<Socket>,
}

impl Played {
    fn kernel(&self, change: impl FnOnce(&mut Kernel)) {
        change(self.fake.lock().unwrap().kernel());
    }
}

impl AsyncSocket for Played {
    fn socket_ref(&self) -> &Socket {
        &self.socket
    }

    fn socket_mut(&mut self) -> &mut Socket {
        Arc::get_mut(&mut self.socket).expect("a socket of its own")
    }

    fn new(protocol: isize) -> io::Result<Self> {
        let fake = Fake::new(|kernel, request| match request.header.kind {
            21 => {
                kernel.part(request, |part| part.u32(uapi::TASKDIAG_A_TASK_PID, 7));
                kernel.done(request, 0, |_| {});
            }
            _ => kernel.error(request, libc::ENOENT, |_| {}),
        });
        Ok(Self {
            fake: Arc::new(Mutex::new(fake.family("taskdiag", 20, &[]))),
            waiting: Arc::new(Mutex::new(Waker::noop().clone())),
            socket: Arc::new(Socket::new(protocol)?),
        })
    }

    fn poll_send(&self, _: &mut Context<'_>, request: &[u8]) -> Poll<io::Result<usize>> {
        self.fake.lock().unwrap().send(request)?;
        self.waiting.lock().unwrap().wake_by_ref();
        Poll::Ready(Ok(request.len()))
    }

    fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        request: &[u8],
        _: &SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, request)
    }

    fn poll_recv<B: bytes::BufMut>(
        &self,
        context: &mut Context<'_>,
        buffer: &mut B,
    ) -> Poll<io::Result<()>> {
        self.poll_recv_from(context, buffer).map_ok(drop)
    }

    fn poll_recv_from<B: bytes::BufMut>(
        &self,
        context: &mut Context<'_>,
        buffer: &mut B,
    ) -> Poll<io::Result<SocketAddr>> {
        let received = self.poll_recv_from_full(context);
        received.map_ok(|(datagram, from)| {
            buffer.put_slice(&datagram);
            from
        })
    }

    fn poll_recv_from_full(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(Vec<u8>, SocketAddr)>> {
        let mut buffer = vec![0; 4096];
        match self.fake.lock().unwrap().try_recv(&mut buffer) {
            Ok(datagram) => {
                buffer.truncate(datagram.len);
                Poll::Ready(Ok((buffer, SocketAddr::new(0, 0))))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.waiting.lock().unwrap().clone_from(context.waker());
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

/// A handle to a kernel that is played, and the kernel.
fn played() -> (Handle, Played) {
    let (mut connection, handle, _) = ::genetlink::new_connection_with_socket::<Played>().unwrap();
    connection.set_forward_done(true);
    connection.set_forward_ack(true);
    let played = connection.socket_mut().clone();
    tokio::spawn(connection);
    (Handle::new(handle), played)
}

#[tokio::test]
async fn a_dump_over_genetlink_finds_a_family_that_was_loaded_anew() {
    let (mut handle, played) = played();
    // Nobody has the number, and the controller tells the same again: the refusal is the dump's.
    let mut tasks = handle.dump(&TaskGetDump::new()).await.unwrap();
    let refusal = tasks.next().await.unwrap_err();
    assert_eq!(refusal.errno(), Some(libc::ENOENT), "{refusal}");
    assert!(tasks.next().await.unwrap().is_none());

    let mut tasks = handle.dump(&TaskGetDump::new()).await.unwrap();
    played.kernel(|kernel| kernel.register("taskdiag", 21, &[]));
    // Cancelled before, while and after it is asked for again.
    for _ in 0..8 {
        assert!(poll_once(tasks.next()).is_pending());
        tokio::task::yield_now().await;
    }
    let task = tasks.next().await.unwrap().expect("a task");
    assert_eq!(task.reply().unwrap().pid, Some(7));
    assert!(tasks.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_dump_over_genetlink_of_a_family_that_is_gone_tells_so() {
    let (mut handle, played) = played();
    let mut tasks = handle.dump(&TaskGetDump::new()).await.unwrap();
    played.kernel(|kernel| kernel.unregister("taskdiag"));
    let error = tasks.next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(tasks.next().await.unwrap().is_none());
}
