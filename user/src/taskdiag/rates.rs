// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tasks use a second, from what they have used at two times.

use crate::generated::taskdiag::Task;
use std::collections::HashMap;

/// What a task uses a second. What is not known is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Thousandths of one processor; more than 1000 are more than one processor.
    pub cpu: Option<u64>,
    /// Bytes fetched from storage.
    pub read: Option<u64>,
    /// Bytes sent to storage.
    pub write: Option<u64>,
}

impl Rate {
    /// The mean of a task's whole life; `now` is in nanoseconds since boot (CLOCK_BOOTTIME).
    pub fn of_life(task: &Task<'_>, now: u64) -> Self {
        let age = now.saturating_sub(task.start_time.unwrap_or(now));
        Used::of(task).since(&Used::NOTHING, age)
    }
}

/// Remembers what tasks had used when they were last looked at.
///
/// A task is known by its pid and its start time, so that a pid that is used again is another
/// task. What a task had used before the first round is not in any rate but the first, which is
/// the mean of its life.
///
/// ```
/// use genlkit::generated::taskdiag::{Cpu, Task};
/// use genlkit::taskdiag::Rates;
///
/// let mut cpu = Cpu::default();
/// let mut task = Task::default();
/// (task.pid, task.start_time) = (Some(1), Some(0));
/// let mut rates = Rates::default();
///
/// cpu.runtime = Some(0);
/// task.cpu = Some(cpu);
/// rates.begin(1_000_000_000);
/// assert_eq!(rates.rate(&task).cpu, Some(0));
///
/// cpu.runtime = Some(500_000_000);
/// task.cpu = Some(cpu);
/// rates.begin(2_000_000_000);
/// assert_eq!(rates.rate(&task).cpu, Some(500), "half a processor in the last second");
/// ```
#[derive(Debug, Default)]
pub struct Rates {
    now: u64,
    /// When the last round was; none in the first.
    then: Option<u64>,
    last: HashMap<(u32, u64), Used>,
    this: HashMap<(u32, u64), Used>,
}

impl Rates {
    /// Begins a round, in which each task is looked at once; `now` is in nanoseconds since boot.
    pub fn begin(&mut self, now: u64) {
        self.then = (self.now > 0).then_some(self.now);
        self.now = now;
        std::mem::swap(&mut self.last, &mut self.this);
        self.this.clear();
    }

    /// What a task used a second since the last round, or since it started if that was later.
    pub fn rate(&mut self, task: &Task<'_>) -> Rate {
        let (Some(pid), Some(start)) = (task.pid, task.start_time) else {
            return Rate::default();
        };
        let used = Used::of(task);
        self.this.insert((pid, start), used);
        let Some(then) = self.then else {
            return Rate::of_life(task, self.now);
        };
        let period = self.now.saturating_sub(then);
        match self.last.get(&(pid, start)) {
            Some(before) => used.since(before, period),
            None if start >= then => used.since(&Used::NOTHING, period),
            // It was there and was not looked at.
            None => Rate::default(),
        }
    }
}

/// What a task has used so far.
#[derive(Clone, Copy, Debug)]
struct Used {
    nanos: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
}

impl Used {
    const NOTHING: Self = Self {
        nanos: Some(0),
        read: Some(0),
        written: Some(0),
    };

    fn of(task: &Task<'_>) -> Self {
        let cpu = task.cpu.unwrap_or_default();
        let ticks = cpu.utime.zip(cpu.stime);
        Self {
            nanos: cpu
                .runtime
                .or(ticks.map(|(user, kernel)| user.saturating_add(kernel))),
            read: task.io.and_then(|io| io.read_bytes),
            written: task.io.and_then(|io| io.write_bytes),
        }
    }

    fn since(&self, before: &Self, period: u64) -> Rate {
        let per = |now: Option<u64>, before: Option<u64>, unit: u128| {
            let used = now?.saturating_sub(before?);
            let rate = (u128::from(used) * unit).checked_div(period.into())?;
            u64::try_from(rate).ok()
        };
        const SECOND: u128 = 1_000_000_000;
        Rate {
            cpu: per(self.nanos, before.nanos, 1000),
            read: per(self.read, before.read, SECOND),
            write: per(self.written, before.written, SECOND),
        }
    }
}
