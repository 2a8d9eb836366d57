// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag stats`.

use crate::AnyClient;
use crate::output::{Failure, Output, json_line};
use genlkit::generated::taskdiag::StatsGetRequest;
use genlkit::view::{Value, View, Visitor};

const EXAMPLE: &str = include_str!("help/stats.txt");

/// Tell what the module has done since it was loaded.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// Print one JSON object, keys as in the family's spec.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    let stats = client.call(&StatsGetRequest::new())?;
    let mut output = Output::new();
    match args.json {
        true => json_line(&mut output, &stats)?,
        false => stats.visit(&mut Lines(&mut output))?,
    }
    output.finish()
}

/// Prints a line for each attribute that is present.
pub(crate) struct Lines<'o>(pub(crate) &'o mut Output);

impl Visitor for Lines<'_> {
    type Error = Failure;

    fn attr<T: Value>(&mut self, name: &'static str, value: Option<T>) -> Result<(), Failure> {
        match value {
            Some(value) => self.0.line(format_args!("{name:<12} {value}")),
            None => Ok(()),
        }
    }
}
