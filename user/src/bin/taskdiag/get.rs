// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag get`.

use crate::AnyClient;
use crate::output::{Failure, Output, json_line};
use genlkit::generated::taskdiag::{Group, TaskGetArgs};
use genlkit::view::{Value, View, Visitor};

const EXAMPLE: &str = "\
Example:
  $ taskdiag get 1 --groups base
  pid         1
  tgid        1
  ppid        0
  pgid        0
  sid         0
  state       sleeping
  comm        init
  start-time  418387902
  nthreads    5
  flags       4194560";

/// Tell about one task.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
#[command(mut_arg("pid", |pid| pid.long(None).value_name("PID").required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    request: TaskGetArgs,
    /// Print one JSON object, keys as in the family's spec.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    let mut request = args.request.request();
    request
        .groups
        .get_or_insert(Group::BASE | Group::CRED | Group::CPU);
    let task = client.call(&request)?;
    let mut output = Output::new();
    if args.json {
        json_line(&mut output, &task)?;
    } else {
        task.visit(&mut Lines(&mut output))?;
    }
    output.finish()
}

/// Prints a line for each attribute that is present.
struct Lines<'o>(&'o mut Output);

impl Visitor for Lines<'_> {
    type Error = Failure;

    fn attr<T: Value>(&mut self, name: &'static str, value: Option<T>) -> Result<(), Failure> {
        match value {
            Some(value) => self.0.line(format_args!("{name:<11} {value}")),
            None => Ok(()),
        }
    }
}
