// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag watch`: its commands.

mod add;
mod del;
mod firing;
mod follow;
mod list;

use crate::AnyClient;
use crate::output::Failure;
use clap::Subcommand;
use genlkit::taskdiag::Taskdiag;

const EXAMPLE: &str = include_str!("../help/watch.txt");

/// Be told when processes exit, fail, exec, grow large or busy.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Add(add::Args),
    List(list::Args),
    Del(del::Args),
    Follow(follow::Args),
}

pub(crate) fn run(client: AnyClient, args: &Args) -> Result<(), Failure> {
    let mut taskdiag = Taskdiag::with(client);
    match &args.command {
        Command::Add(args) => add::run(&mut taskdiag, args),
        Command::List(args) => list::run(&mut taskdiag, args),
        Command::Del(args) => del::run(&mut taskdiag, args),
        Command::Follow(args) => follow::run(&mut taskdiag, args),
    }
}
