// SPDX-License-Identifier: GPL-2.0-only

//! Events on their way to one hearer: many in one buffer, and what was lost is told.

use crate::{events::put, sys::Event, taskdiag::TaskNtf, Taskdiag};
use genl::{Batch, Gfp};

/// Bytes of events that go out at once: with its own data, a buffer of 8 KiB, which is the least
/// that readers of netlink commonly receive with.
const BATCH: usize = 7680;

/// A batch of events.
pub(crate) type Events = Batch<Taskdiag, TaskNtf<'static>>;

/// What became of an event; of several hearers, the best counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Nobody wanted it.
    Unheard,
    /// There was no memory for it.
    Missed,
    /// It is on its way.
    Sent,
}

/// Events on their way to one hearer.
pub(crate) struct Outbox {
    batch: Option<Events>,
    /// Events in the batch, and those that it tells were lost.
    held: u64,
    /// Events lost since the last one in a batch.
    lost: u64,
}

impl Outbox {
    /// An empty one.
    pub(crate) const fn new() -> Self {
        Self {
            batch: None,
            held: 0,
            lost: 0,
        }
    }

    /// So many events were lost.
    pub(crate) fn lose(&mut self, events: u64) {
        self.lost = self.lost.wrapping_add(events);
    }

    /// What was lost is not told any more.
    pub(crate) fn forget(&mut self) {
        self.lost = 0;
    }

    /// Adds an event to the batch, which is sent first where it is full.
    ///
    /// `send` says whether the hearer has what it is given.
    pub(crate) fn add(&mut self, event: &Event, mut send: impl FnMut(Events) -> bool) -> Fate {
        for _ in 0..2 {
            if self.batch.is_none() {
                self.batch = Events::new(BATCH, Gfp::Kernel).ok();
            }
            let Some(batch) = &mut self.batch else { break };
            if batch.push(|m| put(event, self.lost, m)).is_ok() {
                self.held = self.held.wrapping_add(self.lost).wrapping_add(1);
                self.lost = 0;
                return Fate::Sent;
            }
            self.flush(&mut send);
        }
        self.lose(1);
        Fate::Missed
    }

    /// Sends the batch, if there is one.
    pub(crate) fn flush(&mut self, mut send: impl FnMut(Events) -> bool) {
        if let Some(batch) = self.batch.take() {
            if !send(batch) {
                self.lose(self.held);
            }
            self.held = 0;
        }
    }
}
