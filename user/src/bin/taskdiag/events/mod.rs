// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag events`.

mod line;
#[cfg(test)]
mod tests;
mod untold;

pub(crate) use line::describe;

use crate::filter::Who;
use crate::format::Clock;
use crate::output::{Failure, Output, end_on_interrupt, json_line, say};
use crate::{AnyClient, AnyTaskdiag};
use genlkit::Error;
use genlkit::args::flags;
use genlkit::generated::taskdiag::{
    Event, EventFollowRequest, EventType, EventTypeFlags, Group, TaskGetRequest,
};
use genlkit::taskdiag::{Happening, Taskdiag};
use std::process;
use untold::Untold;

const EXAMPLE: &str = include_str!("../help/events.txt");

/// Watch tasks fork, exec, exit, and change their name, ids or session, until Ctrl-C.
///
/// Says "listening" on standard error once no event can be missed any more. What is lost after all
/// is told where it is missing. Ids are those of the initial pid namespace. Without CAP_SYS_ADMIN,
/// only your own tasks are shown.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// What to tell of: fork, exec, exit, comm, ids, session; all where nothing is said.
    #[arg(long, short, value_name = "TYPES", value_parser = flags::<EventTypeFlags>())]
    types: Option<EventTypeFlags>,
    /// After each exec, the command line, where the task still runs when it is asked for.
    #[arg(long, short = 'a')]
    cmdline: bool,
    /// Print JSON, one object a line; events lost are told as {"overrun":{"drops":N}} and as "lost"
    /// of the event after them, before that, once it is quiet, as {"lost-untold":N}.
    #[arg(long)]
    json: bool,
    /// Stop after so many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    who: Who,
}

impl Args {
    /// What the kernel is asked to tell of.
    fn request(&self) -> EventFollowRequest<'_> {
        let mut request = EventFollowRequest::new();
        request.types = self.types;
        request.filter = self.who.of_events();
        request
    }
}

pub(crate) fn run(
    args: &Args,
    open: &impl Fn() -> Result<AnyClient, Error>,
) -> Result<(), Failure> {
    end_on_interrupt()?;
    let mut taskdiag = Taskdiag::with(open()?);
    taskdiag.follow(&args.request())?;
    let mut asking = match args.cmdline {
        true => Some(open()?),
        false => None,
    };
    say(format_args!("listening"));
    print(args, &mut taskdiag, asking.as_mut(), Output::new())
}

/// Prints what happens, until there were as many events as are wanted.
fn print(
    args: &Args,
    taskdiag: &mut AnyTaskdiag,
    mut asking: Option<&mut AnyClient>,
    mut output: Output,
) -> Result<(), Failure> {
    let clock = Clock::now();
    let mut left = args.count.unwrap_or(u64::MAX);
    let mut untold = Untold::default();
    while left > 0 {
        let mut happenings = taskdiag.happenings();
        match untold.next(&mut happenings)? {
            None => {
                let lost = untold.ask(taskdiag)?;
                if args.json && lost > 0 {
                    json_line(&mut output, &serde_json::json!({ "lost-untold": lost }))?;
                } else if lost > 0 {
                    line::lost(&mut output, lost)?;
                }
            }
            // What this program does to listen is not what anybody listens for.
            Some(Happening::Event(event)) if is_ours(&event) && event.lost.is_none() => {}
            Some(Happening::Event(event)) if args.json => {
                left -= 1;
                untold.told();
                json_line(&mut output, &event)?;
            }
            Some(Happening::Event(mut event)) => {
                left -= 1;
                let told = untold.told();
                event.lost = event.lost.map(|lost| lost - told.min(lost));
                line::print(&mut output, &event, &clock)?;
                if let Some(client) = asking.as_deref_mut() {
                    print_cmdline(&mut output, client, &event)?;
                }
                output.text("\n")?;
            }
            Some(Happening::Overrun { datagrams }) if args.json => {
                let overrun = serde_json::json!({ "overrun": { "drops": datagrams } });
                json_line(&mut output, &overrun)?;
            }
            Some(Happening::Overrun { datagrams }) => {
                output.line(format_args!(
                    "overrun: {datagrams} datagrams of events lost"
                ))?;
            }
            // A newer module's event that this program does not know.
            Some(_) => {}
        }
        output.flush()?;
    }
    output.finish()
}

/// Whether an event is about this program itself.
fn is_ours(event: &Event<'_>) -> bool {
    let of = event.task.and_then(|task| task.tgid);
    of == Some(process::id())
}

/// Prints what a task that has replaced its program runs now; nothing where it is gone already.
fn print_cmdline(
    output: &mut Output,
    client: &mut AnyClient,
    event: &Event<'_>,
) -> Result<(), Failure> {
    let (Some(EventType::EXEC), Some(task)) = (event.r#type, event.task) else {
        return Ok(());
    };
    let mut request = TaskGetRequest::new().groups(Group::CMDLINE);
    request.pid = task.tgid;
    if let Ok(task) = client.call(&request)
        && let Some(args) = task.cmdline
    {
        output.text(": ")?;
        line::arguments(output, &args)?;
    }
    Ok(())
}
