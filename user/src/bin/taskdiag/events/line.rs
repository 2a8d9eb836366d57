// SPDX-License-Identifier: MIT OR Apache-2.0
//! An event in words: when, what, who, and how it ended.

use crate::columns::print::Cell;
use crate::columns::value::{Names, Value};
use crate::format::{Clock, exit_code, size, span};
use crate::output::{Failure, Output};
use genlkit::generated::taskdiag::{Event, EventIds, EventTask, EventType};

/// Prints an event, without a line end.
pub(super) fn print(output: &mut Output, event: &Event<'_>, clock: &Clock) -> Result<(), Failure> {
    if let Some(lost @ 1..) = event.lost {
        self::lost(output, lost)?;
    }
    let time = event
        .time
        .map_or_else(|| "-".to_owned(), |time| clock.event(time));
    let what = event.r#type.unwrap_or_default();
    output.put(format_args!("{time} {what:<4}"))?;
    if let Some(parent) = event.parent {
        output.put(format_args!(" {} ->", describe(&parent)))?;
    }
    if let Some(task) = event.task {
        output.put(format_args!(" {}", describe(&task)))?;
    }
    match what {
        EventType::EXIT => end(output, event),
        EventType::COMM => {
            let (old, new) = (
                event.old_comm.unwrap_or_default(),
                event.new_comm.unwrap_or_default(),
            );
            output.put(format_args!(" {} -> {}", old.escaped(), new.escaped()))
        }
        EventType::IDS => {
            let (old, new) = (
                event.old_ids.unwrap_or_default(),
                event.new_ids.unwrap_or_default(),
            );
            ids(output, &old, &new)
        }
        _ => Ok(()),
    }
}

/// Prints how many events are missing here.
pub(super) fn lost(output: &mut Output, count: u64) -> Result<(), Failure> {
    output.line(format_args!("{count} events lost"))
}

/// How a task ended, how long it lived and what it used.
fn end(output: &mut Output, event: &Event<'_>) -> Result<(), Failure> {
    let task = event.task.unwrap_or_default();
    if let Some(status) = task.exit_code {
        output.put(format_args!(" {}", exit_code(status)))?;
    }
    if let (Some(end), Some(start)) = (event.time, task.start_time) {
        output.put(format_args!(", lived {}", span(end.saturating_sub(start))))?;
    }
    if let Some(usage) = event.usage
        && let (Some(user), Some(kernel)) = (usage.utime, usage.stime)
    {
        output.put(format_args!(", cpu {}", span(user.saturating_add(kernel))))?;
    }
    match event.max_rss {
        Some(bytes) => output.put(format_args!(", rss {}", size(bytes))),
        None => Ok(()),
    }
}

/// Which ids changed.
fn ids(output: &mut Output, old: &EventIds, new: &EventIds) -> Result<(), Failure> {
    let pairs = [
        ("uid", old.uid, new.uid),
        ("gid", old.gid, new.gid),
        ("euid", old.euid, new.euid),
        ("egid", old.egid, new.egid),
    ];
    for (name, old, new) in pairs {
        if let (Some(old), Some(new)) = (old, new)
            && old != new
        {
            output.put(format_args!(" {name} {old} -> {new}"))?;
        }
    }
    Ok(())
}

/// A task in words: `121 (sh)`.
pub(crate) fn describe(task: &EventTask<'_>) -> String {
    let pid = task
        .pid
        .map_or_else(|| "-".to_owned(), |pid| pid.to_string());
    format!("{pid} ({})", task.comm.unwrap_or_default().escaped())
}

/// Prints arguments, each of which ends with a NUL.
pub(super) fn arguments(output: &mut Output, args: &[u8]) -> Result<(), Failure> {
    let mut cell = Cell::new(output.buffer());
    Value::Args(args).print(&mut cell, &mut Names::new());
    output.part()
}
