// SPDX-License-Identifier: GPL-2.0-only

//! Events on their way to one hearer: many in one buffer, and what was lost is told.

use crate::{events::put, sys::Event, taskdiag::TaskNtf, Taskdiag};
use genl::{Batch, Gfp};

/// Bytes of events that go out at once: with its own data, a buffer of 8 KiB, which is the least
/// that readers of netlink commonly receive with.
const BATCH: usize = 7680;

/// The most events in a batch.
const HELD: usize = 96;

/// The most events that are taken in one go, a run.
pub(crate) const RUN: u16 = 4096;

/// A batch of events.
pub(crate) type Events = Batch<Taskdiag, TaskNtf<'static>>;

/// Which events of a run were sent to somebody, by their place in it.
pub(crate) struct Sent([u64; RUN as usize / 64]);

impl Sent {
    /// None yet.
    pub(crate) const fn none() -> Self {
        Self([0; RUN as usize / 64])
    }

    fn add(&mut self, place: u16) {
        if let Some(word) = self.0.get_mut(usize::from(place / 64)) {
            *word |= 1_u64.wrapping_shl(place.into());
        }
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        let add = |n: u64, word: &u64| n.wrapping_add(word.count_ones().into());
        self.0.iter().fold(0, add)
    }
}

/// Events on their way to one hearer.
pub(crate) struct Outbox {
    batch: Option<Events>,
    /// The places of the events in the batch, which is empty between runs.
    places: [u16; HELD],
    held: usize,
    /// Events that the batch tells were lost.
    told: u64,
    /// Events lost since the last one in a batch.
    lost: u64,
}

impl Outbox {
    /// An empty one.
    pub(crate) const fn new() -> Self {
        Self {
            batch: None,
            places: [0; HELD],
            held: 0,
            told: 0,
            lost: 0,
        }
    }

    /// So many events were lost.
    pub(crate) fn lose(&mut self, events: u64) {
        self.lost = self.lost.wrapping_add(events);
    }

    /// How many events were lost since the last one that was sent; between runs.
    pub(crate) fn untold(&self) -> u64 {
        self.lost
    }

    /// What was lost is not told any more.
    pub(crate) fn forget(&mut self) {
        self.lost = 0;
    }

    /// Adds the event of a place in the run to the batch, which is sent first where it is full.
    ///
    /// `send` says whether the hearer has what it is given.
    pub(crate) fn add(
        &mut self,
        event: &Event,
        place: u16,
        sent: &mut Sent,
        mut send: impl FnMut(Events) -> bool,
    ) {
        for _ in 0..2 {
            if self.batch.is_none() {
                self.batch = Events::new(BATCH, Gfp::Kernel).ok();
            }
            let Some(batch) = &mut self.batch else { break };
            if let Some(at) = self.places.get_mut(self.held) {
                if batch.push(|m| put(event, self.lost, m)).is_ok() {
                    *at = place;
                    self.held = self.held.wrapping_add(1);
                    self.told = self.told.wrapping_add(self.lost);
                    self.lost = 0;
                    return;
                }
            }
            self.flush(sent, &mut send);
        }
        self.lose(1);
    }

    /// Sends the batch, if there is one.
    pub(crate) fn flush(&mut self, sent: &mut Sent, mut send: impl FnMut(Events) -> bool) {
        if let Some(batch) = self.batch.take() {
            if send(batch) {
                for place in self.places.iter().take(self.held) {
                    sent.add(*place);
                }
            } else {
                self.lose(self.told.wrapping_add(self.held as u64));
            }
            self.held = 0;
            self.told = 0;
        }
    }
}
