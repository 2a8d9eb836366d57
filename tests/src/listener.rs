// SPDX-License-Identifier: MIT OR Apache-2.0

//! A listener to taskdiag's events that keeps what it heard.

use genlkit::{
    client::{Client, Event},
    generated::taskdiag::{self, Cpu, EventIds, EventType, FAMILY, Notification},
    transport::Options,
};
use std::time::{Duration, Instant};

/// Listens to the group `events`.
#[derive(Debug)]
pub struct Listener {
    client: Client,
    /// Datagrams that the socket had no room for.
    pub overruns: u32,
}

/// What an event tells.
#[derive(Clone, Debug)]
pub struct Heard {
    /// What happened.
    pub kind: EventType,
    /// Its number.
    pub seq: u64,
    /// When, in nanoseconds since boot.
    pub time: u64,
    /// On which processor.
    pub cpu: u32,
    /// Events lost before it.
    pub lost: Option<u64>,
    /// To whom.
    pub task: Who,
    /// Who forked.
    pub parent: Option<Who>,
    /// The names before and after.
    pub names: Option<(String, String)>,
    /// The ids before and after: uid, gid, euid and egid.
    pub ids: Option<([u32; 4], [u32; 4])>,
    /// What the process used.
    pub usage: Option<Cpu>,
    /// The most memory that was ever resident, in bytes.
    pub max_rss: Option<u64>,
}

/// What an event tells of a process.
#[derive(Clone, Debug)]
pub struct Who {
    /// Its id.
    pub pid: u32,
    /// Its process's id.
    pub tgid: u32,
    /// Its parent's id.
    pub ppid: u32,
    /// Its name.
    pub comm: String,
    /// Nanoseconds since boot.
    pub start_time: u64,
    /// How it ended.
    pub exit_code: Option<i32>,
}

impl Listener {
    /// Joins the group, with room for many events.
    ///
    /// # Panics
    ///
    /// If it may not.
    pub fn join() -> Self {
        Self::with_queue(32 << 20)
    }

    /// Joins the group with a queue of so many bytes.
    ///
    /// # Panics
    ///
    /// If it may not.
    pub fn with_queue(bytes: u32) -> Self {
        let mut listener = Self::idle(bytes);
        listener
            .client
            .subscribe(&FAMILY, "events")
            .expect("root may join");
        listener
    }

    /// Has a socket with a queue of so many bytes, and has joined nothing.
    ///
    /// # Panics
    ///
    /// If there is no socket.
    pub fn idle(bytes: u32) -> Self {
        let options = Options::new().queue_size(bytes);
        Self {
            client: Client::open_with(&options).expect("a socket"),
            overruns: 0,
        }
    }

    /// The client, to ask for something.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The next event, if one comes within a while.
    ///
    /// # Panics
    ///
    /// If it lacks something.
    pub fn next_within(&mut self, limit: Duration) -> Option<Heard> {
        let deadline = Instant::now() + limit;
        loop {
            let mut events = self.client.events::<Notification<'_>>();
            match events.next_until(deadline).expect("an event")? {
                Event::Notification {
                    notification: Notification::TaskNtf(event),
                    ..
                } => return Some(Heard::new(&event)),
                Event::Overrun { drops } => self.overruns += drops.max(1),
                Event::Resync => {}
                other => panic!("not an event of taskdiag: {other:?}"),
            }
        }
    }

    /// All events until one of them is what the caller waits for, that one included.
    ///
    /// # Panics
    ///
    /// If it does not come within ten seconds.
    pub fn until(&mut self, mut last: impl FnMut(&Heard) -> bool) -> Vec<Heard> {
        let mut heard = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let Some(event) = self.next_within(left) else {
                break;
            };
            let found = last(&event);
            heard.push(event);
            if found {
                return heard;
            }
        }
        panic!(
            "what was waited for did not come after {} events",
            heard.len()
        );
    }

    /// All events up to the end of a process.
    ///
    /// # Panics
    ///
    /// If it does not come within ten seconds.
    pub fn until_exit_of(&mut self, pid: u32) -> Vec<Heard> {
        self.until(|event| event.kind == EventType::EXIT && event.task.pid == pid)
    }
}

impl Heard {
    fn new(event: &taskdiag::Event<'_>) -> Self {
        Self {
            kind: event.r#type.expect("a type"),
            seq: event.seq.expect("a number"),
            time: event.time.expect("a time"),
            cpu: event.cpu.expect("a processor"),
            lost: event.lost,
            task: Who::new(&event.task.expect("a task")),
            parent: event.parent.as_ref().map(Who::new),
            names: event.old_comm.map(|old| {
                let new = event.new_comm.expect("the new name");
                (old.to_string(), new.to_string())
            }),
            ids: event.old_ids.map(|old| {
                let new = event.new_ids.expect("the new ids");
                (numbers(&old), numbers(&new))
            }),
            usage: event.usage,
            max_rss: event.max_rss,
        }
    }
}

fn numbers(ids: &EventIds) -> [u32; 4] {
    [ids.uid, ids.gid, ids.euid, ids.egid].map(|id| id.expect("an id"))
}

impl Who {
    fn new(task: &taskdiag::EventTask<'_>) -> Self {
        Self {
            pid: task.pid.expect("a pid"),
            tgid: task.tgid.expect("a tgid"),
            ppid: task.ppid.expect("a ppid"),
            comm: task.comm.expect("a name").to_string(),
            start_time: task.start_time.expect("a start time"),
            exit_code: task.exit_code,
        }
    }
}
