// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who can tell of every task, and what each is called.

use crate::{bpf, commands, procfs_readers, taskstats};
use genlkit::{
    client::Client,
    generated::taskdiag::{FilterNest, Group, TaskGetDump},
};
use std::hint::black_box;

/// Reads all tasks, and returns how many it was told of.
pub(crate) type Read = Box<dyn FnMut() -> usize>;

/// What a reader may cost.
pub(crate) enum Bar {
    /// So many instructions a task.
    Most(f64),
    /// So many times less than the reader of a name.
    Below(f64, &'static str),
}

/// A way to learn of every task.
pub(crate) struct Reader {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// Makes it ready, where it is there.
    pub(crate) open: fn() -> Option<Read>,
    /// What it may cost.
    pub(crate) bars: &'static [Bar],
    /// Whether it can be asked often, and about very many tasks.
    pub(crate) is_quick: bool,
    /// Whether it is told of all, not of one.
    pub(crate) is_of_all: bool,
    /// Whether it is a program of its own.
    pub(crate) is_command: bool,
}

impl Reader {
    /// How many tasks it is told of at least, where there are so many processes.
    pub(crate) fn fewest(&self, count: usize) -> usize {
        if self.is_of_all { count } else { 1 }
    }
}

const fn ours(name: &'static str, bars: &'static [Bar], open: fn() -> Option<Read>) -> Reader {
    Reader {
        name,
        open,
        bars,
        is_quick: true,
        is_of_all: true,
        is_command: false,
    }
}

const fn other(name: &'static str, open: fn() -> Option<Read>) -> Reader {
    Reader {
        name,
        open,
        bars: &[],
        is_quick: false,
        is_of_all: true,
        is_command: false,
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

const BY_HAND: &str = "/proc by hand: stat, status";
const PS: &str = "ps -eo, columns of taskdiag list";

/// All of them.
pub(crate) const READERS: &[Reader] = &[
    ours("taskdiag: pid", &[Bar::Most(400.0)], || all(Group::empty())),
    ours("taskdiag: base, cred, cpu", &[], || {
        all(Group::BASE | Group::CRED | Group::CPU)
    }),
    ours("taskdiag: as stat", &[Bar::Most(1900.0)], || all(STAT)),
    ours(
        "taskdiag: as stat, status",
        &[Bar::Most(2300.0), Bar::Below(20.0, BY_HAND)],
        || all(STATUS),
    ),
    ours("taskdiag: as stat, status, io, cmdline", &[], || all(MUCH)),
    Reader {
        is_of_all: false,
        ..ours(
            "taskdiag: a filter that one task passes",
            &[Bar::Most(150.0)],
            one,
        )
    },
    Reader {
        is_command: true,
        ..ours(
            "taskdiag list",
            &[Bar::Below(15.0, PS)],
            commands::taskdiag_list,
        )
    },
    Reader {
        is_command: true,
        ..other(PS, commands::ps)
    },
    other("/proc by hand: stat", || procfs_readers::by_hand(&["stat"])),
    other(BY_HAND, || procfs_readers::by_hand(&["stat", "status"])),
    other("/proc by hand: stat, status, io, cmdline", || {
        procfs_readers::by_hand(&["stat", "status", "io", "cmdline"])
    }),
    other("crate procfs: stat, status", procfs_readers::by_crate),
    Reader {
        is_quick: true,
        ..other("BPF iterator: most of stat", bpf::reader)
    },
    other("TASKSTATS: a request a send", || taskstats::reader(1)),
    other("TASKSTATS: 32 requests a send", || taskstats::reader(32)),
];

/// Every attribute of every task, decoded.
fn all(groups: Group) -> Option<Read> {
    let mut client = Client::open().expect("a socket");
    Some(Box::new(move || {
        count(&mut client, &TaskGetDump::new().groups(groups))
    }))
}

/// The kernel passes over all tasks but this one.
fn one() -> Option<Read> {
    let mut client = Client::open().expect("a socket");
    Some(Box::new(move || {
        let filter = FilterNest::new().comm("kthreadd");
        count(
            &mut client,
            &TaskGetDump::new().groups(Group::BASE).filter(filter),
        )
    }))
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
