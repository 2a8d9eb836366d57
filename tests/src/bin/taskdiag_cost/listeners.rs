// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a fork costs, and with it its two events, as listeners and followers grow in number.

use crate::table::{Row, Table};
use genlkit::{
    client::Client,
    generated::taskdiag::{EventFilterNest, EventFollowRequest, EventTypeFlags, StatsGetRequest},
};
use genlkit_tests::{child::Child, listener::Listener, storm};
use std::{
    thread::{sleep, yield_now},
    time::{Duration, Instant},
};

/// How many listeners there are.
const COUNTS: [usize; 4] = [0, 1, 8, 64];

/// Forks at once, whose events the ring has room for; and how often.
const FORKS: u32 = 1000;
const ROUNDS: u32 = 3;

/// Room for all events of all rounds in a listener's queue.
const QUEUE: u32 = 8 << 20;

/// How a listener is made.
type Listen = fn() -> Listener;

const KINDS: &[(&str, Listen)] = &[
    ("listeners of the group events", || {
        Listener::with_queue(QUEUE)
    }),
    ("followers of all events", || {
        following(&EventFollowRequest::new())
    }),
    ("followers of exits", || {
        following(&EventFollowRequest::new().types(EventTypeFlags::EXIT))
    }),
    ("followers of another process's children", || {
        let filter = EventFilterNest::new().ppid(1);
        following(&EventFollowRequest::new().filter(filter))
    }),
];

/// A row for each kind of listener.
pub(crate) fn table(_: &[usize]) -> Table {
    let rows = KINDS.iter().map(|(name, listen)| {
        let cells = COUNTS.map(|count| {
            let _listeners: Vec<_> = (0..count).map(|_| listen()).collect();
            Some(fork())
        });
        Row::new(*name, cells)
    });
    Table {
        unit: "instructions a fork",
        heads: COUNTS.map(|count| format!("{count} listening")).into(),
        rows: rows.collect(),
        text: format!(
            "A process begins and ends {FORKS} processes that share its memory and do nothing, until all \
             events of it are in every queue; nobody reads them meanwhile. A fork has two events, its own \
             and the exit. The least of {ROUNDS} rounds."
        ),
    }
}

fn following(request: &EventFollowRequest<'_>) -> Listener {
    let mut listener = Listener::idle(QUEUE);
    listener.client().call(request).expect("root may");
    listener
}

/// What a fork costs at least.
fn fork() -> f64 {
    let mut client = Client::open().expect("a socket");
    // Probes are on or off a while after whoever listens came or went.
    sleep(Duration::from_millis(200));
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        Child::run(|| storm::forks(FORKS)).wait();
        while !is_told(&mut client) {
            yield_now();
        }
        start.elapsed().as_nanos() as f64 / f64::from(FORKS)
    });
    rounds.reduce(f64::min).expect("a round")
}

/// Whether no event waits to be told of.
fn is_told(client: &mut Client) -> bool {
    let stats = client.call(&StatsGetRequest::new()).expect("the counts");
    assert_eq!(stats.events_lost, Some(0), "there was room for all");
    stats.events == stats.events_sent
}
