// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waits that are cancelled: each wait of a scenario in turn, and some in a row.

use super::support::*;
use genlkit::Error;
use genlkit::client::{AsyncClient, Event};
use genlkit::generated::taskdiag::{
    FAMILY, Notification, PingRequest, TaskGetDump, TaskGetRequest, uapi,
};
use genlkit::transport::{Datagram, Fake, Kernel, Transport};
use genlkit::wire::{Message, Messages, flags};
use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// The family's number and its group's once its module was loaded anew.
const NEW_ID: u16 = 30;
const NEW_EVENTS: u32 = 78;

/// A fake whose every datagram has to be waited for.
struct Late {
    fake: Fake,
    is_asked: bool,
    is_there: bool,
}

impl Transport for Late {
    /// No kernel's dump is late but in its first part: who finds none takes it to be over, and here it
    /// is then.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let mut requests = Messages::new(datagram).flatten();
        let asks = requests.any(|request| request.header.flags & flags::DUMP == flags::DUMP);
        while asks && self.fake.kernel().has_open_dump() {
            self.fake.try_recv(&mut [])?;
        }
        self.fake.send(datagram)
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        match std::mem::take(&mut self.is_there) {
            true => self.fake.try_recv(buffer),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn poll_readable(
        &mut self,
        context: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<io::Result<()>> {
        self.is_there = std::mem::replace(&mut self.is_asked, true);
        if !self.is_there {
            return Poll::Pending;
        }
        self.is_asked = false;
        self.fake.poll_readable(context, deadline)
    }

    memberships_of_the_fake!();
}

fn client(answer: impl FnMut(&mut Kernel, &Message<'_>) + Send + 'static) -> AsyncClient<Late> {
    AsyncClient::with(Late {
        fake: Fake::new(answer).family("taskdiag", ID, &[("events", EVENTS)]),
        is_asked: false,
        is_there: false,
    })
}

fn kernel(client: &mut AsyncClient<Late>) -> &mut Kernel {
    client.transport().fake.kernel()
}

/// Cancels some of the waits of a scenario.
struct Cancelling {
    first: u32,
    count: u32,
    waits: u32,
}

impl Cancelling {
    /// Polls a future until it is ready, or its wait is cancelled.
    fn poll<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        loop {
            match future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(output) => return Some(output),
                Poll::Pending => self.waits += 1,
            }
            if (self.first + 1..=self.first + self.count).contains(&self.waits) {
                return None;
            }
        }
    }

    /// Does the same again until it is not cancelled.
    fn until_ready<V>(&mut self, mut again: impl AsyncFnMut() -> V) -> V {
        loop {
            if let Some(output) = self.poll(again()) {
                return output;
            }
        }
    }
}

/// Runs a scenario without a wait cancelled, and with one or three in a row at every place; all have to
/// give the same.
fn cancel_at_every_wait<V: PartialEq + std::fmt::Debug>(
    scenario: impl Fn(&mut Cancelling) -> V,
) -> V {
    let run = |first, count| {
        let mut cancelling = Cancelling {
            first,
            count,
            waits: 0,
        };
        let outcome = scenario(&mut cancelling);
        (outcome, cancelling.waits)
    };
    let (expected, waits) = run(0, 0);
    assert!(waits > 0, "there is something to cancel");
    for (first, count) in (0..waits).flat_map(|first| [(first, 1), (first, 3)]) {
        let (outcome, _) = run(first, count);
        assert_eq!(outcome, expected, "cancelled: {count} from {first} on");
    }
    expected
}

/// The tasks that a batch of requests is told of, or errnos, and those that were looked up.
type Outcome = (Vec<Result<Option<u32>, Option<i32>>>, Vec<u32>);

/// Sends requests for the tasks 0 to 7, four at once, to a kernel that refuses some as it does where
/// nobody has the family's number, and does `then` when it does so first.
fn batch(
    cancelling: &mut Cancelling,
    is_refused: fn(u32) -> bool,
    then: fn(&mut Kernel),
) -> Outcome {
    let looked_up = Arc::new(Mutex::new(Vec::new()));
    let (seen, mut then) = (Arc::clone(&looked_up), Some(then));
    let mut client = client(move |kernel, request| {
        let pid = pid(request);
        if request.header.kind == ID && is_refused(pid) {
            if let Some(then) = then.take() {
                then(kernel);
            }
            return kernel.error(request, libc::ENOENT, |_| {});
        }
        seen.lock().unwrap().push(pid);
        task(kernel, request);
    });
    let requests = (0..8).map(|pid| TaskGetRequest::new().pid(pid));
    let mut batch = client.batch(requests).window(4);
    let mut answers = Vec::new();
    while let Some(answer) = cancelling.until_ready(async || {
        let answer = batch.next().await?;
        Some(answer.map(|task| task.pid).map_err(|error| error.errno()))
    }) {
        answers.push(answer);
    }
    drop(batch);
    let looked_up = looked_up.lock().unwrap().clone();
    (answers, looked_up)
}

#[test]
fn a_batch_goes_on_where_it_was_cancelled_also_where_its_module_is_loaded_anew() {
    let (answers, looked_up) = cancel_at_every_wait(|cancelling| {
        batch(
            cancelling,
            |pid| pid > 3,
            |kernel| kernel.register("taskdiag", NEW_ID, &[]),
        )
    });
    assert!(answers.iter().copied().eq((0..8).map(|pid| Ok(Some(pid)))));
    assert!(looked_up.into_iter().eq(0..8), "each once");
}

#[test]
fn a_batch_that_is_cancelled_while_refusals_are_read_gives_each_to_its_request() {
    let (answers, looked_up) = cancel_at_every_wait(|cancelling| {
        batch(cancelling, |pid| matches!(pid, 1 | 2 | 7), |_| {})
    });
    let expected = (0..8).map(|pid| match pid {
        1 | 2 | 7 => Err(Some(libc::ENOENT)),
        _ => Ok(Some(pid)),
    });
    assert!(answers.into_iter().eq(expected));
    assert_eq!(looked_up, [0, 3, 4, 5, 6]);
}

#[test]
fn a_batch_that_is_cancelled_where_its_module_is_gone_has_an_error_for_each_request() {
    let (answers, looked_up) = cancel_at_every_wait(|cancelling| {
        batch(
            cancelling,
            |pid| pid > 3,
            |kernel| kernel.unregister("taskdiag"),
        )
    });
    assert_eq!(answers[4..], [Err(Some(libc::ENOENT)); 4]);
    assert!(looked_up.into_iter().eq(0..4));
}

#[test]
fn a_call_that_was_cancelled_anywhere_leaves_the_next_its_own_answer() {
    let is_own = cancel_at_every_wait(|cancelling| {
        let number = Arc::new(Mutex::new(0));
        let asked = Arc::clone(&number);
        let mut client = client(move |kernel, request| {
            if request.header.kind == ID {
                kernel.register("taskdiag", NEW_ID, &[]);
                return kernel.error(request, libc::ENOENT, |_| {});
            }
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            kernel.reply(request, |reply| {
                reply.u32(uapi::TASKDIAG_A_PING_ABI, *asked)
            });
        });
        [(); 3].map(|()| {
            let reply = cancelling.until_ready(async || {
                let reply = client.call(&PingRequest::new()).await;
                reply.map(|reply| reply.abi).unwrap()
            });
            reply == Some(*number.lock().unwrap())
        })
    });
    assert_eq!(is_own, [true; 3]);
}

/// A client of a kernel where the family was loaded anew, whose dumps are of five tasks and then fail.
fn client_of_dumps() -> AsyncClient<Late> {
    client(move |kernel, request| {
        assert_eq!(request.header.flags, flags::REQUEST | flags::DUMP);
        if request.header.kind == ID {
            kernel.register("taskdiag", NEW_ID, &[]);
            return kernel.error(request, libc::ENOENT, |_| {});
        }
        tasks(kernel, request, 0..5);
        kernel.done(request, libc::EINTR, |_| {});
    })
}

#[test]
fn a_dump_goes_on_where_it_was_cancelled() {
    let pids = cancel_at_every_wait(|cancelling| {
        let mut client = client_of_dumps();
        let request = TaskGetDump::new();
        let mut dump = loop {
            if let Some(dump) = cancelling.poll(client.dump(&request)) {
                break dump.unwrap();
            }
        };
        let mut pids = Vec::new();
        for _ in 0..2 {
            pids.push(cancelling.until_ready(async || {
                let task = dump.next().await.unwrap();
                task.and_then(|task| task.pid)
            }));
        }
        let ended = cancelling.until_ready(async || {
            let rest = dump.try_for_each(|task| {
                pids.push(task.pid);
                Ok::<_, Error>(())
            });
            rest.await
        });
        assert_eq!(ended.unwrap_err().errno(), Some(libc::EINTR));
        pids
    });
    assert!(pids.into_iter().eq((0..5).map(Some)));
}

#[test]
fn a_dump_that_is_collected_is_taken_anew_where_it_was_cancelled() {
    let pids = cancel_at_every_wait(|cancelling| {
        let mut client = client(|kernel, request| {
            tasks(kernel, request, 0..5);
            kernel.done(request, 0, |_| {});
        });
        let request = TaskGetDump::new();
        let pids = cancelling.until_ready(async || {
            let pids = client.collect(&request, 1, |task| task.pid);
            pids.await
        });
        pids.unwrap()
    });
    assert!(pids.into_iter().eq((0..5).map(Some)));
}

#[test]
fn a_raw_request_goes_on_where_it_was_cancelled() {
    let seen = cancel_at_every_wait(|cancelling| {
        let mut client = client(|kernel, request| {
            kernel.reply(request, |_| {});
            tasks(kernel, request, 0..4);
            kernel.reply(request, |_| {});
            kernel.done(request, libc::EINTR, |_| {});
        });
        let flags = flags::DUMP | flags::ACK;
        let mut answers = client.raw(ID, flags, |to| to.bytes(&[2, 1, 0, 0])).unwrap();
        let mut seen = Vec::new();
        for _ in 0..2 {
            seen.push(cancelling.until_ready(async || {
                let answer = answers.next().await.unwrap().expect("an answer");
                (answer.header.flags, answer.bytes.len())
            }));
        }
        let ended = cancelling.until_ready(async || {
            let rest = answers.try_for_each(|answer| {
                seen.push((answer.header.flags, answer.bytes.len()));
                Ok::<_, Error>(())
            });
            rest.await
        });
        assert_eq!(ended.unwrap_err().errno(), Some(libc::EINTR));
        seen
    });
    let part = (flags::MULTI, 28);
    assert_eq!(seen, [(0, 20), part, part, part, part, (0, 20)]);
}

/// An event in short.
fn told(event: Event<Notification<'_>>) -> String {
    match event {
        Event::Notification {
            group,
            notification: Notification::TaskNtf(event),
        } => format!("{:?} to {group}", event.seq),
        other => format!("{other:?}"),
    }
}

#[test]
fn no_event_loss_or_reload_is_lost_or_told_twice_where_the_wait_for_it_is_cancelled() {
    let events = cancel_at_every_wait(|cancelling| {
        let mut client = client(pong);
        cancelling
            .until_ready(async || client.subscribe(&FAMILY, "events").await)
            .unwrap();
        let kernel = kernel(&mut client);
        kernel.datagram(&events(&[1, 2]), 0, EVENTS);
        kernel.unregister("taskdiag");
        kernel.register("taskdiag", NEW_ID, &[("events", NEW_EVENTS)]);
        let mut received = Vec::new();
        for _ in 0..5 {
            received.push(cancelling.until_ready(async || {
                told(client.events::<Notification<'_>>().next().await.unwrap())
            }));
        }
        // The next reload is known by a loss alone.
        let kernel = self::kernel(&mut client);
        kernel.leave(genlkit::nlctrl::NOTIFY);
        kernel.register("taskdiag", ID, &[("events", EVENTS)]);
        kernel.drop_datagrams(9);
        for _ in 0..3 {
            received.push(cancelling.until_ready(async || {
                told(client.events::<Notification<'_>>().next().await.unwrap())
            }));
        }
        received
    });
    assert_eq!(
        events,
        [
            "Some(1) to 77",
            "Some(2) to 77",
            "Unregistered",
            "Registered",
            "Resync",
            "Overrun { drops: 9 }",
            "Registered",
            "Resync"
        ]
    );
}

#[test]
fn who_reads_anew_after_a_loss_is_called_again_where_that_is_cancelled() {
    let seen = cancel_at_every_wait(|cancelling| {
        let mut client = client(pong);
        cancelling
            .until_ready(async || client.subscribe(&FAMILY, "events").await)
            .unwrap();
        kernel(&mut client).drop_datagrams(9);
        let read = Cell::new(0);
        let resync = async |client: &mut AsyncClient<Late>| {
            client.call(&PingRequest::new()).await?;
            read.set(read.get() + 1);
            kernel(client).datagram(&events(&[1]), 0, EVENTS);
            Ok(())
        };
        let received = [(); 2].map(|()| {
            cancelling.until_ready(async || {
                let mut events = client.events::<Notification<'_>>();
                told(events.next_in_step(resync).await.unwrap())
            })
        });
        (received, read.get())
    });
    let [overrun, event] = ["Overrun { drops: 9 }", "Some(1) to 77"].map(str::to_owned);
    assert_eq!(seen, ([overrun, event], 1));
}

#[test]
fn a_subscription_that_is_cancelled_joins_nothing_and_leaves_nothing() {
    const JOINED: [u32; 2] = [genlkit::nlctrl::NOTIFY, EVENTS];
    let joined = cancel_at_every_wait(|cancelling| {
        let mut client = client(pong);
        let subscribed = loop {
            match cancelling.poll(client.subscribe(&FAMILY, "events")) {
                Some(subscribed) => break subscribed,
                None => assert_eq!(kernel(&mut client).joined().count(), 0),
            }
        };
        assert_eq!(subscribed.unwrap(), EVENTS);
        let left = loop {
            assert!(kernel(&mut client).joined().eq(JOINED));
            if let Some(left) = cancelling.poll(client.unsubscribe(&FAMILY, "events")) {
                break left;
            }
        };
        left.unwrap();
        kernel(&mut client).joined().count()
    });
    assert_eq!(joined, 0);
}
