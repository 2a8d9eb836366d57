// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag watch list`.

use crate::AnyTaskdiag;
use crate::format::{size, span};
use crate::output::{Failure, Output};
use genlkit::generated::taskdiag::Watch;

const EXAMPLE: &str = include_str!("../help/watch-list.txt");

/// List the watches of the network namespace.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(super) struct Args {
    /// Print one JSON array, an object for each watch, keys as in the family's spec.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(taskdiag: &mut AnyTaskdiag, args: &Args) -> Result<(), Failure> {
    let mut output = Output::new();
    let mut watches = taskdiag.watches()?;
    if args.json {
        let mut separator = "[\n";
        let ended = watches.try_for_each(|watch| {
            output.text(std::mem::replace(&mut separator, ",\n"))?;
            output.json(watch)
        });
        // Whole even where the dump was cut short, which the exit status tells.
        output.text(if separator == "[\n" { "[]\n" } else { "\n]\n" })?;
        output.flush()?;
        return ended;
    }
    output.heading("     ID NAME             FIRED    OWNER ON")?;
    let ended = watches.try_for_each(|watch| print(&mut output, watch));
    output.flush()?;
    ended
}

/// Prints a watch: what it is called, whose it is, what it waits for, of whom.
fn print(output: &mut Output, watch: &Watch<'_>) -> Result<(), Failure> {
    let name = watch.name.unwrap_or_default().to_string();
    let owner = match watch.owner.unwrap_or(0) {
        0 => "-".to_owned(),
        owner => owner.to_string(),
    };
    let id = watch.id.unwrap_or(0);
    let fired = watch
        .fired
        .map_or_else(|| "-".to_owned(), |fired| fired.to_string());
    let on = watch.on.unwrap_or_default();
    output.put(format_args!(
        "{id:>7} {name:<16} {fired:>5} {owner:>8} {on}"
    ))?;
    if let Some(bytes) = watch.rss_threshold {
        output.put(format_args!(" rss>{}", size(bytes)))?;
    }
    if let Some(used) = watch.cpu_threshold {
        output.put(format_args!(" cpu>{}.{}%", used / 10, used % 10))?;
    }
    if let Some(millis) = watch.interval_ms {
        let nanos = u64::from(millis) * 1_000_000;
        output.put(format_args!(" every {}", span(nanos)))?;
    }
    let words = [(watch.oneshot, " oneshot"), (watch.persist, " persist")];
    for (_, word) in words.iter().filter(|(is, _)| *is) {
        output.text(word)?;
    }
    if let Some(pids) = watch.pid.present() {
        output.put(format_args!(" pid={pids}"))?;
    }
    if let Some(filter) = watch.filter {
        output.put(format_args!(" {filter}"))?;
    }
    output.text("\n")
}
