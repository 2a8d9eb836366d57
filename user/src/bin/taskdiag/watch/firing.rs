// SPDX-License-Identifier: MIT OR Apache-2.0
//! A watch that fired, in words.

use crate::events::describe;
use crate::format::{Clock, exit_code, size};
use crate::output::{Failure, Output, json_line};
use genlkit::generated::taskdiag::{Fired, WatchOn};

/// Prints a firing as a line, or as a line of JSON.
pub(super) fn print(
    output: &mut Output,
    fired: &Fired<'_>,
    clock: &Clock,
    json: bool,
) -> Result<(), Failure> {
    if json {
        return json_line(output, fired);
    }
    if let Some(lost) = fired.lost {
        output.line(format_args!("{lost} firings lost"))?;
    }
    let time = fired
        .time
        .map_or_else(|| "-".to_owned(), |time| clock.event(time));
    let name = fired.name.unwrap_or_default();
    let on = fired.on.unwrap_or_default();
    output.put(format_args!("{time} {} {on}", name.escaped()))?;
    let task = fired.task.unwrap_or_default();
    output.put(format_args!(" {}", describe(&task)))?;
    match (on, fired.value, task.exit_code) {
        (WatchOn::RSS_OVER, Some(bytes), _) => output.put(format_args!(" rss {}", size(bytes)))?,
        (WatchOn::CPU_OVER, Some(used), _) => {
            output.put(format_args!(" cpu {}.{}%", used / 10, used % 10))?;
        }
        (_, _, Some(status)) => output.put(format_args!(" {}", exit_code(status)))?,
        _ => {}
    }
    output.text("\n")
}

/// Prints that firings were lost.
pub(super) fn overrun(output: &mut Output, datagrams: u32, json: bool) -> Result<(), Failure> {
    match json {
        true => json_line(
            output,
            &serde_json::json!({ "overrun": { "drops": datagrams } }),
        ),
        false => output.line(format_args!("overrun: {datagrams} datagrams lost")),
    }
}
