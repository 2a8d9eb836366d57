// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag watch add`.

use super::firing;
use crate::AnyTaskdiag;
use crate::format::Clock;
use crate::output::{Failure, Output, end_on_interrupt, say};
use genlkit::args::{OwnedBytes, bytes, flags};
use genlkit::generated::taskdiag::{WatchNewRequest, WatchOnFlags, uapi};
use genlkit::taskdiag::{Happening, Make};

const EXAMPLE: &str = include_str!("../help/watch-add.txt");

/// Make a watch: be told when processes exit, fail or exec.
///
/// It persists until it is deleted, and `taskdiag watch follow` tells when it fires; with --wait
/// it lives as long as this command, which tells itself. Needs CAP_NET_ADMIN in the user namespace
/// that owns the network namespace.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(super) struct Args {
    /// Its name, which no other watch has.
    #[arg(value_name = "NAME", value_parser = bytes(..=uapi::TASKDIAG_WATCH_NAME_MAX as usize))]
    name: OwnedBytes,
    /// The processes.
    #[arg(value_name = "PID", required = true, value_parser = clap::value_parser!(u32).range(1..))]
    pid: Vec<u32>,
    /// What to wait for; exit where nothing is said.
    #[arg(long, value_name = "WHAT", value_parser = flags::<WatchOnFlags>())]
    on: Option<WatchOnFlags>,
    /// Delete it when it has fired.
    #[arg(long)]
    oneshot: bool,
    /// Replace a watch of this name.
    #[arg(long)]
    replace: bool,
    /// Add to the processes of the watch of this name.
    #[arg(long, conflicts_with_all = ["replace", "wait", "on", "oneshot"])]
    append: bool,
    /// Stay, and tell when it fires, until Ctrl-C; once only with --oneshot.
    #[arg(long, short)]
    wait: bool,
    /// With --wait, print JSON, one object a line.
    #[arg(long, requires = "wait")]
    json: bool,
}

pub(super) fn run(taskdiag: &mut AnyTaskdiag, args: &Args) -> Result<(), Failure> {
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
        request.on = Some(args.on.unwrap_or(WatchOnFlags::EXIT));
        request.oneshot = args.oneshot;
        request.persist = !args.wait;
    }
    request
}
