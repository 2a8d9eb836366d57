// SPDX-License-Identifier: GPL-2.0-only

//! What the module knows of a network namespace, and dumps of one entry.

use crate::{
    genltest::{ObjNtf, StateEntries, StateRequest, TickNtf, UnsAdminEntries},
    open::Open,
    space::Space,
    Genltest,
};
use genl::{has_listeners, Net, Sent};
use kernel::prelude::*;

/// Tells what the module knows.
pub(crate) fn state(space: &Space, req: &StateRequest<'_>) -> Result<Sent> {
    let requests = space.count();
    let (objects, generation) = sum(space);
    let listening = listening(req.net());
    req.reply(|reply| {
        reply
            .objects(objects)
            .generation(generation)
            .requests(requests)
            .portid(req.portid())
            .open_dumps(space.dumps())
            .listening(listening);
        Ok(())
    })
}

/// How many objects there are, and how often they have changed.
fn sum(space: &Space) -> (u32, u32) {
    space
        .objects()
        .with(|table| (table.len(), table.generation()))
}

/// How many groups that anything is sent to have a listener.
fn listening(net: &Net) -> u32 {
    let ticks = has_listeners::<Genltest, TickNtf<'_>>(net);
    let objects = has_listeners::<Genltest, ObjNtf>(net);
    u32::from(ticks).wrapping_add(objects.into())
}

/// A dump of one entry about objects.
pub struct Once {
    left: Option<(u32, u32)>,
    _open: Open,
}

impl Once {
    /// Before the entry.
    pub(crate) fn start(space: &Space) -> Self {
        Self {
            left: Some(sum(space)),
            _open: space.open(),
        }
    }

    /// Sends the entry.
    pub(crate) fn part(&mut self, out: &mut StateEntries<'_>) -> Result {
        if let Some((objects, generation)) = self.left {
            out.entry(|entry| {
                entry.objects(objects).generation(generation);
                Ok(())
            })?;
            self.left = None;
        }
        Ok(())
    }
}

/// A dump of one entry about the sender.
pub struct Portid {
    left: Option<u32>,
    _open: Open,
}

impl Portid {
    /// Before the entry.
    pub(crate) fn start(portid: u32, open: Open) -> Self {
        Self {
            left: Some(portid),
            _open: open,
        }
    }

    /// Sends the entry.
    pub(crate) fn part(&mut self, out: &mut UnsAdminEntries<'_>) -> Result {
        if let Some(portid) = self.left {
            out.entry(|entry| {
                entry.portid(portid);
                Ok(())
            })?;
            self.left = None;
        }
        Ok(())
    }
}
