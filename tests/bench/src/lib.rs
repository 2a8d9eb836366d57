// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every contender in Rust shares: lines `TASK COUNT` in, lines `WALL CPU ALLOCATIONS SUM` out.
//!
//! Sums are of what was decoded, so that all have to decode the same.

pub mod families;
pub mod namespace;
pub mod rtnetlink;
pub mod taskstats;

use nix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::io::{BufRead, Write};

/// How many requests are sent at once.
pub const BATCH: u64 = 32;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many allocations there were in all threads.
fn allocations() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}

fn now(clock: ClockId) -> i64 {
    let time = clock_gettime(clock).expect("the clock");
    time.tv_sec() * 1_000_000_000 + time.tv_nsec()
}

/// Does what lines of the standard input say, or one call where the last argument is `once`; `run` does
/// a task so many times and returns the sum of what was decoded, or none where it does not have it.
pub fn serve(mut run: impl FnMut(&str, u64) -> Option<u64>) {
    if std::env::args().next_back().as_deref() == Some("once") {
        run("call", 1).expect("a call");
        // As in C, where nothing is given back that ends with the program.
        std::process::exit(0);
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let (task, count) = line.split_once(' ').expect("TASK COUNT");
        let count = count.parse().expect("a number");
        let before = allocations();
        let wall = now(ClockId::CLOCK_MONOTONIC);
        let cpu = now(ClockId::CLOCK_PROCESS_CPUTIME_ID);
        let sum = run(task, count);
        let cpu = now(ClockId::CLOCK_PROCESS_CPUTIME_ID) - cpu;
        let wall = now(ClockId::CLOCK_MONOTONIC) - wall;
        let allocations = allocations() - before;
        let mut out = std::io::stdout();
        match sum {
            Some(sum) => writeln!(out, "{wall} {cpu} {allocations} {sum}"),
            None => writeln!(out, "none"),
        }
        .expect("the answer");
    }
}
