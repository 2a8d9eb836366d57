// SPDX-License-Identifier: GPL-2.0-only

//! Sockets that follow events: each is told of those that match what it has asked for.

use crate::{
    outbox::{Events, Outbox, Sent},
    sys::{Event, EventCounts, Owner, Source},
    taskdiag::{EventFilterAttrs, EventTypeFlags},
    values::{named, padded},
};
use genl::Socket;
use kernel::prelude::*;
use kernel::rbtree::RBTree;

/// The most followers there are.
const MOST: usize = 1024;

/// How many of them can only be who may be told of all tasks: many users do not shut it out.
const KEPT: usize = 128;

/// The most that one user has who is told of its own tasks only.
const MOST_OWN: usize = 16;

/// What the task of an event must match.
#[derive(Default)]
pub(crate) struct Filter {
    pids: KVec<u32>,
    pid_min: Option<u32>,
    pid_max: Option<u32>,
    ppid: Option<u32>,
    uid: Option<u32>,
    cgroup: Option<u64>,
    comm: Option<[u8; 16]>,
}

/// Whether a value is the wanted one, if there is one.
fn is<T: PartialEq>(wanted: Option<T>, value: T) -> bool {
    wanted.is_none_or(|wanted| wanted == value)
}

impl Filter {
    /// What a request says. `E2BIG` where it names too many processes, `ENOMEM`.
    pub(crate) fn new(attrs: &EventFilterAttrs<'_>) -> Result<Self> {
        Ok(Self {
            pids: named(
                || attrs.pid(),
                |text| attrs.reject(EventFilterAttrs::PID, E2BIG, text),
            )?,
            pid_min: attrs.pid_min(),
            pid_max: attrs.pid_max(),
            ppid: attrs.ppid(),
            uid: attrs.uid(),
            cgroup: attrs.cgroup_id(),
            comm: attrs.comm().map(|comm| padded(comm.bytes())),
        })
    }

    fn matches(&self, event: &Event) -> bool {
        let task = &event.task;
        (self.pids.is_empty() || self.pids.iter().any(|pid| *pid == task.tgid))
            && self.pid_min.is_none_or(|min| task.pid >= min)
            && self.pid_max.is_none_or(|max| task.pid <= max)
            && is(self.ppid, task.ppid)
            && is(self.uid, event.uid)
            && is(self.cgroup, event.cgroup)
            && is(self.comm, task.comm)
    }
}

/// What a socket follows.
pub(crate) struct Follower {
    kinds: EventTypeFlags,
    /// Whose tasks it may be told of; of all where there is none.
    own: Option<Owner>,
    filter: Filter,
    /// The number of the last event before it followed, which is not for it, nor are those before.
    since: u64,
    out: Outbox,
}

impl Follower {
    /// These kinds of event of these tasks, if they are its own.
    pub(crate) fn new(kinds: EventTypeFlags, own: Option<Owner>, filter: Filter) -> Self {
        Self {
            kinds,
            own,
            filter,
            since: 0,
            out: Outbox::new(),
        }
    }

    fn wants(&self, event: &Event) -> bool {
        self.kinds.bits() & 1_u32.wrapping_shl(event.kind) != 0
            && self.own.is_none_or(|own| own == event.owner)
            && self.filter.matches(event)
    }

    /// Tells of an event, if it is wanted; says whether it is.
    fn add(&mut self, socket: &Socket, event: &Event, place: u16, sent: &mut Sent) -> bool {
        if event.seq <= self.since {
            return false;
        }
        // Between the last event before it followed and this one.
        let most = event.seq.wrapping_sub(self.since).wrapping_sub(1);
        self.out.lose(event.lost.min(most));
        let wanted = self.wants(event);
        if wanted {
            let send = |batch: Events| batch.queue(socket).is_ok();
            self.out.add(event, place, sent, send);
        }
        wanted
    }
}

/// All sockets that follow.
///
/// What each wants is recorded, once for each.
pub(crate) struct Followers {
    all: RBTree<Socket, Follower>,
    count: usize,
}

impl Followers {
    /// Nobody.
    pub(crate) fn new() -> Self {
        Self {
            all: RBTree::new(),
            count: 0,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How many events were lost to a socket since it followed and the last one that it was sent,
    /// if it follows; with those that no record in the ring tells of yet.
    pub(crate) fn untold(&self, socket: &Socket, ring: &EventCounts) -> Option<u64> {
        self.all.get(socket).map(|follower| {
            let most = ring.seq.wrapping_sub(follower.since);
            let in_ring = ring.untold.min(most);
            follower.out.untold().wrapping_add(in_ring)
        })
    }

    /// How many there are of one who is told of its own tasks only.
    fn of(&self, own: Option<Owner>) -> usize {
        let theirs = |other: &Follower| own.is_some() && other.own == own;
        // `count` can panic.
        let add = |n: usize, other| n.wrapping_add(usize::from(theirs(other)));
        self.all.values().fold(0, add)
    }

    /// Whether there is a place for one more.
    fn has_place(&self, own: Option<Owner>) -> bool {
        let kept = if own.is_some() { KEPT } else { 0 };
        self.count.saturating_add(kept) < MOST && self.of(own) < MOST_OWN
    }

    /// One more, or what the socket follows from now on.
    ///
    /// `ENOSPC` where there are too many, `ENOMEM`, and why the kinds cannot be recorded.
    pub(crate) fn put(
        &mut self,
        source: &Source,
        socket: Socket,
        mut follower: Follower,
    ) -> Result {
        let kinds = follower.kinds;
        if let Some(place) = self.all.get_mut(&socket) {
            source.record(kinds)?;
            source.unrecord(place.kinds);
            // What waits to be sent is for it all the same.
            follower.since = place.since;
            *place = follower;
            return Ok(());
        }
        if !self.has_place(follower.own) {
            return Err(ENOSPC);
        }
        source.record(kinds)?;
        // What happens from now on is for it; nothing is delivered meanwhile.
        follower.since = source.counts().seq;
        if let Err(error) = self.all.try_create_and_insert(socket, follower, GFP_KERNEL) {
            source.unrecord(kinds);
            return Err(error);
        }
        self.count = self.count.wrapping_add(1);
        Ok(())
    }

    /// Whether the socket followed, which it ceases to do.
    pub(crate) fn remove(&mut self, source: &Source, socket: &Socket) -> bool {
        let Some(follower) = self.all.remove(socket) else {
            return false;
        };
        source.unrecord(follower.kinds);
        self.count = self.count.wrapping_sub(1);
        true
    }

    /// Lets those go that were closed.
    pub(crate) fn sweep(&mut self, source: &Source) {
        let mut cursor = self.all.cursor_front_mut();
        while let Some(at) = cursor {
            let (socket, follower) = at.current();
            cursor = if socket.is_closed() {
                source.unrecord(follower.kinds);
                self.count = self.count.wrapping_sub(1);
                at.remove_current().0
            } else {
                at.move_next()
            };
        }
    }

    /// Tells of an event whoever wants it; says whether anyone does.
    pub(crate) fn add(&mut self, event: &Event, place: u16, sent: &mut Sent) -> bool {
        let mut wanted = false;
        for (socket, follower) in &mut self.all {
            wanted |= follower.add(socket, event, place, sent);
        }
        wanted
    }

    /// Sends what is left.
    pub(crate) fn flush(&mut self, sent: &mut Sent) {
        for (socket, follower) in &mut self.all {
            let send = |batch: Events| batch.queue(socket).is_ok();
            follower.out.flush(sent, send);
        }
    }
}
