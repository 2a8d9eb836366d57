// SPDX-License-Identifier: MIT OR Apache-2.0

//! A client that makes watches of taskdiag and keeps what they tell, and processes to be watched.

use crate::{child::Child, pace::seconds};
use genlkit::{
    Error,
    client::{Client, Event},
    generated::taskdiag::{
        FAMILY, Fired, Notification, Stats, StatsGetRequest, Watch, WatchDelRequest, WatchGetDump,
        WatchMode, WatchNewRequest, WatchOn, WatchOnFlags,
    },
    request,
    transport::Options,
};
use nix::{
    errno::Errno,
    sys::wait::WaitStatus,
    unistd::{pipe, read, write},
};
use std::{
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

/// A client that makes watches.
#[derive(Debug)]
pub struct Watcher {
    /// The client.
    pub client: Client,
    /// Datagrams that the socket had no room for.
    pub overruns: u32,
}

/// What a watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A watch was made or changed.
    Made(Seen),
    /// A watch was deleted.
    Deleted(Seen),
    /// A watch fired.
    Fired(Shot),
}

/// A watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// Its processes.
    pub pids: Vec<u32>,
    /// What it waits for.
    pub on: WatchOnFlags,
    /// It goes when it has fired.
    pub oneshot: bool,
    /// It outlives its owner.
    pub persist: bool,
    /// Its owner.
    pub owner: Option<u32>,
    /// How often it has fired.
    pub fired: u64,
}

/// A firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// The number of the multicast group that it came by; 0 if it was for this client alone.
    pub group: u32,
    /// The name of the watch.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// What happened.
    pub on: WatchOn,
    /// When, in nanoseconds since boot.
    pub time: u64,
    /// To which process.
    pub pid: u32,
    /// Its parent.
    pub ppid: u32,
    /// Its name.
    pub comm: String,
    /// When it began.
    pub start_time: u64,
    /// How it ended.
    pub exit_code: Option<i32>,
    /// Firings before it that could not be told.
    pub lost: Option<u64>,
    /// What passed its threshold.
    pub value: Option<u64>,
}

impl Watcher {
    /// Opens a socket.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn open() -> Self {
        Self::with_queue(4 << 20)
    }

    /// Opens a socket with a queue of so many bytes.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn with_queue(bytes: u32) -> Self {
        let options = Options::new().queue_size(bytes);
        Self {
            client: Client::open_with(&options).expect("a socket"),
            overruns: 0,
        }
    }

    /// Joins the group `watch`.
    ///
    /// # Panics
    ///
    /// If it may not.
    pub fn listen(mut self) -> Self {
        self.client.subscribe(&FAMILY, "watch").expect("root may");
        self
    }

    /// Makes a watch.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn watch(&mut self, name: &str, on: WatchOnFlags, pids: &[u32]) {
        self.make(&WatchNewRequest::new().name(name).on(on).pid(pids));
    }

    /// Makes or changes a watch.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn make(&mut self, request: &WatchNewRequest<'_>) {
        let made = self.client.call(request);
        made.unwrap_or_else(|error| panic!("{request:?}: {error}"));
    }

    /// Adds processes to a watch.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn append(&mut self, name: &str, pids: &[u32]) {
        self.make(
            &WatchNewRequest::new()
                .name(name)
                .pid(pids)
                .mode(WatchMode::APPEND),
        );
    }

    /// How a request is refused, and with which words.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn refused<R>(&mut self, request: &R) -> (Errno, String)
    where
        R: request::Do + std::fmt::Debug,
    {
        match self.client.call(request) {
            Ok(_) => panic!("{request:?} was not refused"),
            Err(error) => reason(&error),
        }
    }

    /// Deletes a watch.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn delete(&mut self, name: &str) {
        let request = WatchDelRequest::new().name(name);
        self.client.call(&request).expect("it is there");
    }

    /// All watches that a dump tells of.
    ///
    /// # Panics
    ///
    /// If the dump fails.
    pub fn dump(&mut self, request: &WatchGetDump<'_>) -> Vec<Seen> {
        let mut watches = self.client.dump(request).expect("a dump");
        let mut seen = Vec::new();
        while let Some(watch) = watches.next().expect("a watch") {
            seen.push(Seen::new(&watch));
        }
        seen
    }

    /// The names of all watches.
    pub fn names(&mut self) -> Vec<String> {
        let seen = self.dump(&WatchGetDump::new());
        seen.into_iter().map(|watch| watch.name).collect()
    }

    /// What is told next, if anything is within a while.
    ///
    /// # Panics
    ///
    /// If something is that is not of watches.
    pub fn next_within(&mut self, limit: Duration) -> Option<Told> {
        let deadline = Instant::now() + limit;
        loop {
            let mut events = self.client.events::<Notification<'_>>();
            let (group, notification) = match events.next_until(deadline).expect("told")? {
                Event::Notification {
                    group,
                    notification,
                } => (group, notification),
                Event::Overrun { drops } => {
                    self.overruns += drops;
                    continue;
                }
                Event::Resync => continue,
                other => panic!("not of watches: {other:?}"),
            };
            return Some(match notification {
                Notification::FiredNtf(fired) => Told::Fired(Shot::new(group, &fired)),
                Notification::WatchNtf(watch) => Told::Made(Seen::new(&watch)),
                Notification::WatchDelNtf(watch) => Told::Deleted(Seen::new(&watch)),
                other => panic!("not of watches: {other:?}"),
            });
        }
    }

    /// What is told next.
    ///
    /// # Panics
    ///
    /// If nothing is for a long time.
    pub fn told(&mut self) -> Told {
        self.next_within(seconds(10)).expect("something is told")
    }

    /// The next firing.
    ///
    /// # Panics
    ///
    /// If there is none for a long time, or something else is told first.
    pub fn shot(&mut self) -> Shot {
        match self.told() {
            Told::Fired(shot) => shot,
            other => panic!("not a firing: {other:?}"),
        }
    }

    /// Checks that nothing more is told.
    ///
    /// # Panics
    ///
    /// If something is.
    pub fn silent(&mut self) {
        let told = self.next_within(Duration::from_millis(50));
        assert_eq!(told, None);
    }

    /// What the module has counted.
    ///
    /// # Panics
    ///
    /// If it does not tell.
    pub fn stats(&mut self) -> Stats {
        self.client.call(&StatsGetRequest::new()).expect("counts")
    }
}

