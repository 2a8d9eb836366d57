// SPDX-License-Identifier: GPL-2.0-only

//! A table of watches, by number and by name.

use super::rules;
use crate::{
    sys::{Rules, Trigger},
    taskdiag::{WatchGetReply, WatchOnFlags, WATCH_NAME_MAX},
    values::padded,
};
use genl::{Socket, Text, WeakNet};
use kernel::prelude::*;
use kernel::rbtree::RBTree;

/// A name, padded with NULs.
pub(crate) type Name = [u8; WATCH_NAME_MAX as usize + 1];

/// The socket that a watch belongs to.
///
/// Its port id is told. What is for it goes to the socket itself: once that is closed, another may
/// have the port id, even before it is said that this one is.
pub(crate) struct Owner {
    pub(crate) socket: Socket,
    pub(crate) portid: u32,
}

impl Owner {
    fn is_closed(&self) -> bool {
        self.socket.is_closed()
    }
}

/// A watch.
pub(crate) struct Watch {
    pub(crate) id: u32,
    pub(crate) name: Name,
    pub(crate) on: WatchOnFlags,
    pub(crate) rules: Rules,
    pub(crate) oneshot: bool,
    pub(crate) persist: bool,
    pub(crate) owner: Option<Owner>,
    /// How often it has fired.
    pub(crate) fired: u64,
    /// Firings that could not be told since the last one that was.
    pub(crate) lost: u64,
    pub(crate) net: WeakNet,
    pub(crate) trigger: Trigger,
}

impl Watch {
    /// Whether it belongs to another socket, which is open.
    pub(crate) fn is_of_another(&self, socket: Option<&Socket>) -> bool {
        let owner = self.owner.as_ref().filter(|owner| !owner.is_closed());
        owner.is_some_and(|owner| Some(&owner.socket) != socket)
    }

    /// The port id of its owner.
    pub(crate) fn portid(&self) -> Option<u32> {
        self.owner.as_ref().map(|owner| owner.portid)
    }

    /// Tells about the watch, with these processes; of one that filters, only `whole` has how often
    /// it fired, which would tell of processes that the asker may not see.
    pub(crate) fn tell(&self, pids: &[u32], whole: bool, m: &mut WatchGetReply<'_>) {
        m.name(&self.name).id(self.id);
        for pid in pids {
            m.pid(*pid);
        }
        m.on(self.on);
        if self.oneshot {
            m.oneshot();
        }
        if self.persist {
            m.persist();
        }
        if let Some(portid) = self.portid() {
            m.owner(portid);
        }
        if whole || !self.rules.filters {
            m.fired(self.fired);
        }
        rules::tell(self.on, &self.rules, m);
    }
}

/// By what a watch is looked for.
pub(crate) enum Key {
    /// Its name, and its number too where that is said.
    Name(Name, Option<u32>),
    /// Its number.
    Id(u32),
}

impl Key {
    /// The key that a request says, if it says one.
    pub(crate) fn of(name: Option<Text<'_>>, id: Option<u32>) -> Option<Self> {
        match name {
            Some(name) => Some(Self::Name(padded(name.bytes()), id)),
            None => id.map(Self::Id),
        }
    }
}

/// Watches by number.
pub(crate) struct Table {
    all: RBTree<u32, Watch>,
    len: u32,
    generation: u32,
}

impl Table {
    /// No watches.
    pub(crate) fn new() -> Self {
        Self {
            all: RBTree::new(),
            len: 0,
            generation: 1,
        }
    }

    /// How many watches there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// How often the table has changed, never 0.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    fn changed(&mut self) {
        self.generation = self.generation.wrapping_add(1).max(1);
    }

    /// The watch of a name.
    pub(crate) fn named(&self, name: &Name) -> Option<&Watch> {
        self.all.values().find(|watch| watch.name == *name)
    }

    /// The watch of a key.
    pub(crate) fn find(&self, key: &Key) -> Option<&Watch> {
        match key {
            Key::Name(name, id) => self
                .named(name)
                .filter(|watch| id.is_none_or(|id| id == watch.id)),
            Key::Id(id) => self.all.get(id),
        }
    }

    /// The watch of a number, to be changed.
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Watch> {
        self.all.get_mut(&id)
    }

    /// The first watch from a number on.
    pub(crate) fn first_from(&self, id: u32) -> Option<&Watch> {
        // The cursor's own reference would not live long enough.
        let id = *self.all.cursor_lower_bound(&id)?.current().0;
        self.all.get(&id)
    }

    /// Puts a watch in, whose number no other has.
    pub(crate) fn put(&mut self, watch: Watch) -> Result {
        self.all
            .try_create_and_insert(watch.id, watch, GFP_KERNEL)?;
        self.len = self.len.wrapping_add(1);
        self.changed();
        Ok(())
    }

    /// Takes a watch out. To be dropped where the table is not locked, is best.
    pub(crate) fn take(&mut self, id: u32) -> Option<Watch> {
        let watch = self.all.remove(&id)?;
        self.len = self.len.wrapping_sub(1);
        self.changed();
        Some(watch)
    }

    /// Takes out a watch that does not persist of a socket that is closed.
    pub(crate) fn take_closed(&mut self) -> Option<Watch> {
        let closed =
            |watch: &&Watch| !watch.persist && watch.owner.as_ref().is_some_and(Owner::is_closed);
        let id = self.all.values().find(closed)?.id;
        self.take(id)
    }

    /// Makes nobody's the watches of sockets that are closed; says which they are.
    pub(crate) fn disown_closed(&mut self) -> impl Iterator<Item = &Watch> {
        self.all.values_mut().filter_map(|watch| {
            watch.owner.take_if(|owner| owner.is_closed())?;
            Some(&*watch)
        })
    }

    /// Takes out all.
    pub(crate) fn clear(&mut self) -> RBTree<u32, Watch> {
        self.len = 0;
        self.changed();
        core::mem::replace(&mut self.all, RBTree::new())
    }
}
