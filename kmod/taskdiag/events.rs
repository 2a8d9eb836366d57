// SPDX-License-Identifier: GPL-2.0-only

//! `task-ntf`: sends what the probes saw to the group `events`, and to followers.

use crate::{
    followers::{Follower, Followers},
    outbox::{Events, Outbox, Sent, RUN},
    put,
    stats::COUNTS,
    sys::{Deliver, Detail, Event, EventEnd, EventIds, EventTask, Source},
    taskdiag::{self, TaskNtf},
    Taskdiag,
};
use genl::Socket;
use kernel::prelude::*;
use kernel::sync::{
    atomic::{Atomic, Relaxed},
    new_mutex, Mutex,
};

/// Sends events to all that they are for.
#[pin_data]
pub(crate) struct Hub {
    #[pin]
    hearers: Mutex<Hearers>,
    /// How many of them follow.
    followers: Atomic<usize>,
}

/// All that events are for.
struct Hearers {
    group: Outbox,
    followers: Followers,
}

impl Hub {
    /// Nobody.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            hearers <- new_mutex!(Hearers {
                group: Outbox::new(),
                followers: Followers::new(),
            }),
            followers: Atomic::new(0),
        })
    }

    /// How many sockets follow.
    pub(crate) fn followers(&self) -> usize {
        self.followers.load(Relaxed)
    }

    /// One more follows, or follows something else. Errors are those of [`Followers::put`].
    pub(crate) fn follow(&self, source: &Source, socket: Socket, follower: Follower) -> Result {
        self.change(|followers| followers.put(source, socket, follower))
    }

    /// Whether the socket followed, which it ceases to do.
    pub(crate) fn unfollow(&self, source: &Source, socket: &Socket) -> bool {
        self.change(|followers| followers.remove(source, socket))
    }

    /// Runs `f` while no event is being delivered. May sleep.
    pub(crate) fn between_runs<R>(&self, f: impl FnOnce(&Followers) -> R) -> R {
        f(&self.hearers.lock().followers)
    }

    fn change<R>(&self, how: impl FnOnce(&mut Followers) -> R) -> R {
        let mut hearers = self.hearers.lock();
        let done = how(&mut hearers.followers);
        self.followers.store(hearers.followers.count(), Relaxed);
        done
    }
}

impl Deliver for Hub {
    fn deliver(&self, source: &Source) -> bool {
        let mut hearers = self.hearers.lock();
        let Hearers { group, followers } = &mut *hearers;
        if followers.count() > 0 {
            followers.sweep(source);
            self.followers.store(followers.count(), Relaxed);
        }
        let mut group = Group::new(group);
        let mut sent = Sent::none();
        let (mut wanted, mut unheard) = (0_u64, 0_u64);
        for place in 0..RUN {
            let Some(event) = source.pop() else { break };
            let by_group = group.add(&event, place, &mut sent);
            let by_followers = followers.add(&event, place, &mut sent);
            let heard = by_group || by_followers;
            let count = if heard { &mut wanted } else { &mut unheard };
            *count = count.wrapping_add(1);
        }
        followers.flush(&mut sent);
        let listened = group.end(&mut sent);
        let sent = sent.count();
        COUNTS.delivered(sent, unheard, wanted.wrapping_sub(sent));
        listened
    }
}

/// The multicast group, as long as events are sent to it.
struct Group<'g> {
    out: &'g mut Outbox,
    /// There may be a listener; there may also be listeners in other user namespaces only.
    wanted: bool,
    /// Somebody listens: as the last batch showed, if there was one.
    listened: bool,
}

impl<'g> Group<'g> {
    fn new(out: &'g mut Outbox) -> Self {
        let wanted = genl::init_owned_listens::<Taskdiag, TaskNtf<'_>>();
        Self {
            out,
            wanted,
            listened: wanted,
        }
    }

    /// Tells of an event, if it is wanted; says whether it is.
    fn add(&mut self, event: &Event, place: u16, sent: &mut Sent) -> bool {
        if self.wanted {
            self.out.lose(event.lost);
            let listened = &mut self.listened;
            let send = |batch: Events| multicast(batch, listened);
            self.out.add(event, place, sent, send);
        } else {
            self.out.forget();
        }
        self.wanted
    }

    /// Sends what is left; says whether anyone listens.
    fn end(mut self, sent: &mut Sent) -> bool {
        let listened = &mut self.listened;
        self.out.flush(sent, |batch| multicast(batch, listened));
        self.listened
    }
}

/// Sends to all in the group. Who has no room for it learns so from its socket, and listens all the
/// same.
fn multicast(batch: Events, listened: &mut bool) -> bool {
    *listened = batch.multicast_init_owned() != Ok(false);
    true
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
