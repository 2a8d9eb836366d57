// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit subscribe`: what the kernel tells unasked.

use crate::output::{Failure, Format, Output, note};
use crate::{Common, Family, attrs, shell};
use clap_complete::ArgValueCompleter;
use genlkit::ynl::client::{Call, Client, Event, Mode};
use genlkit::ynl::codec::Codec;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Join multicast groups and print what comes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    family: Family,
    /// The groups, by name or number; all of the family's where none is given.
    #[arg(add = ArgValueCompleter::new(shell::groups))]
    groups: Vec<String>,
    /// Once the groups are joined, call this operation, on the same socket: can be repeated.
    ///
    /// Some families send events only to the socket that asked for them.
    #[arg(long, value_name = "OPERATION [JSON]")]
    call: Vec<String>,
    /// End after this many events.
    #[arg(long, short, value_name = "N")]
    count: Option<u64>,
    /// End after this many seconds.
    #[arg(long, alias = "sleep", value_name = "SECONDS", value_parser = crate::seconds)]
    duration: Option<Duration>,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let calls = args.call.iter().map(|call| {
        let (op, json) = call.split_once(' ').unwrap_or((call, "{}"));
        Ok((op.to_owned(), attrs::object(json)?))
    });
    let watch = Watch {
        groups: &args.groups,
        calls: calls.collect::<Result<_, Failure>>()?,
        count: args.count,
        duration: args.duration,
    };
    watch.run(args.family.load()?, common)
}

/// What to wait for, and how long.
pub(crate) struct Watch<'a> {
    /// All groups of the family where there are none.
    pub(crate) groups: &'a [String],
    /// What is called first.
    pub(crate) calls: Vec<(String, Map<String, Value>)>,
    /// So many events; for ever where none.
    pub(crate) count: Option<u64>,
    /// So long; for ever where none.
    pub(crate) duration: Option<Duration>,
}

impl Watch<'_> {
    /// Joins the groups, makes the calls and prints events until the count or the time is over.
    pub(crate) fn run(&self, codec: Codec, common: &Common) -> Result<(), Failure> {
        let family = codec.family();
        let all: Vec<String> = family.groups.iter().map(|g| g.name.to_string()).collect();
        let groups = match self.groups {
            // Without groups, what is called brings the events.
            [] if self.calls.is_empty() || family.groups.len() == 1 => &all[..],
            groups => groups,
        };
        if groups.is_empty() && self.calls.is_empty() {
            let text = format!("{} has no multicast groups", family.name);
            return Err(Failure::usage(text));
        }
        let mut client = Client::open(codec)?;
        client.set_timeout(common.timeout());
        for group in groups {
            client.subscribe(group)?;
        }
        for (op, value) in &self.calls {
            client.call(&Call::new(op, Mode::Do, value))?;
        }
        let until = |duration| Instant::now().checked_add(duration);
        let deadline = self.duration.and_then(until);
        note("listening");
        let mut output = Output::new();
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut failed = None;
        if left == 0 {
            return Ok(());
        }
        client.events(deadline, |event| match print(&mut output, event, common) {
            Ok(counted) => {
                left -= u64::from(counted);
                left > 0
            }
            Err(failure) => {
                failed = Some(failure);
                false
            }
        })?;
        failed.map_or(Ok(()), Err)
    }
}

/// True where it was an event.
fn print(output: &mut Output, event: Event, common: &Common) -> Result<bool, Failure> {
    match event {
        Event::Lost { count } => {
            note(&format!("the kernel dropped {count} datagrams of events"));
            Ok(false)
        }
        Event::Unregistered => {
            note("the family is gone: its module was unloaded");
            Ok(false)
        }
        Event::Registered => {
            note("the family is there again, and its groups were joined again");
            Ok(false)
        }
        // Nothing is kept in step with what is printed.
        Event::Resync => Ok(false),
        Event::Message {
            name,
            number,
            group: _,
            value,
            notes,
        } => {
            let name = name.map_or_else(|| json!(number), Value::String);
            for odd in notes.iter().filter(|_| common.verbose) {
                note(&odd.to_string());
            }
            let format = common.format_default();
            let event = json!({ "name": name, "msg": value });
            // An endless list, so that what is printed is YAML as a whole.
            let event = if format == Format::Yaml {
                json!([event])
            } else {
                event
            };
            output.value(&event, format)?;
            output.flush()?;
            Ok(true)
        }
    }
}
