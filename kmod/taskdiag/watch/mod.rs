// SPDX-License-Identifier: GPL-2.0-only

//! Watches, which live in a network namespace: `watch-get`, `watch-del`, and what ends them.

pub(crate) mod dump;
mod fire;
pub(crate) mod new;
mod rules;
mod table;

use crate::{
    sys::{settle, View},
    taskdiag::{WatchDelNtf, WatchDelRequest, WatchGetRequest, WatchNtf},
    Taskdiag,
};
use genl::{Batch, Gfp, Net, NetState, Sent};
use kernel::prelude::*;
use kernel::sync::{
    atomic::{Atomic, Relaxed},
    new_mutex, Arc, Mutex,
};
use table::{Key, Table, Watch};

/// The watches of a network namespace, which dumps and triggers share.
#[pin_data]
pub(crate) struct Watches {
    #[pin]
    table: Mutex<Table>,
    /// How many there are, to look at without the lock.
    count: Atomic<u32>,
}

impl Watches {
    /// Looks at the table or changes it; nobody else does meanwhile.
    fn with<R>(&self, f: impl FnOnce(&mut Table) -> R) -> R {
        let mut table = self.table.lock();
        let result = f(&mut table);
        self.count.store(table.len(), Relaxed);
        result
    }
}

/// What the family keeps for a network namespace.
pub struct Space {
    watches: Arc<Watches>,
    /// There was a watch.
    used: Atomic<bool>,
}

impl NetState for Space {
    fn init() -> impl PinInit<Self, Error> {
        let watches = Arc::pin_init(
            pin_init!(Watches {
                table <- new_mutex!(Table::new()),
                count: Atomic::new(0),
            }),
            GFP_KERNEL,
        );
        Ok(Self {
            watches: watches?,
            used: Atomic::new(false),
        })
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if self.used.load(Relaxed) {
            drop(self.watches.with(Table::clear));
            // The code that is told of firings may be about to go.
            settle();
        }
    }
}

/// Tells of one watch.
pub(crate) fn get(space: &Space, req: &WatchGetRequest<'_>) -> Result<Sent> {
    let view = View::new(req.opener(), None)?;
    let key = Key::of(req.name(), req.id()).ok_or_else(|| req.missing(WatchGetRequest::NAME))?;
    space.watches.with(|table| {
        let watch = table
            .find(&key)
            .ok_or_else(|| req.reject(WatchGetRequest::NAME, ENOENT, c"there is no such watch"))?;
        let pids = watch.trigger.pids(Some(&view))?;
        let whole = req.capable(kernel::uapi::CAP_SYS_ADMIN);
        req.reply(|m| {
            watch.tell(&pids, whole, m);
            Ok(())
        })
    })
}

/// Deletes a watch, and tells who listens.
pub(crate) fn del(space: &Space, req: &WatchDelRequest<'_>) -> Result {
    let key = Key::of(req.name(), req.id()).ok_or_else(|| req.missing(WatchDelRequest::NAME))?;
    let watch = space.watches.with(|table| {
        let watch = table
            .find(&key)
            .ok_or_else(|| req.reject(WatchDelRequest::NAME, ENOENT, c"there is no such watch"))?;
        if watch.is_of_another(req.socket().as_ref()) {
            let text = c"the watch is that of a socket that is open";
            return Err(req.reject(WatchDelRequest::NAME, EBUSY, text));
        }
        let id = watch.id;
        table.take(id).ok_or(ENOENT)
    })?;
    let pids = watch.trigger.pids(None)?;
    req.notify::<WatchDelNtf>(|m| {
        watch.tell(&pids, false, m);
        Ok(())
    })
}

/// Ends the watches of sockets that were closed but those that persist, and tells who listens.
pub(crate) fn released(space: &Space, net: &Net) {
    if space.watches.count.load(Relaxed) == 0 {
        return;
    }
    while let Some(watch) = space.watches.with(|table| table.take_closed()) {
        tell_gone(&watch, net);
    }
    space.watches.with(|table| {
        for watch in table.disown_closed() {
            // Who listens can find out by asking.
            let _ = watch.trigger.pids(None).and_then(|pids| {
                Batch::<Taskdiag, WatchNtf>::one(Gfp::Kernel, |m| {
                    watch.tell(&pids, false, m);
                    Ok(())
                })?
                .multicast(net)
            });
        }
    });
}

/// Tells who listens that a watch is no more.
fn tell_gone(watch: &Watch, net: &Net) {
    // Who listens can find out by asking.
    let _ = watch.trigger.pids(None).and_then(|pids| {
        Batch::<Taskdiag, WatchDelNtf>::one(Gfp::Kernel, |m| {
            watch.tell(&pids, false, m);
            Ok(())
        })?
        .multicast(net)
    });
}
