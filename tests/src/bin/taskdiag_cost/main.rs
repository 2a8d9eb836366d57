// SPDX-License-Identifier: MIT OR Apache-2.0

//! What it costs to learn of every task: taskdiag beside readers of /proc and TASKSTATS, in
//! nanoseconds of the monotonic clock: under an instruction clock (`cargo xtask bench taskdiag`),
//! in instructions, of kernel and reader together.
//!
//! Its arguments are the numbers of processes to measure with, rising. A line of the output is a
//! row of a Markdown table. Fails where taskdiag costs more than its bars.

mod procfs_readers;
mod readers;
mod taskstats;

use genlkit_tests::child::Child;
use readers::{READERS, Reader};
use std::{
    fs,
    process::ExitCode,
    thread::sleep,
    time::{Duration, Instant},
};

/// Beside the processes that it makes, a guest has so many tasks at most, kernel threads included.
const OTHERS: usize = 1000;

fn main() -> ExitCode {
    let counts: Vec<usize> = std::env::args()
        .skip(1)
        .flat_map(|arg| arg.parse())
        .collect();
    let most = counts.iter().copied().max().unwrap_or_default();
    allow(most + OTHERS);
    let mut children = Vec::new();
    let mut table: Vec<Vec<Option<u64>>> = READERS.iter().map(|_| Vec::new()).collect();
    for count in &counts {
        children.extend((children.len()..*count).map(|_| Child::sleeping()));
        // What follows the making of many processes is not to be counted.
        sleep(Duration::from_secs(5));
        for (reader, row) in READERS.iter().zip(&mut table) {
            row.push(cost(reader, *count));
        }
    }
    println!("| instructions a task |{}", cells(&counts));
    println!("|---|{}", "---:|".repeat(counts.len()));
    for (reader, row) in READERS.iter().zip(&table) {
        let shown = row
            .iter()
            .map(|cost| cost.map_or_else(|| "–".into(), |cost| cost.to_string()));
        println!("| {} |{}", reader.name, cells(&shown.collect::<Vec<_>>()));
    }
    let mut within = true;
    for (reader, row) in READERS.iter().zip(&table) {
        let at_bar = counts
            .iter()
            .zip(row)
            .filter(|(count, _)| **count == BAR_AT);
        for (_, cost) in at_bar {
            let above = reader.bar.zip(*cost).filter(|(bar, cost)| cost > bar);
            if let Some((bar, cost)) = above {
                println!("\n{}: {cost} is above the bar, {bar}", reader.name);
                within = false;
            }
        }
    }
    if within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The number of processes that the bars are for.
const BAR_AT: usize = 10_000;

fn cells<T: std::fmt::Display>(values: &[T]) -> String {
    values.iter().map(|value| format!(" {value} |")).collect()
}

/// Lets the system have so many tasks.
fn allow(tasks: usize) {
    for name in ["pid_max", "threads-max"] {
        let path = format!("/proc/sys/kernel/{name}");
        let now = fs::read_to_string(&path).expect(&path);
        if now.trim().parse::<usize>().is_ok_and(|now| now < tasks * 2) {
            fs::write(&path, (tasks * 2).to_string()).expect(&path);
        }
    }
}

/// What a task costs at least; none where there are too many for the reader to be waited for.
fn cost(reader: &Reader, count: usize) -> Option<u64> {
    let rounds = if reader.is_quick { 6 } else { 2 };
    if !reader.is_quick && count > BAR_AT {
        return None;
    }
    let mut read = (reader.open)();
    let costs = (0..rounds).map(|_| {
        let start = Instant::now();
        let tasks = read();
        let took = start.elapsed().as_nanos() as u64;
        assert!(
            tasks >= reader.fewest(count),
            "{}: {tasks} tasks",
            reader.name
        );
        took / (tasks.max(count) as u64)
    });
    costs.min()
}
