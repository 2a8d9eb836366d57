// SPDX-License-Identifier: GPL-2.0-only

//! `task-ntf`: sends what the probes saw to the group `events`.

use crate::{
    sys::{Deliver, Event, EventTask, Ring},
    taskdiag::{self, EventType, TaskNtf},
    Taskdiag,
};
use genl::{Batch, Enum, Gfp};
use kernel::prelude::*;

/// Bytes of events that go out at once: with its own data, a buffer of 8 KiB, which is the least
/// that readers of netlink commonly receive with.
const BATCH: usize = 7680;

/// Sends to whoever has joined the group.
pub(crate) struct ToListeners;

impl Deliver for ToListeners {
    fn deliver(ring: &Ring) -> bool {
        // Sure if it says no; else there may be listeners in other user namespaces only.
        let wanted = genl::init_owned_listens::<Taskdiag, TaskNtf<'_>>();
        let mut sending = Sending {
            batch: None,
            listened: wanted,
        };
        for _ in 0..Ring::SIZE {
            let Some(event) = ring.pop() else { break };
            if wanted {
                sending.add(&event);
            }
        }
        sending.send();
        sending.listened
    }
}

/// Events on their way out.
struct Sending {
    batch: Option<Batch<Taskdiag, TaskNtf<'static>>>,
    /// Somebody listens: as the last batch showed, if there was one.
    listened: bool,
}

impl Sending {
    /// Adds an event to the batch, which is sent first where it is full.
    ///
    /// Without memory the event is not sent; its number then tells the listeners that one is
    /// missing.
    fn add(&mut self, event: &Event) {
        for _ in 0..2 {
            if self.batch.is_none() {
                self.batch = Batch::new(BATCH, Gfp::Kernel).ok();
            }
            let Some(batch) = &mut self.batch else { return };
            if batch.push(|m| put(event, m)).is_ok() {
                return;
            }
            self.send();
        }
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
fn put(event: &Event, m: &mut TaskNtf<'_>) -> Result {
    let kind = EventType::from_raw(event.kind.into()).ok_or(EINVAL)?;
    m.r#type(kind)
        .seq(event.seq)
        .time(event.time)
        .cpu(event.cpu)
        .task(|m| {
            put_task(&event.task, m);
            if kind == EventType::Exit {
                m.exit_code(event.exit_code);
            }
        });
    if kind == EventType::Fork {
        m.parent(|m| put_task(&event.parent, m));
    }
    if event.lost != 0 {
        m.lost(event.lost);
    }
    Ok(())
}

fn put_task(task: &EventTask, m: &mut taskdiag::EventTask<'_>) {
    m.pid(task.pid)
        .tgid(task.tgid)
        .ppid(task.ppid)
        .comm(&task.comm)
        .start_time(task.start_time);
}
