// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag events`.

use crate::AnyClient;
use crate::format::Clock;
use crate::output::{Failure, Output, json_line, say};
use genlkit::client::Event;
use genlkit::generated::taskdiag::{self, EventTask, EventType, FAMILY, Notification};

const EXAMPLE: &str = "\
Example:
  $ taskdiag events --count 3
  listening
  11:11:51.683392 exit 108 (sleep) status 0
  11:11:51.693409 fork 98 (sh) -> 110 (sh)
  11:11:51.701929 exit 110 (ls) status 0";

/// Watch tasks fork, exec and exit, until Ctrl-C.
///
/// Says "listening" on standard error once no event can be missed any more. Once the module is
/// unloaded no event comes any more, even if it is loaded again: start this anew.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// Print JSON, one object a line; events lost are told as {"overrun":{"drops":N}}.
    #[arg(long)]
    json: bool,
    /// Stop after so many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    client.subscribe(&FAMILY, "events")?;
    // Each line is written at once, so that there is nothing to finish.
    ctrlc::set_handler(|| std::process::exit(0)).map_err(std::io::Error::other)?;
    say(format_args!("listening"));
    let clock = Clock::now();
    let mut output = Output::new();
    let mut events = client.events::<Notification<'_>>();
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        match events.next()? {
            Event::Notification {
                notification: Notification::TaskNtf(event),
                ..
            } => {
                left -= 1;
                match args.json {
                    true => json_line(&mut output, &event)?,
                    false => print(&mut output, &event, &clock)?,
                }
            }
            Event::Overrun { drops } if args.json => {
                let overrun = serde_json::json!({ "overrun": { "drops": drops } });
                json_line(&mut output, &overrun)?;
            }
            Event::Overrun { drops } => {
                output.line(format_args!("overrun: {drops} datagrams of events lost"))?;
            }
            // A newer module's event that this program does not know.
            _ => {}
        }
        output.flush()?;
    }
    output.finish()
}

/// Prints one event in words: when, what, who.
fn print(output: &mut Output, event: &taskdiag::Event<'_>, clock: &Clock) -> Result<(), Failure> {
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
    if let (EventType::EXIT, Some(status)) = (what, event.task.and_then(|task| task.exit_code)) {
        match status & 0x7f {
            0 => output.put(format_args!(" status {}", (status >> 8) & 0xff))?,
            signal => output.put(format_args!(" signal {signal}"))?,
        }
    }
    if let Some(lost) = event.lost {
        output.put(format_args!(" ({lost} events lost before)"))?;
    }
    output.put(format_args!("\n"))
}

fn describe(task: &EventTask<'_>) -> String {
    let pid = task
        .pid
        .map_or_else(|| "-".to_owned(), |pid| pid.to_string());
    format!("{pid} ({})", task.comm.unwrap_or_default().escaped())
}
