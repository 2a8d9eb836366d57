// SPDX-License-Identifier: GPL-2.0-only

//! `task-ntf`: sends what the probes saw to the group `events`.

use crate::{
    put,
    stats::COUNTS,
    sys::{Deliver, Detail, Event, EventEnd, EventIds, EventTask, Source},
    taskdiag::{self, TaskNtf},
    Taskdiag,
};
use genl::{Batch, Gfp};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

/// Bytes of events that go out at once: with its own data, a buffer of 8 KiB, which is the least
/// that readers of netlink commonly receive with.
pub(crate) const BATCH: usize = 7680;

/// Events that are taken before others may run.
const RUN: u32 = 4096;

/// A batch of events.
pub(crate) type Events = Batch<Taskdiag, TaskNtf<'static>>;

/// Sends events to all that they are for.
pub(crate) struct Hub {
    /// Events lost since the last one that was sent to the group.
    missed: Atomic<u64>,
}

impl Hub {
    /// Nobody.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        Ok(Self {
            missed: Atomic::new(0),
        })
    }
}

impl Deliver for Hub {
    fn deliver(&self, source: &Source) -> bool {
        let mut group = Group::new(self.missed.load(Relaxed));
        let (mut sent, mut unheard, mut missed) = (0_u64, 0_u64, 0_u64);
        for _ in 0..RUN {
            let Some(event) = source.pop() else { break };
            let count = match group.add(&event) {
                Added::Sent => &mut sent,
                Added::Unheard => &mut unheard,
                Added::Missed => &mut missed,
            };
            *count = count.wrapping_add(1);
        }
        COUNTS.delivered(sent, unheard, missed);
        group.send();
        self.missed.store(group.missed, Relaxed);
        group.listened
    }
}

/// What became of an event.
enum Added {
    /// It goes to the group.
    Sent,
    /// Nobody listens any more.
    Unheard,
    /// There was no memory for it.
    Missed,
}

/// Events on their way to the group.
struct Group {
    batch: Option<Events>,
    /// There may be a listener; there may also be listeners in other user namespaces only.
    wanted: bool,
    /// Somebody listens: as the last batch showed, if there was one.
    listened: bool,
    /// Events lost since the last one that was sent.
    missed: u64,
}

impl Group {
    fn new(missed: u64) -> Self {
        let wanted = genl::init_owned_listens::<Taskdiag, TaskNtf<'_>>();
        Self {
            batch: None,
            wanted,
            listened: wanted,
            missed: if wanted { missed } else { 0 },
        }
    }

    /// Adds an event to the batch, which is sent first where it is full.
    fn add(&mut self, event: &Event) -> Added {
        if !self.wanted {
            return Added::Unheard;
        }
        let lost = event.lost.wrapping_add(self.missed);
        for _ in 0..2 {
            if self.batch.is_none() {
                self.batch = Events::new(BATCH, Gfp::Kernel).ok();
            }
            let Some(batch) = &mut self.batch else { break };
            if batch.push(|m| put(event, lost, m)).is_ok() {
                self.missed = 0;
                return Added::Sent;
            }
            self.send();
        }
        self.missed = lost.wrapping_add(1);
        Added::Missed
    }

    /// Sends the batch, if there is one.
    fn send(&mut self) {
        if let Some(batch) = self.batch.take() {
            // A listener without room learns so from its socket; it listens all the same.
            self.listened = batch.multicast_init_owned() != Ok(false);
        }
    }
}

/// Puts an event into a message, in the order of the attributes' numbers.
pub(crate) fn put(event: &Event, lost: u64, m: &mut TaskNtf<'_>) -> Result {
    let detail = event.detail();
    m.r#type(event.kind())
        .seq(event.seq)
        .time(event.time)
        .cpu(event.cpu)
        .task(|m| {
            put_task(&event.task, m);
            if let Detail::Exit(end) = detail {
                m.exit_code(end.exit_code);
            }
        });
    if let Detail::Fork(parent) = detail {
        m.parent(|m| put_task(parent, m));
    }
    if lost != 0 {
        m.lost(lost);
    }
    match detail {
        Detail::Comm(names) => {
            m.old_comm(&names.old).new_comm(&names.new);
        }
        Detail::Ids(ids) => {
            m.old_ids(|m| put_ids(&ids.old, m))
                .new_ids(|m| put_ids(&ids.new, m));
        }
        Detail::Exit(end) => put_end(end, m),
        Detail::Fork(_) | Detail::None => {}
    }
    Ok(())
}

/// Puts what an event tells of a task into its nest.
pub(crate) fn put_task(task: &EventTask, m: &mut taskdiag::EventTask<'_>) {
    m.pid(task.pid)
        .tgid(task.tgid)
        .ppid(task.ppid)
        .comm(&task.comm)
        .start_time(task.start_time);
}

fn put_ids(ids: &EventIds, m: &mut taskdiag::EventIds<'_>) {
    m.uid(ids.uid).gid(ids.gid).euid(ids.euid).egid(ids.egid);
}

fn put_end(end: &EventEnd, m: &mut TaskNtf<'_>) {
    if end.has_usage != 0 {
        m.usage(|m| put::cpu(&end.usage, m));
    }
    if end.max_rss != 0 {
        m.max_rss(end.max_rss);
    }
}
