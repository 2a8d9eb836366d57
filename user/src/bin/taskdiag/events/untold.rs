// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was lost after the last event, which no event tells before the next one comes.

use crate::{AnyHappenings, AnyTaskdiag};
use genlkit::Error;
use genlkit::generated::taskdiag::StatsGetRequest;
use genlkit::taskdiag::Happening;
use std::time::{Duration, Instant};

/// When nothing has come for so long, the kernel is asked what was lost.
const QUIET: Duration = Duration::from_secs(1);

/// What is known of it.
#[derive(Default)]
pub(super) struct Untold {
    /// Events were told since it was asked.
    is_stale: bool,
    /// Events that were shown as lost, and that the next event will tell as such once more.
    shown: u64,
}

impl Untold {
    /// What happens next; none where it is time to [ask](Self::ask).
    pub(super) fn next<'h>(
        &self,
        happenings: &'h mut AnyHappenings<'_>,
    ) -> Result<Option<Happening<'h>>, Error> {
        match self.is_stale {
            true => happenings.next_until(Instant::now() + QUIET),
            false => happenings.next().map(Some),
        }
    }

    /// How many events were lost that were not shown as lost yet.
    pub(super) fn ask(&mut self, taskdiag: &mut AnyTaskdiag) -> Result<u64, Error> {
        let stats = taskdiag.client().call(&StatsGetRequest::new())?;
        let lost = stats.lost_untold.unwrap_or(0);
        let more = lost.saturating_sub(self.shown);
        self.is_stale = false;
        self.shown = lost;
        Ok(more)
    }

    /// An event was told: how many of those lost before it were shown already.
    pub(super) fn told(&mut self) -> u64 {
        self.is_stale = true;
        std::mem::take(&mut self.shown)
    }
}
