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
        let listened = genl::init_owned_listens::<Taskdiag, TaskNtf<'_>>();
        let mut batch = None;
        while let Some(event) = ring.pop() {
            if listened {
                add(&mut batch, &event);
            }
        }
        send(batch);
        listened
    }
}

type Events = Batch<Taskdiag, TaskNtf<'static>>;

/// Adds an event to the batch, which is sent first where it is full.
///
/// Without memory the event is not sent; its number then tells the listeners that one is missing.
fn add(batch: &mut Option<Events>, event: &Event) {
    for _ in 0..2 {
        if batch.is_none() {
            *batch = Batch::new(BATCH, Gfp::Kernel).ok();
        }
        let Some(open) = batch else { return };
        if open.push(|m| put(event, m)).is_ok() {
            return;
        }
        send(batch.take());
    }
}

/// Sends a batch. A listener without room in its socket learns so from the socket (`ENOBUFS`).
fn send(batch: Option<Events>) {
    if let Some(batch) = batch {
        let _ = batch.multicast_init_owned();
    }
}

/// Puts an event into a message. What varies in length comes last.
fn put(event: &Event, m: &mut TaskNtf<'_>) -> Result {
    let kind = EventType::from_raw(event.kind.into()).ok_or(EINVAL)?;
    m.r#type(kind)
        .seq(event.seq)
        .time(event.time)
        .cpu(event.cpu);
    if event.lost != 0 {
        m.lost(event.lost);
    }
    m.task(|m| {
        if kind == EventType::Exit {
            m.exit_code(event.exit_code);
        }
        put_task(&event.task, m);
    });
    if kind == EventType::Fork {
        m.parent(|m| put_task(&event.parent, m));
    }
    Ok(())
}

fn put_task(task: &EventTask, m: &mut taskdiag::EventTask<'_>) {
    m.pid(task.pid)
        .tgid(task.tgid)
        .ppid(task.ppid)
        .start_time(task.start_time)
        .comm(&task.comm);
}
