// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who can tell of every task, and what each is called.

use crate::{procfs_readers, taskstats};
use genlkit::{
    client::Client,
    generated::taskdiag::{FilterNest, Group, TaskGetDump},
};
use std::hint::black_box;

/// Reads all tasks, and returns how many it was told of.
pub(crate) type Read = Box<dyn FnMut() -> usize>;

/// A way to learn of every task.
pub(crate) struct Reader {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// Makes it ready.
    pub(crate) open: fn() -> Read,
    /// What it may cost a task.
    pub(crate) bar: Option<u64>,
    /// Whether it can be asked often, and about very many tasks.
    pub(crate) is_quick: bool,
    /// Whether it is told of all, not of one.
    pub(crate) is_of_all: bool,
}

impl Reader {
    /// How many tasks it is told of at least, where there are so many processes.
    pub(crate) fn fewest(&self, count: usize) -> usize {
        if self.is_of_all { count } else { 1 }
    }
}

const fn ours(name: &'static str, bar: Option<u64>, open: fn() -> Read) -> Reader {
    Reader {
        name,
        open,
        bar,
        is_quick: true,
        is_of_all: true,
    }
}

const fn other(name: &'static str, open: fn() -> Read) -> Reader {
    Reader {
        name,
        open,
        bar: None,
        is_quick: false,
        is_of_all: true,
    }
}

/// What /proc/PID/stat has.
const STAT: Group = Group::BASE
    .union(Group::CPU)
    .union(Group::SCHED)
    .union(Group::MM);
/// What /proc/PID/status has beside.
const STATUS: Group = STAT.union(Group::CRED);
const MUCH: Group = STATUS.union(Group::IO).union(Group::CMDLINE);

/// All of them.
pub(crate) const READERS: &[Reader] = &[
    ours("taskdiag: pid", Some(400), || all(Group::empty())),
    ours("taskdiag: base, cred, cpu", None, || {
        all(Group::BASE | Group::CRED | Group::CPU)
    }),
    ours("taskdiag: as stat", Some(1900), || all(STAT)),
    ours("taskdiag: as stat, status", Some(2300), || all(STATUS)),
    ours("taskdiag: as stat, status, io, cmdline", None, || all(MUCH)),
    Reader {
        is_of_all: false,
        ..ours("taskdiag: a filter that one task passes", Some(150), one)
    },
    other("/proc by hand: stat", || procfs_readers::by_hand(&["stat"])),
    other("/proc by hand: stat, status", || {
        procfs_readers::by_hand(&["stat", "status"])
    }),
    other("/proc by hand: stat, status, io, cmdline", || {
        procfs_readers::by_hand(&["stat", "status", "io", "cmdline"])
    }),
    other("crate procfs: stat, status", procfs_readers::by_crate),
    other("TASKSTATS: a request a send", || taskstats::reader(1)),
    other("TASKSTATS: 32 requests a send", || taskstats::reader(32)),
];

/// Every attribute of every task, decoded.
fn all(groups: Group) -> Read {
    let mut client = Client::open().expect("a socket");
    Box::new(move || count(&mut client, &TaskGetDump::new().groups(groups)))
}

/// The kernel passes over all tasks but this one.
fn one() -> Read {
    let mut client = Client::open().expect("a socket");
    Box::new(move || {
        let filter = FilterNest::new().comm("kthreadd");
        count(
            &mut client,
            &TaskGetDump::new().groups(Group::BASE).filter(filter),
        )
    })
}

fn count(client: &mut Client, request: &TaskGetDump<'_>) -> usize {
    let mut tasks = client.dump(request).expect("a dump");
    let mut count = 0;
    let ended = tasks.try_for_each(|task| {
        black_box(task);
        count += 1;
        Ok::<_, genlkit::Error>(())
    });
    ended.expect("all tasks");
    count
}
