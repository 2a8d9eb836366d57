// SPDX-License-Identifier: GPL-2.0-only

//! `stats-get`: what the module has done since it was loaded.

use crate::{
    events::Hub,
    sys::{self, Source},
    taskdiag::StatsGetRequest,
};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

/// What is counted where it happens.
pub(crate) struct Counts {
    events_sent: Atomic<u64>,
    events_unheard: Atomic<u64>,
    events_missed: Atomic<u64>,
    dumps: Atomic<u64>,
    tasks: Atomic<u64>,
    bytes: Atomic<u64>,
    denied: Atomic<u64>,
    watches: Atomic<u64>,
    fired: Atomic<u64>,
    fired_lost: Atomic<u64>,
}

/// The module's counts, for ops and work items alike.
pub(crate) static COUNTS: Counts = Counts {
    events_sent: Atomic::new(0),
    events_unheard: Atomic::new(0),
    events_missed: Atomic::new(0),
    dumps: Atomic::new(0),
    tasks: Atomic::new(0),
    bytes: Atomic::new(0),
    denied: Atomic::new(0),
    watches: Atomic::new(0),
    fired: Atomic::new(0),
    fired_lost: Atomic::new(0),
};

/// Adds to a count, unless there is nothing to add.
fn add(count: &Atomic<u64>, more: u64) {
    if more != 0 {
        count.fetch_add(more, Relaxed);
    }
}

impl Counts {
    /// So many events were sent to somebody, for so many nobody listened any more, and for so many
    /// there was no memory, or no room in any queue.
    pub(crate) fn delivered(&self, sent: u64, unheard: u64, missed: u64) {
        add(&self.events_sent, sent);
        add(&self.events_unheard, unheard);
        add(&self.events_missed, missed);
    }

    /// A dump of tasks begins.
    pub(crate) fn dump(&self) {
        add(&self.dumps, 1);
    }

    /// So many tasks were told of, in so many bytes, and so many of their groups withheld.
    pub(crate) fn told(&self, tasks: u64, bytes: u64, denied: u64) {
        add(&self.tasks, tasks);
        add(&self.bytes, bytes);
        add(&self.denied, denied);
    }

    /// A watch was made.
    pub(crate) fn watch_made(&self) {
        add(&self.watches, 1);
    }

    /// A watch is no more.
    pub(crate) fn watch_gone(&self) {
        self.watches.fetch_sub(1, Relaxed);
    }

    /// A watch fired; what was dropped is counted where it happens.
    pub(crate) fn fired(&self) {
        add(&self.fired, 1);
    }

    /// That a watch fired could not be told.
    pub(crate) fn fired_untold(&self) {
        add(&self.fired_lost, 1);
    }
}

/// Tells all counts.
pub(crate) fn get(hub: &Hub, source: &Source, req: &StatsGetRequest<'_>) -> Result<genl::Sent> {
    // Who has an event finds it counted.
    let (ring, untold, sent, unheard, missed) = hub.between_runs(|followers| {
        let ring = source.counts();
        let untold = req
            .socket()
            .and_then(|socket| followers.untold(&socket, &ring));
        (
            ring,
            untold,
            COUNTS.events_sent.load(Relaxed),
            COUNTS.events_unheard.load(Relaxed),
            COUNTS.events_missed.load(Relaxed),
        )
    });
    let dropped = sys::dropped();
    req.reply(|m| {
        m.events(ring.events.wrapping_sub(unheard))
            .events_sent(sent)
            .events_lost(ring.lost.wrapping_add(missed))
            .ring_peak(ring.peak)
            .armed(source.armed())
            .dumps(COUNTS.dumps.load(Relaxed))
            .tasks(COUNTS.tasks.load(Relaxed))
            .bytes(COUNTS.bytes.load(Relaxed))
            .denied(COUNTS.denied.load(Relaxed))
            .watches(COUNTS.watches.load(Relaxed))
            .fired(COUNTS.fired.load(Relaxed).wrapping_add(dropped))
            .fired_lost(COUNTS.fired_lost.load(Relaxed).wrapping_add(dropped))
            .followers(hub.followers() as u32);
        if let Some(untold) = untold {
            m.lost_untold(untold);
        }
        Ok(())
    })
}
