// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the readers allocate, and what is copied to them.

use crate::{
    readers::READERS,
    table::{Row, Table},
    taskstats,
};
use genlkit::{client::Client, generated::taskdiag::StatsGetRequest};
use genlkit_tests::child::Child;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{alloc::System, fs, sync::atomic::Ordering};

/// Counts what this program allocates.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The number of processes.
const COUNT: usize = 1000;

/// A row for each reader that is there.
pub(crate) fn table(_: &[usize]) -> Table {
    let _children: Vec<_> = (0..COUNT).map(|_| Child::sleeping()).collect();
    let mut client = Client::open().expect("a socket");
    let rows = READERS.iter().filter_map(|reader| {
        let mut read = (reader.open)()?;
        // What is allocated once is not a task's.
        read();
        let (before, allocated) = (copied(&mut client), Region::new(ALLOCATOR));
        let tasks = read().max(COUNT) as f64;
        let allocated = allocated.change();
        let copied = copied(&mut client) - before;
        let per_task = |count: usize| (!reader.is_command).then(|| count as f64 / tasks);
        Some(Row::new(
            reader.name,
            [
                per_task(allocated.allocations + allocated.reallocations),
                per_task(allocated.bytes_allocated),
                Some(copied as f64 / tasks),
            ],
        ))
    });
    Table {
        unit: "a task of 1000",
        heads: ["allocations", "bytes allocated", "bytes copied"]
            .map(String::from)
            .into(),
        rows: rows.collect(),
        text: "What the reader allocates once the first list is read, in user space, and what the \
               kernel copies to it: messages, and what `rchar` in /proc/PID/io counts. What a command \
               allocates is not known."
            .into(),
    }
}

/// Bytes that the kernel has copied to this process, to children that it has waited for, and,
/// by taskdiag's own count, to readers of tasks.
fn copied(client: &mut Client) -> u64 {
    let stats = client.call(&StatsGetRequest::new()).expect("the counts");
    let io = fs::read_to_string("/proc/self/io").expect("what was read");
    let rchar = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    let rchar: u64 = rchar.and_then(|count| count.parse().ok()).expect("a count");
    rchar + stats.bytes.expect("a count") + taskstats::BYTES.load(Ordering::Relaxed)
}
