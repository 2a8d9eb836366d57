// SPDX-License-Identifier: MIT OR Apache-2.0

//! What taskdiag costs beside what else tells the same, in nanoseconds of the monotonic clock: under
//! an instruction clock (`cargo xtask bench taskdiag`), in instructions, of kernel and reader together.
//!
//! Its arguments are the numbers of processes to measure lists with, rising, and the names of the
//! tables to make, if not all. Fails where taskdiag costs more than its bars.

mod bpf;
mod commands;
mod events;
mod forks;
mod hearers;
mod listeners;
mod lists;
mod memory;
mod procfs_readers;
mod readers;
mod stuck;
mod table;
mod taskstats;

use std::{env::args, fs, process::ExitCode, thread::sleep, time::Duration};
use table::Table;

/// Beside the processes that it makes, a guest has so many tasks at most, kernel threads included.
const OTHERS: usize = 1000;

/// Makes a table; what it is told is how many processes lists are to have.
type Make = fn(&[usize]) -> Table;

/// The tables, by name; those that make many processes stand last.
const TABLES: &[(&str, Make)] = &[
    ("events", events::table),
    ("kept", events::kept),
    ("memory", memory::table),
    ("listeners", listeners::table),
    ("stuck", stuck::table),
    ("lists", lists::table),
];

fn main() -> ExitCode {
    let args: Vec<_> = args().skip(1).collect();
    let counts: Vec<usize> = args.iter().flat_map(|arg| arg.parse()).collect();
    let is_named = |name: &str| args.iter().any(|arg| arg == name);
    let names_any = TABLES.iter().any(|(name, _)| is_named(name));
    allow(counts.iter().copied().max().unwrap_or_default() + OTHERS);
    // What follows the start of the system is not to be counted.
    sleep(Duration::from_secs(20));
    let mut within = true;
    for (name, make) in TABLES {
        if names_any && !is_named(name) {
            continue;
        }
        let table = make(&counts);
        println!("{table}");
        for above in table.above() {
            println!("{above}\n");
            within = false;
        }
    }
    if within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
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
