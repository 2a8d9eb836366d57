// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit do`, `dump` and `multi`: requests and what the kernel answers.

use crate::output::{Failure, Format, Output, note};
use crate::plain::Line;
use crate::{Common, Family, attrs, shell};
use clap_complete::ArgValueCompleter;
use genlkit::wire::flags;
use genlkit::ynl::client::{Answer, Call, Client, Mode};
use genlkit::ynl::codec::Codec;
use serde_json::{Map, Value};
use std::mem::ManuallyDrop;

/// Call an operation: one request, one reply.
///
/// Prints the reply; nothing where the kernel only acknowledges.
#[derive(clap::Args, Debug)]
pub(crate) struct DoArgs {
    #[command(flatten)]
    family: Family,
    /// The operation, as `genlkit show FAMILY` lists them.
    #[arg(add = ArgValueCompleter::new(shell::do_operations))]
    operation: String,
    #[command(flatten)]
    value: ValueArgs,
    #[command(flatten)]
    flags: Flags,
}

impl DoArgs {
    /// What clap makes of a plain line.
    pub(crate) fn plain(line: &mut Line<'_>) -> Option<Self> {
        Some(Self {
            family: Family::plain(line)?,
            operation: line.word()?,
            value: ValueArgs::plain(line),
            flags: Flags::plain(line),
        })
    }
}

/// Ask for a dump: one request, any number of replies.
#[derive(clap::Args, Debug)]
pub(crate) struct DumpArgs {
    #[command(flatten)]
    family: Family,
    /// The operation, as `genlkit show FAMILY` lists them.
    #[arg(add = ArgValueCompleter::new(shell::dump_operations))]
    operation: String,
    #[command(flatten)]
    value: ValueArgs,
}

impl DumpArgs {
    /// What clap makes of a plain line.
    pub(crate) fn plain(line: &mut Line<'_>) -> Option<Self> {
        Some(Self {
            family: Family::plain(line)?,
            operation: line.word()?,
            value: ValueArgs::plain(line),
        })
    }
}

/// Call several operations at once, in one datagram: nftables takes its batches so.
///
/// Prints a list with the reply of each, null where the kernel only acknowledges.
#[derive(clap::Args, Debug)]
pub(crate) struct MultiArgs {
    #[command(flatten)]
    family: Family,
    /// Pairs of an operation and a JSON object.
    #[arg(required = true, num_args = 2.., value_names = ["OPERATION", "JSON"])]
    calls: Vec<String>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(clap::Args, Debug)]
struct ValueArgs {
    /// JSON objects, and ATTRIBUTE=VALUE with dots into nests.
    #[arg(value_name = "JSON|ATTRIBUTE=VALUE", add = ArgValueCompleter::new(shell::attributes))]
    attributes: Vec<String>,
    /// A JSON object with the attributes.
    #[arg(long, value_name = "JSON")]
    json: Option<String>,
}

impl ValueArgs {
    fn plain(line: &mut Line<'_>) -> Self {
        Self {
            attributes: line.words(),
            json: line.value("json").map(str::to_owned),
        }
    }

    fn parse(&self) -> Result<Map<String, Value>, Failure> {
        attrs::parse(self.json.as_deref(), &self.attributes)
    }
}

/// Bits of the request that classic families know.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    /// Create it where it does not exist (NLM_F_CREATE).
    #[arg(long)]
    create: bool,
    /// Replace what exists (NLM_F_REPLACE).
    #[arg(long)]
    replace: bool,
    /// Fail where it exists (NLM_F_EXCL).
    #[arg(long)]
    excl: bool,
    /// Add to the end (NLM_F_APPEND).
    #[arg(long)]
    append: bool,
    /// Ask for what the request made (NLM_F_ECHO).
    #[arg(long)]
    echo: bool,
}

impl Flags {
    fn plain(line: &mut Line<'_>) -> Self {
        Self {
            create: line.has("create"),
            replace: line.has("replace"),
            excl: line.has("excl"),
            append: line.has("append"),
            echo: line.has("echo"),
        }
    }

    pub(crate) fn bits(self) -> u16 {
        let all = [
            (self.create, flags::CREATE),
            (self.replace, flags::REPLACE),
            (self.excl, flags::EXCL),
            (self.append, flags::APPEND),
            (self.echo, flags::ECHO),
        ];
        all.into_iter()
            .filter(|(set, _)| *set)
            .fold(0, |bits, (_, flag)| bits | flag)
    }
}

