// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag watch add`.

use super::firing;
use crate::AnyTaskdiag;
use crate::filter::Passing;
use crate::format::Clock;
use crate::output::{Failure, Output, end_on_interrupt, say};
use crate::parse;
use genlkit::args::{OwnedBytes, bytes, flags};
use genlkit::generated::taskdiag::{WatchNewRequest, WatchOnFlags, uapi};
use genlkit::taskdiag::{Happening, Make};

const EXAMPLE: &str = include_str!("../help/watch-add.txt");

/// Make a watch: be told when processes exit, fail, exec, grow large or busy.
///
/// It persists until it is deleted, and `taskdiag watch follow` tells when it fires; with --wait
/// it lives as long as this command, which tells itself; a watch of all that match needs --wait.
/// Needs CAP_NET_ADMIN in the user namespace that owns the network namespace.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(super) struct Args {
    /// Its name, which no other watch has.
    #[arg(value_name = "NAME", value_parser = bytes(..=uapi::TASKDIAG_WATCH_NAME_MAX as usize))]
    name: OwnedBytes,
    /// The processes, if not all that the options below describe.
    #[arg(value_name = "PID", required_unless_present = "Passing", conflicts_with = "Passing", value_parser = clap::value_parser!(u32).range(1..))]
    pid: Vec<u32>,
    /// What to wait for; exit where nothing is said, no threshold either.
    #[arg(long, value_name = "WHAT", value_parser = flags::<WatchOnFlags>())]
    on: Option<WatchOnFlags>,
    /// Fire when a process has more resident memory than this.
    #[arg(long, value_name = "SIZE", value_parser = parse::size)]
    rss_over: Option<u64>,
    /// Fire when a process uses more than this of one processor.
    #[arg(long, value_name = "PERCENT", value_parser = parse::permille)]
    cpu_over: Option<u32>,
    /// How often memory and processor time are looked at.
    #[arg(long, value_name = "TIME", value_parser = parse::millis)]
    interval: Option<u32>,
    /// Delete it when it has fired.
    #[arg(long)]
    oneshot: bool,
    /// Replace a watch of this name.
    #[arg(long)]
    replace: bool,
    /// Add to the processes of the watch of this name.
    #[arg(long, conflicts_with_all = ["Passing", "replace", "wait", "on", "oneshot", "rss_over", "cpu_over", "interval"])]
    append: bool,
    /// Stay, and tell when it fires, until Ctrl-C; once only with --oneshot.
    #[arg(long, short)]
    wait: bool,
    /// With --wait, print JSON, one object a line.
    #[arg(long, requires = "wait")]
    json: bool,
    #[command(flatten)]
    passing: Passing,
}

pub(super) fn run(taskdiag: &mut AnyTaskdiag, args: &Args) -> Result<(), Failure> {
    if args.passing.nest().is_some() && !args.wait {
        let text = "a watch of all that match goes with this command: say --wait";
        return Err(Failure::Usage(text.to_owned()));
    }
    taskdiag.watch(&request(args), make(args))?;
    if !args.wait {
        return Ok(());
    }
    end_on_interrupt()?;
    say(format_args!("watching"));
    let clock = Clock::now();
    let mut output = Output::new();
    let mut happenings = taskdiag.happenings();
    loop {
        match happenings.next()? {
            Happening::Fired(fired) => {
                firing::print(&mut output, &fired, &clock, args.json)?;
                if args.oneshot {
                    return output.finish();
                }
            }
            Happening::Overrun { datagrams } => firing::overrun(&mut output, datagrams, args.json)?,
            _ => {}
        }
        output.flush()?;
    }
}

fn make(args: &Args) -> Make {
    match (args.replace, args.append) {
        (true, _) => Make::Replace,
        (_, true) => Make::Append,
        _ => Make::New,
    }
}

fn request(args: &Args) -> WatchNewRequest<'_> {
    let mut request = WatchNewRequest::new()
        .name(args.name.as_bytes().0)
        .pid(&args.pid);
    if !args.append {
        request.on = Some(on(args));
        request.rss_threshold = args.rss_over;
        request.cpu_threshold = args.cpu_over;
        request.interval_ms = args.interval;
        request.oneshot = args.oneshot;
        request.persist = !args.wait;
        request.filter = args.passing.nest();
    }
    request
}

/// What is waited for: what is said, and what a threshold is for.
fn on(args: &Args) -> WatchOnFlags {
    let mut on = args.on.unwrap_or(WatchOnFlags::empty());
    if args.rss_over.is_some() {
        on |= WatchOnFlags::RSS_OVER;
    }
    if args.cpu_over.is_some() {
        on |= WatchOnFlags::CPU_OVER;
    }
    match on.is_empty() {
        true => WatchOnFlags::EXIT,
        false => on,
    }
}
