// SPDX-License-Identifier: GPL-2.0-only

//! A dump of watches, which tells when they change meanwhile.

use super::{Space, Watches};
use crate::{
    sys::{View, PIDS},
    taskdiag::{WatchGetDumpRequest, WatchGetEntries, WatchGetReply},
    values::named,
};
use kernel::prelude::*;
use kernel::sync::Arc;

/// Where a dump is.
pub struct Walk {
    watches: Arc<Watches>,
    view: View,
    /// Whether the asker may know all of watches that filter.
    whole: bool,
    /// The number from which watches were not told of yet.
    next: u32,
    owner: Option<u32>,
    /// Of which processes a watch must have one, if any are said.
    wanted: KVec<u32>,
}

impl Walk {
    /// Before the first watch.
    pub(crate) fn start(space: &Space, req: &WatchGetDumpRequest<'_>) -> Result<Self> {
        // What has a fixed size, and an attribute for each process.
        let fixed = <WatchGetReply<'_> as genl::Builder>::ROOM;
        let pids = genl::total_size(size_of::<u32>()).saturating_mul(PIDS);
        req.largest(fixed.saturating_add(pids) as u32);
        Ok(Self {
            watches: space.watches.clone(),
            view: View::new(req.opener(), None)?,
            whole: req.capable(kernel::uapi::CAP_SYS_ADMIN),
            next: 0,
            owner: req.owner(),
            wanted: named(
                || req.pid(),
                |text| req.reject(WatchGetDumpRequest::PID, E2BIG, text),
            )?,
        })
    }

    fn wants(&self, owner: Option<u32>, pids: &[u32]) -> bool {
        self.owner.is_none_or(|wanted| owner == Some(wanted))
            && (self.wanted.is_empty() || pids.iter().any(|pid| self.wanted.contains(pid)))
    }

    /// Tells of the watches of one part.
    pub(crate) fn part(&mut self, out: &mut WatchGetEntries<'_>) -> Result {
        if self.owner.is_some() || !self.wanted.is_empty() {
            out.filtered();
        }
        let watches = self.watches.clone();
        watches.with(|table| {
            out.generation(table.generation());
            while let Some(watch) = table.first_from(self.next) {
                let pids = watch.trigger.pids(Some(&self.view))?;
                if self.wants(watch.portid(), &pids) {
                    out.entry(|m| {
                        watch.tell(&pids, self.whole, m);
                        Ok(())
                    })?;
                }
                match watch.id.checked_add(1) {
                    Some(next) => self.next = next,
                    None => break,
                }
            }
            Ok(())
        })
    }
}
