// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag config`.

use crate::AnyClient;
use crate::output::{Failure, Output, json_line};
use crate::stats::Lines;
use clap::Subcommand;
use genlkit::generated::taskdiag::{ConfigGetRequest, ConfigSetArgs, ConfigSetRequest};
use genlkit::view::View as _;

const EXAMPLE: &str = include_str!("help/config.txt");

/// Show how the module is set, or set it.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Show(ShowArgs),
    Set(SetArgs),
}

/// Show how the module is set.
#[derive(clap::Args, Default)]
#[command(after_long_help = EXAMPLE)]
struct ShowArgs {
    /// Print one JSON object, keys as in the family's spec.
    #[arg(long)]
    json: bool,
}

/// Set what is said, for everybody; what is not said stays. Needs CAP_NET_ADMIN.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
struct SetArgs {
    #[command(flatten)]
    request: ConfigSetArgs,
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    match &args.command {
        None => show(client, &ShowArgs::default()),
        Some(Command::Show(args)) => show(client, args),
        Some(Command::Set(args)) => set(client, args),
    }
}

fn show(client: &mut AnyClient, args: &ShowArgs) -> Result<(), Failure> {
    let config = client.call(&ConfigGetRequest::new())?;
    let mut output = Output::new();
    match args.json {
        true => json_line(&mut output, &config)?,
        false => config.visit(&mut Lines(&mut output))?,
    }
    output.finish()
}

fn set(client: &mut AnyClient, args: &SetArgs) -> Result<(), Failure> {
    let request = args.request.request();
    if request == ConfigSetRequest::new() {
        return Err(Failure::Usage(
            "nothing to set: see `taskdiag config set --help`".to_owned(),
        ));
    }
    Ok(client.call(&request)?)
}
