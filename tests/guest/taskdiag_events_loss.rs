// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events that come faster than they are read: each is sent, or counted as lost.

use genlkit::{
    client::Client,
    generated::taskdiag::{
        ConfigSetRequest, EventFollowRequest, EventTypeFlags, Stats, StatsGetRequest,
    },
};
use genlkit_tests::{
    child::{Child, isolated},
    listener::{Heard, Listener},
    pace,
    ring::Ring,
    storm::{self, Starved},
};
use nix::sys::wait::WaitStatus;
use procfs::{CurrentSI as _, KernelStats};
use std::time::Duration;

fn stats(client: &mut Client) -> Stats {
    client.call(&StatsGetRequest::new()).expect("anyone may")
}

/// How much more there is of a count.
fn more(before: &Stats, after: &Stats, of: fn(&Stats) -> Option<u64>) -> u64 {
    of(after).expect("a count") - of(before).expect("a count")
}

/// How often a process is made, as fast as it can be: so often where the kernel is not slow, for it
/// watches itself, and at least so often where it is.
fn many(forks: u32, least: u32) -> u32 {
    (forks / pace::patience().pow(2)).max(least)
}

/// The most events of a datagram.
const BATCH: u64 = 96;

/// A queue with room for a few hundred events.
const SMALL: u32 = 1 << 18;

/// Room for a datagram or two, fewer than the least ring fills: the queue has no room even where
/// what is in the ring is sent only after the storm.
const LEAST: u32 = 1 << 12;

/// Forks, with all of a processor, faster than the events can be delivered; waits for the end.
fn storm(forks: u32) {
    let storm = Child::run(|| {
        storm::hog();
        storm::forks(forks);
    });
    assert!(matches!(storm.wait(), WaitStatus::Exited(_, 0)));
}

/// What was heard until nothing more came, and the counts then.
fn catch_up(listener: &mut Listener) -> (Vec<Heard>, Stats) {
    let mut heard = Vec::new();
    loop {
        while let Some(event) = listener.next_within(Duration::from_millis(500)) {
            heard.push(event);
        }
        // Its queue has room for the answer.
        let counts = stats(listener.client());
        match listener.next_within(Duration::from_millis(500)) {
            Some(event) => heard.push(event),
            None => return (heard, counts),
        }
    }
}

/// A process that comes and goes, so that there is an event after whatever was lost.
fn mark() {
    Child::run(|| {}).wait();
}

/// How many processes and threads were ever made.
fn ever_made() -> u64 {
    KernelStats::current().expect("/proc/stat").processes
}

#[test]
fn who_follows_and_sleeps_hears_of_each_fork_or_is_told_that_it_was_lost() {
    let forks = many(100_000, 1_000);
    isolated(|| {
        let _ring = Ring::of(256);
        let mut follower = Listener::idle(SMALL);
        let request = EventFollowRequest::new().types(EventTypeFlags::FORK);
        let before = ever_made();
        follower.client().call(&request).expect("root may");
        let (early, counted) = catch_up(&mut follower);
        storm(forks);
        let (mut heard, quiet) = catch_up(&mut follower);
        mark();
        let (last, after) = catch_up(&mut follower);
        // Before another event tells it, it was to be asked for.
        assert_eq!(quiet.lost_untold, Some(last[0].lost.unwrap_or(0)));
        assert_eq!(after.lost_untold, Some(0));
        let made = ever_made() - before;
        heard.extend(last);
        heard.splice(..0, early);

        // No thread was made, so that each one made is a process and an event: the kernel's own
        // count says how many there were.
        assert!(made > u64::from(forks), "{made}");
        let lost: u64 = heard.iter().filter_map(|event| event.lost).sum();
        println!("{made} made: {} heard, {lost} told lost", heard.len());
        assert_eq!(heard.len() as u64 + lost, made);
        for pair in heard.windows(2) {
            assert_eq!(pair[1].seq, pair[0].seq + 1 + pair[1].lost.unwrap_or(0));
        }

        // The module counts the same, and no other loss than what was told.
        let sent = more(&counted, &after, |stats| stats.events_sent);
        assert_eq!(more(&counted, &after, |stats| stats.events_lost), lost);
        assert_eq!(
            more(&counted, &after, |stats| stats.events),
            sent + lost,
            "sent and lost is what happened"
        );
        assert_eq!(follower.overruns, 0, "its losses are told in events");
    });
}

