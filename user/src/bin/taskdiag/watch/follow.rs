// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag watch follow`.

use super::firing;
use crate::AnyTaskdiag;
use crate::format::Clock;
use crate::output::{Failure, Output, end_on_interrupt, json_line, say};
use genlkit::generated::taskdiag::Watch;
use genlkit::taskdiag::Happening;

const EXAMPLE: &str = include_str!("../help/watch-follow.txt");

/// Tell when watches that persist fire, and when any are made and deleted, until Ctrl-C.
///
/// Says "listening" on standard error once nothing can be missed any more.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(super) struct Args {
    /// Only of watches of these names.
    #[arg(value_name = "NAME")]
    name: Vec<String>,
    /// Print JSON, one object a line: {"fired":...}, {"made":...}, {"deleted":...}.
    #[arg(long)]
    json: bool,
    /// Stop after so many firings.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

pub(super) fn run(taskdiag: &mut AnyTaskdiag, args: &Args) -> Result<(), Failure> {
    taskdiag.listen_to_watches()?;
    end_on_interrupt()?;
    say(format_args!("listening"));
    let clock = Clock::now();
    let mut output = Output::new();
    let mut happenings = taskdiag.happenings();
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        match happenings.next()? {
            Happening::Fired(fired) if is_named(args, fired.name) => {
                left -= 1;
                match args.json {
                    true => json_line(&mut output, &serde_json::json!({ "fired": fired }))?,
                    false => firing::print(&mut output, &fired, &clock, false)?,
                }
            }
            Happening::Watch(watch) if is_named(args, watch.name) => {
                change(&mut output, &watch, "made", args.json)?;
            }
            Happening::WatchDeleted(watch) if is_named(args, watch.name) => {
                change(&mut output, &watch, "deleted", args.json)?;
            }
            Happening::Overrun { datagrams } => firing::overrun(&mut output, datagrams, args.json)?,
            _ => {}
        }
        output.flush()?;
    }
    output.finish()
}

fn is_named(args: &Args, name: Option<genlkit::wire::Str<'_>>) -> bool {
    let name = name.unwrap_or_default();
    args.name.is_empty() || args.name.iter().any(|known| name == known.as_str())
}

/// Prints what became of a watch.
fn change(output: &mut Output, watch: &Watch<'_>, what: &str, json: bool) -> Result<(), Failure> {
    match json {
        true => json_line(output, &serde_json::json!({ what: watch })),
        false => {
            let name = watch.name.unwrap_or_default();
            output.line(format_args!("{what} {}", name.escaped()))
        }
    }
}
