// SPDX-License-Identifier: MIT OR Apache-2.0

//! How long readers take while the mmap lock of one process is held.

use crate::{
    commands::{PS, run},
    table::{Row, Table},
};
use genlkit::{
    client::Client,
    generated::taskdiag::{Group, TaskGetDump, TaskGetRequest},
};
use genlkit_tests::{child::Child, tasks::ALL};
use std::{
    fs,
    hint::black_box,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

/// For how long the lock is held.
const HELD: Duration = Duration::from_secs(30);

/// The number of processes.
const COUNT: usize = 100;

/// A way to learn of the process, or of all, and what it is called; none where the guest lacks it.
type Ask = (&'static str, fn(u32) -> Option<()>);

const ASKS: &[Ask] = &[
    ("taskdiag: the process, all groups", |pid| {
        let mut client = Client::open().expect("a socket");
        let one = TaskGetRequest::new().pid(pid).groups(ALL);
        black_box(client.call(&one).expect("the task"));
        Some(())
    }),
    ("taskdiag: all processes, all groups", |_| list(ALL)),
    ("taskdiag: all processes, base and cmdline", |_| {
        list(Group::BASE | Group::CMDLINE)
    }),
    ("taskdiag list -o pid,cmdline", |_| {
        quiet(&["taskdiag"], &["list", "-o", "pid,cmdline"])
    }),
    ("/proc/PID/stat", |pid| read(pid, "stat")),
    ("/proc/PID/status", |pid| read(pid, "status")),
    ("/proc/PID/cmdline", |pid| read(pid, "cmdline")),
    ("/proc/PID/maps", |pid| read(pid, "maps")),
    ("ps -eo pid,args", |_| quiet(PS, &["-eo", "pid,args"])),
];

/// A row for each, without and with a held lock.
pub(crate) fn table(_: &[usize]) -> Table {
    let _others: Vec<_> = (0..COUNT).map(|_| Child::sleeping()).collect();
    let target = Child::sleeping();
    let rows = ASKS.iter().filter_map(|(name, ask)| {
        // Once in vain: what is done once is not what is measured.
        took(*ask, target.pid())?;
        let free = took(*ask, target.pid());
        let holder = hold(&target);
        let held = took(*ask, target.pid());
        drop(holder);
        Some(Row::new(*name, [free, held]))
    });
    Table {
        unit: "ms until it is back",
        heads: vec!["no lock held".into(), "one held for 30 s".into()],
        rows: rows.collect(),
        text: format!(
            "Of the guest, in which an instruction takes a nanosecond, with {COUNT} processes, of which \
             one's mmap lock is held for {} s from shortly before. What needs no more than that is back \
             when the lock is free; taskdiag names in `omitted` what it did not wait for.",
            HELD.as_secs()
        ),
    }
}

/// Holds the mmap lock of a process, until what is returned is dropped.
fn hold(target: &Child) -> Child {
    let told = format!("{} {}", target.pid(), HELD.as_millis());
    let holder = Child::run(move || {
        fs::write("/sys/module/genltest_c/parameters/hold_mmap", told).expect("it holds");
    });
    sleep(Duration::from_millis(500));
    holder
}

fn took(ask: fn(u32) -> Option<()>, pid: u32) -> Option<f64> {
    let start = Instant::now();
    ask(pid)?;
    Some(start.elapsed().as_secs_f64() * 1000.0)
}

fn list(groups: Group) -> Option<()> {
    let mut client = Client::open().expect("a socket");
    let request = TaskGetDump::new().groups(groups);
    let mut tasks = client.dump(&request).expect("a dump");
    while let Some(task) = tasks.next().expect("a task") {
        black_box(task);
    }
    Some(())
}

fn read(pid: u32, file: &str) -> Option<()> {
    black_box(fs::read(format!("/proc/{pid}/{file}")).expect(file));
    Some(())
}

fn quiet(program: &[&str], args: &[&str]) -> Option<()> {
    run(program, args, Stdio::null()).map(drop)
}
