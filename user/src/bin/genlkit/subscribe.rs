// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit subscribe`: what the kernel tells unasked.

use crate::output::{Failure, Format, Output, note};
use crate::{Common, Family, shell};
use clap_complete::ArgValueCompleter;
use genlkit::ynl::client::{Client, Event};
use genlkit::ynl::codec::Codec;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Join multicast groups and print what comes.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: Family,
    /// The groups, by name or number; all of the family's where none is given.
    #[arg(add = ArgValueCompleter::new(shell::groups))]
    groups: Vec<String>,
    /// End after this many events.
    #[arg(long, short, value_name = "N")]
    count: Option<u64>,
    /// End after this many seconds.
    #[arg(long, alias = "sleep", value_name = "SECONDS")]
    duration: Option<f64>,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    watch(
        args.family.load()?,
        &args.groups,
        args.count,
        args.duration,
        common,
    )
}

/// Joins the groups and prints events until the count or the time is over.
pub(crate) fn watch(
    codec: Codec,
    groups: &[String],
    count: Option<u64>,
    seconds: Option<f64>,
    common: &Common,
) -> Result<(), Failure> {
    let all: Vec<String> = codec
        .family()
        .groups
        .iter()
        .map(|group| group.name.clone())
        .collect();
    let groups = if groups.is_empty() { &all } else { groups };
    if groups.is_empty() {
        return Err(Failure::usage(format!(
            "{} has no multicast groups",
            codec.family().name
        )));
    }
    let mut client = Client::open(codec)?;
    for group in groups {
        client.subscribe(group)?;
    }
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let deadline = duration.and_then(|duration| Instant::now().checked_add(duration));
    let mut output = Output::new();
    let mut left = count.unwrap_or(u64::MAX);
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

/// True where it was an event.
fn print(output: &mut Output, event: Event, common: &Common) -> Result<bool, Failure> {
    match event {
        Event::Lost { count } => {
            note(&format!("the kernel dropped {count} datagrams of events"));
            Ok(false)
        }
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
