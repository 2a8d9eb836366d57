// SPDX-License-Identifier: MIT OR Apache-2.0

//! What it costs to learn of every task, with so many of them.

use crate::{
    readers::{Bar, READERS, Reader},
    table::{Row, Table},
};
use genlkit_tests::child::Child;
use std::{
    cmp::Ordering,
    fs,
    thread::sleep,
    time::{Duration, Instant},
};

/// The number of processes that the bars are for.
const BAR_AT: usize = 10_000;

/// A column for each number of processes, which rise.
pub(crate) fn table(counts: &[usize]) -> Table {
    let mut children = Vec::new();
    let bar_at = counts.iter().position(|count| *count == BAR_AT);
    let mut rows: Vec<_> = READERS
        .iter()
        .map(|reader| Row::new(reader.name, []))
        .collect();
    for count in counts {
        children.extend((children.len()..*count).map(|_| Child::sleeping()));
        settle();
        for (reader, row) in READERS.iter().zip(&mut rows) {
            row.cells.push(cost(reader, *count));
        }
    }
    if let Some(column) = bar_at {
        let bars = READERS.iter().map(|reader| bar(reader, &rows, column));
        for (bar, row) in bars.collect::<Vec<_>>().into_iter().zip(&mut rows) {
            row.bar = Some(column).zip(bar);
        }
    }
    Table {
        unit: "instructions a task",
        text: "Of the kernel and the reader together. The columns are numbers of processes, all of \
               which sleep. The least of six rounds, of readers that need much longer of two, and of one \
               at 10 000 processes; commands are counted from their start to their end."
            .into(),
        heads: counts.iter().map(usize::to_string).collect(),
        rows,
    }
}

/// Waits, for some minutes at most, until what follows the making of many processes is over: it is
/// not to be counted.
fn settle() {
    for _ in 0..60 {
        let (up, idle) = uptime();
        sleep(Duration::from_secs(5));
        let (now, still) = uptime();
        if still - idle > 0.995 * (now - up) {
            return;
        }
    }
}

/// How long the system is up, and for how much of that its processor had nothing to do, in seconds.
fn uptime() -> (f64, f64) {
    let text = fs::read_to_string("/proc/uptime").expect("procfs");
    let mut seconds = text.split(' ').filter_map(|word| word.trim().parse().ok());
    seconds.next().zip(seconds.next()).expect("two numbers")
}

/// What a reader may cost, as the others did in a column.
fn bar(reader: &Reader, rows: &[Row], column: usize) -> Option<f64> {
    let bars = reader.bars.iter().filter_map(|bar| match bar {
        Bar::Most(most) => Some(*most),
        Bar::Below(times, name) => {
            let other = rows.iter().find(|row| row.name == *name)?;
            Some((*other.cells.get(column)?)? / times)
        }
    });
    bars.reduce(f64::min)
}

/// What a task costs at least; none where the reader is not there, or would take
/// too long.
fn cost(reader: &Reader, count: usize) -> Option<f64> {
    let rounds = match count.cmp(&BAR_AT) {
        _ if reader.is_quick => 6,
        Ordering::Less => 2,
        Ordering::Equal => 1,
        Ordering::Greater => return None,
    };
    let mut read = (reader.open)()?;
    let costs = (0..rounds).map(|_| {
        let start = Instant::now();
        let tasks = read();
        let took = start.elapsed().as_nanos() as f64;
        assert!(
            tasks >= reader.fewest(count),
            "{}: {tasks} tasks",
            reader.name
        );
        took / tasks.max(count) as f64
    });
    costs.reduce(f64::min)
}