/// How the kernel refused, and with which words.
///
/// # Panics
///
/// If it was not the kernel.
pub fn reason(error: &Error) -> (Errno, String) {
    let errno = error.errno().unwrap_or_else(|| panic!("{error}"));
    (Errno::from_raw(errno), error.text().to_owned())
}

impl Seen {
    /// What a message tells of a watch.
    ///
    /// # Panics
    ///
    /// If it lacks something.
    pub fn new(watch: &Watch<'_>) -> Self {
        Self {
            name: watch.name.expect("a name").to_string(),
            id: watch.id.expect("a number"),
            pids: watch.pid.map(|pid| pid.expect("a pid")).collect(),
            on: watch.on.expect("conditions"),
            oneshot: watch.oneshot,
            persist: watch.persist,
            owner: watch.owner,
            fired: watch.fired.expect("a count"),
        }
    }
}

impl Shot {
    fn new(group: u32, fired: &Fired<'_>) -> Self {
        let task = fired.task.expect("a process");
        assert_eq!(task.pid, task.tgid);
        Self {
            group,
            name: fired.name.expect("a name").to_string(),
            id: fired.id.expect("a number"),
            on: fired.on.expect("a reason"),
            time: fired.time.expect("a time"),
            pid: task.pid.expect("a pid"),
            ppid: task.ppid.expect("a parent"),
            comm: task.comm.expect("a name").to_string(),
            start_time: task.start_time.expect("a time"),
            exit_code: task.exit_code,
            lost: fired.lost,
            value: fired.value,
        }
    }
}

/// A child that waits to be let go and then runs.
#[derive(Debug)]
pub struct Held {
    child: Child,
    go: OwnedFd,
}

impl Held {
    /// Forks a child that runs `body` when it is let go, and exits.
    ///
    /// # Panics
    ///
    /// If the child cannot be made.
    pub fn new(body: impl FnOnce()) -> Self {
        let (wait, go) = pipe().expect("a pipe");
        let child = Child::run(|| {
            let _ = read(&wait, &mut [0]);
            body();
        });
        Self { child, go }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Lets it go, if it was not yet.
    pub fn release(&self) {
        let _ = write(&self.go, b"!");
    }

    /// Lets it go, waits until it ends, and reaps it.
    pub fn finish(self) -> WaitStatus {
        self.release();
        self.child.wait()
    }
}