#[test]
fn what_a_sleeping_listener_lacks_was_lost_in_the_ring_or_in_its_queue() {
    let forks = many(pace::times(10_000, 100_000), 2_000);
    isolated(|| {
        let _ring = Ring::of(256);
        let mut listener = Listener::with_queue(LEAST);
        mark();
        let (early, before) = catch_up(&mut listener);
        storm(forks);
        let (mut heard, _) = catch_up(&mut listener);
        mark();
        let (last, after) = catch_up(&mut listener);
        heard.extend(last);
        assert_eq!(after.lost_untold, None, "it does not follow");

        let happened = more(&before, &after, |stats| stats.events);
        let sent = more(&before, &after, |stats| stats.events_sent);
        let in_ring = more(&before, &after, |stats| stats.events_lost);
        assert_eq!(happened, sent + in_ring);
        assert!(happened >= 2 * u64::from(forks), "{happened}");
        let numbers = heard[heard.len() - 1].seq - early[early.len() - 1].seq;
        assert_eq!(happened, numbers);

        // What the ring had no room for was not sent; what the queue had none for was, in
        // datagrams that the socket counts.
        let in_queue = sent - heard.len() as u64;
        let datagrams = u64::from(listener.overruns);
        println!(
            "{happened} happened: {} heard, {in_ring} lost in the ring, {in_queue} in {datagrams} \
             datagrams that the queue had no room for",
            heard.len()
        );
        assert!(in_ring > 0, "the ring was large enough");
        assert!(datagrams > 0, "the queue was large enough");
        assert!((datagrams..=datagrams * BATCH).contains(&in_queue));

        // Where an event is missing before another, it is told as lost or was in a datagram.
        let (mut told, mut missing) = (0, 0);
        let mut at = early[early.len() - 1].seq;
        for event in &heard {
            let gap = event.seq - at - 1;
            let lost = event.lost.unwrap_or(0);
            assert!(lost <= gap, "{event:?} after {at}");
            told += lost;
            missing += gap;
            at = event.seq;
        }
        assert_eq!(missing, in_ring + in_queue);
        assert!(told <= in_ring);
    });
}

#[test]
fn who_follows_later_is_told_of_no_loss_before() {
    isolated(|| {
        let _ring = Ring::of(256);
        let request = EventFollowRequest::new().types(EventTypeFlags::FORK);
        // Room for all that the ring had room for: what is lost, was lost there.
        let mut first = Listener::idle(64 << 20);
        first.client().call(&request).expect("root may");
        let mut lost = 0;
        for _ in 0..20 {
            // Nothing is delivered before its end.
            let starved = Starved::begin();
            storm(1000);
            drop(starved);
            // The last events were lost, unless they could be delivered just then.
            lost = catch_up(&mut first).1.lost_untold.expect("it follows");
            if lost > 0 {
                break;
            }
        }
        assert!(lost > 0, "the ring was large enough");
        drop(first);

        let mut second = Listener::idle(64 << 20);
        second.client().call(&request).expect("root may");
        // The kernel may have made a thread of its own.
        let (mut heard, counts) = catch_up(&mut second);
        assert_eq!(counts.lost_untold, Some(0), "of {lost}");
        mark();
        let (last, counts) = catch_up(&mut second);
        heard.extend(last);
        assert_eq!(heard[0].lost, None, "{:?}", heard[0]);
        assert_eq!(counts.lost_untold, Some(0));
    });
}

#[test]
fn a_ring_with_room_for_all_loses_nothing() {
    const FORKS: u32 = 5000;
    isolated(|| {
        let _ring = Ring::of(1 << 15);
        let mut listener = Listener::with_queue(64 << 20);
        let begin = Child::zombie(0);
        listener.until_exit_of(begin.pid());
        let storm = Child::run(|| storm::forks(FORKS));
        let pid = storm.pid();
        storm.wait();
        let heard = listener.until_exit_of(pid);
        let forks = heard.iter().filter(|event| event.task.ppid == pid);
        assert_eq!(forks.count(), 2 * FORKS as usize);
        assert!(heard.iter().all(|event| event.lost.is_none()));
        assert_eq!(listener.overruns, 0);
    });
}

#[test]
fn a_ring_that_is_resized_under_load_loses_and_doubles_nothing() {
    isolated(|| {
        let _ring = Ring::of(1 << 15);
        let mut listener = Listener::with_queue(64 << 20);
        let begin = Child::zombie(0);
        listener.until_exit_of(begin.pid());
        let storm = Child::run(|| storm::forks(3000));
        let mut client = Client::open().expect("a socket");
        for round in 0..40 {
            let size = if round % 2 == 0 { 1 << 16 } else { 1 << 14 };
            let set = ConfigSetRequest::new().ring_size(size);
            client.call(&set).expect("root may");
        }
        let pid = storm.pid();
        storm.wait();
        let heard = listener.until_exit_of(pid);
        for pair in heard.windows(2) {
            let gap = pair[1].lost.unwrap_or(0) + 1;
            assert_eq!(pair[1].seq, pair[0].seq + gap, "{pair:?}");
        }
        assert!(heard.iter().all(|event| event.lost.is_none()));
    });
}
