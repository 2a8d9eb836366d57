// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag get`.

use crate::AnyClient;
use crate::columns::print::Cell;
use crate::columns::value::{Names, Value as Shown};
use crate::format::{Clock, exit_code, size, span};
use crate::output::{Failure, Output, json_line, say};
use crate::procfs::Procfs;
use genlkit::generated::taskdiag::{Group, Task, TaskGetRequest};
use serde_json::Value;
use std::fmt;

const EXAMPLE: &str = include_str!("help/get.txt");

/// Tell all about one task.
///
/// Groups that the kernel withheld are named on standard error, and under "omitted" in JSON.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// The task's id; a thread's, too.
    #[arg(value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pid: u32,
    /// The groups of attributes to ask for; all where it is not said.
    #[arg(long, value_name = "GROUPS", value_parser = genlkit::args::flags::<Group>())]
    groups: Option<Group>,
    /// Print one JSON object, keys as in the family's spec.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    procfs: Procfs,
}

/// All groups that this program knows.
pub(crate) fn all() -> Group {
    Group::all()
        .iter_names()
        .fold(Group::empty(), |all, (_, group)| all | group)
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    let groups = args.groups.unwrap_or_else(all);
    let procfs = args.procfs.open()?;
    let mut request = TaskGetRequest::new().pid(args.pid).groups(groups);
    request.procfs_fd = procfs.fd();
    let task = client.call(&request)?;
    let mut output = Output::new();
    if args.json {
        json_line(&mut output, &task)?;
        return output.finish();
    }
    for line in lines(&task, &Clock::now()) {
        match &line {
            Line::Nest(name) => output.heading(name)?,
            _ => output.line(format_args!("{line}"))?,
        }
    }
    output.finish()?;
    if let Some(omitted) = task.omitted {
        say(format_args!(
            "note: {omitted} withheld: not yours to see, or not known in time"
        ));
    }
    Ok(())
}

/// A line about a task.
#[derive(Debug)]
pub(crate) enum Line {
    /// The name of the nest whose attributes follow.
    Nest(String),
    /// An attribute's name and its value.
    Attr(String, String),
    /// The same in a nest.
    Inner(String, String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nest(name) => f.write_str(name),
            Self::Attr(name, value) => write!(f, "{name:<12} {value}"),
            Self::Inner(name, value) => write!(f, "  {name:<22} {value}"),
        }
    }
}

/// A line for each attribute that is present, those of a nest below its name.
pub(crate) fn lines(task: &Task<'_>, clock: &Clock) -> Vec<Line> {
    let mut lines = Vec::new();
    let Ok(Value::Object(attrs)) = serde_json::to_value(task) else {
        return lines;
    };
    for (name, value) in &attrs {
        match (name.as_str(), value) {
            ("cmdline", _) => lines.push(Line::Attr(name.clone(), command_line(task))),
            (nest, Value::Object(inner)) => {
                lines.push(Line::Nest(name.clone()));
                lines.extend(inner.iter().map(|(name, value)| {
                    Line::Inner(name.clone(), readable(nest, name, value, clock))
                }));
            }
            _ => lines.push(Line::Attr(name.clone(), readable("", name, value, clock))),
        }
    }
    lines
}

fn command_line(task: &Task<'_>) -> String {
    let mut text = Vec::new();
    let args = task.cmdline.map_or(&[][..], |args| args.0);
    Shown::Args(args).print(&mut Cell::new(&mut text), &mut Names::new());
    String::from_utf8_lossy(&text).into_owned()
}

/// A value as people read it, with the number itself where that says less.
fn readable(nest: &str, name: &str, value: &Value, clock: &Clock) -> String {
    let number = value.as_u64();
    match (nest, name, number) {
        ("", "start-time", Some(nanos)) => format!("{} ({nanos} ns after boot)", clock.date(nanos)),
        ("", "flags", Some(flags)) => format!("{flags:#x}"),
        ("", "exit-code", _) => {
            let status = value.as_i64().and_then(|status| i32::try_from(status).ok());
            status.map_or_else(|| value.to_string(), exit_code)
        }
        ("cred", "cap-eff" | "cap-prm" | "cap-inh", Some(bits)) => format!("{bits:#x}"),
        ("cpu", "utime" | "stime" | "runtime", Some(nanos)) => span(nanos),
        ("mm", _, Some(bytes)) => sized(bytes),
        (
            "io",
            "rchar" | "wchar" | "read-bytes" | "write-bytes" | "cancelled-write-bytes",
            Some(bytes),
        ) => sized(bytes),
        ("exe", "dev", Some(dev)) => {
            format!("{}:{}", nix::libc::major(dev), nix::libc::minor(dev))
        }
        ("", "omitted", _) => task_groups(value),
        _ => match value {
            Value::String(text) => genlkit::wire::Str::until_nul(text.as_bytes())
                .escaped()
                .to_string(),
            other => other.to_string(),
        },
    }
}

/// Flags, which are an array of names in JSON.
fn task_groups(value: &Value) -> String {
    let names = value.as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
    names.join(",")
}

fn sized(bytes: u64) -> String {
    match bytes {
        ..1000 => bytes.to_string(),
        _ => format!("{bytes} ({})", size(bytes)),
    }
}