pub(crate) fn run_do(args: &DoArgs, common: &Common) -> Result<(), Failure> {
    let value = args.value.parse()?;
    do_one(
        args.family.load()?,
        &args.operation,
        &value,
        args.flags.bits(),
        common,
    )
}

/// Calls one operation and prints the reply.
pub(crate) fn do_one(
    codec: Codec,
    op: &str,
    value: &Map<String, Value>,
    flags: u16,
    common: &Common,
) -> Result<(), Failure> {
    let mut client = open(codec, common)?;
    let answer = client.call(&Call {
        flags,
        ..Call::new(op, Mode::Do, value)
    })?;
    tell(&answer, common);
    let value = ManuallyDrop::new(reply(answer));
    let mut output = Output::new();
    if !value.is_null() || common.output == Some(Format::Json) {
        output.value(&value, common.format_default())?;
    }
    output.flush()
}

pub(crate) fn run_dump(args: &DumpArgs, common: &Common) -> Result<(), Failure> {
    dump(
        args.family.load()?,
        &args.operation,
        &args.value.parse()?,
        common,
    )
}

/// Asks for a dump and prints it.
pub(crate) fn dump(
    codec: Codec,
    op: &str,
    value: &Map<String, Value>,
    common: &Common,
) -> Result<(), Failure> {
    let mut client = open(codec, common)?;
    let answer = client.call(&Call::new(op, Mode::Dump, value))?;
    tell(&answer, common);
    let list = answer.messages.into_iter().map(Value::Object).collect();
    let list = ManuallyDrop::new(Value::Array(list));
    let mut output = Output::new();
    output.value(&list, common.format_default())?;
    output.flush()
}

pub(crate) fn run_multi(args: &MultiArgs, common: &Common) -> Result<(), Failure> {
    let (pairs, rest) = args.calls.as_chunks::<2>();
    if let [op] = rest {
        return Err(Failure::usage(format!(
            "`{op}` lacks its JSON object: {{}} where it is empty"
        )));
    }
    let calls: Result<Vec<_>, Failure> = pairs
        .iter()
        .map(|[op, json]| Ok((op.clone(), attrs::object(json)?)))
        .collect();
    multi(args.family.load()?, &calls?, args.flags.bits(), common)
}

/// Calls several operations at once and prints their replies.
pub(crate) fn multi(
    codec: Codec,
    calls: &[(String, Map<String, Value>)],
    flags: u16,
    common: &Common,
) -> Result<(), Failure> {
    let mut client = open(codec, common)?;
    let calls: Vec<Call<'_>> = calls
        .iter()
        .map(|(op, value)| Call {
            flags,
            ..Call::new(op, Mode::Do, value)
        })
        .collect();
    let mut replies = Vec::new();
    let mut failed = None;
    for answer in client.multi(&calls)? {
        match answer {
            Ok(answer) => {
                tell(&answer, common);
                replies.push(reply(answer));
            }
            Err(error) => {
                let number = replies.len() + 1;
                let op = calls.get(replies.len()).map_or("", |call| call.op);
                note(&format!(
                    "call {number} of {} ({op}) failed: {error}",
                    calls.len()
                ));
                replies.push(Value::Null);
                failed = failed.or(Some(error));
            }
        }
    }
    let mut output = Output::new();
    output.value(&Value::Array(replies), common.format_default())?;
    output.flush()?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// A client that lives as long as the program: its spec and what it read are not given back piece by piece.
fn open(codec: Codec, common: &Common) -> Result<ManuallyDrop<Client>, Failure> {
    let mut client = Client::open(codec)?;
    client.set_timeout(common.timeout());
    Ok(ManuallyDrop::new(client))
}

/// Nothing, the one message, or a list.
fn reply(answer: Answer) -> Value {
    let mut messages: Vec<Value> = answer.messages.into_iter().map(Value::Object).collect();
    match messages.len() {
        0 => Value::Null,
        1 => messages.remove(0),
        _ => Value::Array(messages),
    }
}

fn tell(answer: &Answer, common: &Common) {
    if answer.interrupted {
        note("what was dumped changed meanwhile: entries may be twice there or missing");
    }
    if let Some(warning) = &answer.warning {
        note(&format!("the kernel says: {warning}"));
    }
    for odd in answer.notes.iter().filter(|_| common.verbose) {
        note(&odd.to_string());
    }
}
