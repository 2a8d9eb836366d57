// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit policy`: what the running kernel accepts.

use crate::output::{Failure, Output};
use crate::{Common, Family, shell};
use clap_complete::ArgValueCompleter;
use genlkit::ynl::client::{Client, Mode};
use genlkit::ynl::codec::Codec;
use genlkit_spec::model::Operation;
use serde_json::{Map, Value};

/// Ask the running kernel what it accepts of an operation's attributes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    family: Family,
    /// The operation; all of the family's where it is not given.
    #[arg(add = ArgValueCompleter::new(shell::operations))]
    operation: Option<String>,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let all = live(args.family.load()?, args.operation.as_deref(), common)?;
    let mut output = Output::new();
    output.value(&all, common.format_default())?;
    output.flush()
}

/// What the running kernel accepts of an operation, or of all, by operation and mode.
pub(crate) fn live(codec: Codec, name: Option<&str>, common: &Common) -> Result<Value, Failure> {
    let wanted = |op: &&Operation| name.is_none_or(|name| op.name == name);
    let ops: Vec<(String, Vec<Mode>)> = codec
        .family()
        .ops
        .iter()
        .filter(wanted)
        .map(|op| (op.name.to_string(), modes(op)))
        .collect();
    if ops.is_empty() {
        let name = name.unwrap_or("any");
        let family = &codec.family().name;
        return Err(Failure::usage(format!(
            "{family} has no operation `{name}`"
        )));
    }
    let mut client = Client::open(codec)?;
    client.set_timeout(common.timeout());
    let mut all = Map::new();
    for (op, modes) in ops.iter().filter(|(_, modes)| !modes.is_empty()) {
        let mut by_mode = Map::new();
        for mode in modes {
            let policy = client.policy(op, *mode)?;
            by_mode.insert(mode.name().to_owned(), policy.unwrap_or(Value::Null));
        }
        all.insert(op.clone(), Value::Object(by_mode));
    }
    Ok(Value::Object(all))
}

fn modes(op: &Operation) -> Vec<Mode> {
    let r#do = op.r#do.as_ref().map(|_| Mode::Do);
    r#do.into_iter()
        .chain(op.dump.as_ref().map(|_| Mode::Dump))
        .collect()
}

/// Prints the policy of one operation and mode.
pub(crate) fn one(codec: Codec, op: &str, mode: Mode, common: &Common) -> Result<(), Failure> {
    let mut client = Client::open(codec)?;
    client.set_timeout(common.timeout());
    let policy = client.policy(op, mode)?;
    let mut output = Output::new();
    output.value(&policy.unwrap_or(Value::Null), common.format_default())?;
    output.flush()
}
