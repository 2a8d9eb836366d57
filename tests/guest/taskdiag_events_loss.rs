// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events that come faster than they are read: each is sent, or counted as lost.

use genlkit::{
    client::Client,
    generated::taskdiag::{ConfigSetRequest, Stats, StatsGetRequest},
};
use genlkit_tests::{
    child::{Child, isolated},
    listener::Listener,
    pace,
    ring::Ring,
    storm,
};
use std::time::Duration;

fn stats(client: &mut Client) -> Stats {
    client.call(&StatsGetRequest::new()).expect("anyone may")
}

#[test]
fn what_a_storm_of_forks_made_was_sent_or_is_counted() {
    let forks: u32 = pace::times(10_000, 100_000);
    isolated(|| {
        // As small as it can be.
        let ring = Ring::of(256);
        let mut client = Client::open().expect("a socket");
        // A reader that sleeps: its queue has room for a few hundred events.
        let mut listener = Listener::with_queue(1 << 18);
        let before = stats(&mut client);
        let storm = Child::run(|| storm::forks(forks));
        let pid = storm.pid();
        storm.wait();
        drop(ring);

        // Then it wakes up, and reads until it has caught up.
        let mut heard = Vec::new();
        while let Some(event) = listener.next_within(Duration::from_secs(2)) {
            heard.push(event);
        }
        let marker = Child::zombie(0);
        heard.extend(listener.until_exit_of(marker.pid()));
        let after = stats(&mut client);

        let more = |of: fn(&Stats) -> Option<u64>| {
            of(&after).expect("a count") - of(&before).expect("a count")
        };
        let (happened, sent) = (more(|stats| stats.events), more(|stats| stats.events_sent));
        let lost = more(|stats| stats.events_lost);
        assert_eq!(happened, sent + lost);
        assert!(happened >= 2 * u64::from(forks) + 2, "{happened}");
        println!("{happened} happened: {sent} sent, {lost} lost");

        // The reader's socket lost whole datagrams, which it says, and the numbers show how many
        // events were in them.
        assert!(
            listener.overruns > 0,
            "the queue was large enough for {sent}"
        );
        let (first, last) = (&heard[0], &heard[heard.len() - 1]);
        let told: u64 = heard[1..].iter().filter_map(|event| event.lost).sum();
        let span = last.seq - first.seq + 1;
        assert!(
            span >= 2 * u64::from(forks),
            "{span} from {first:?} to {last:?}"
        );
        assert!(
            (heard.len() as u64) + told <= span,
            "{} and {told} of {span}",
            heard.len()
        );
        assert!(
            heard
                .iter()
                .any(|event| event.task.pid == pid || event.task.ppid == pid)
        );
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
