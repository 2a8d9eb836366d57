// SPDX-License-Identifier: GPL-2.0-only

//! `fired-ntf`: tells that a watch fired.

use super::{table::Watch, tell_gone, Watches};
use crate::{
    events::put_task,
    stats::COUNTS,
    sys::{Fired, Firing},
    taskdiag::{FiredNtf, WatchOn},
    Taskdiag,
};
use genl::{Batch, Gfp, Net};
use kernel::prelude::*;

impl Fired for Watches {
    fn fired(&self, firing: &Firing) {
        let spent = self.with(|table| {
            let watch = table.get_mut(firing.watch)?;
            // A namespace that ends has nobody to tell.
            let net = watch.net.get()?;
            let told = watch.fire(firing, &net);
            let watch = if told && watch.oneshot {
                table.take(firing.watch)
            } else {
                None
            };
            watch.map(|watch| (watch, net))
        });
        if let Some((watch, net)) = spent {
            tell_gone(&watch, &net);
        }
    }
}

impl Watch {
    /// Tells of a firing, and counts it; says whether it was told.
    fn fire(&mut self, firing: &Firing, net: &Net) -> bool {
        let times = firing.lost.wrapping_add(1);
        self.fired = self.fired.wrapping_add(times);
        self.lost = self.lost.wrapping_add(firing.lost);
        // Who was told, and asks, finds it counted; what was dropped before it is counted already.
        COUNTS.fired();
        let told = self.send(firing, net).is_ok();
        if told {
            self.lost = 0;
        } else {
            self.lost = self.lost.wrapping_add(1);
            COUNTS.fired_untold();
        }
        told
    }

    fn send(&self, firing: &Firing, net: &Net) -> Result {
        let batch = Batch::<Taskdiag, FiredNtf<'_>>::one(Gfp::Kernel, |m| {
            m.name(&self.name)
                .id(self.id)
                .on(firing.kind())
                .time(firing.time)
                .task(|m| {
                    put_task(&firing.task, m);
                    if let Some(code) = firing.exit_code() {
                        m.exit_code(code);
                    }
                });
            if self.lost != 0 {
                m.lost(self.lost);
            }
            if let WatchOn::RssOver | WatchOn::CpuOver = firing.kind() {
                m.value(firing.value);
            }
            Ok(())
        })?;
        match &self.owner {
            Some(owner) => batch.queue(&owner.socket),
            // Nobody has to listen.
            None => batch.multicast(net).map(drop),
        }
    }
}
