// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag`: lists the system's tasks over the family of the same name, and watches them.
#![deny(unsafe_code)]

mod events;
mod format;
mod get;
mod list;
mod output;
mod ping;
mod users;

use clap::{Parser, Subcommand};
use genlkit::Error;
use genlkit::client::Client;
use genlkit::generated::taskdiag::FAMILY;
use genlkit::trace::Trace;
use genlkit::transport::{Direction, Options, Socket, Tap, Transport};
use output::{Failure, say};
use std::process::ExitCode;

/// List the system's tasks, and watch them come and go, over the generic netlink family
/// "taskdiag".
#[derive(Parser)]
#[command(name = "taskdiag", version, max_term_width = 100, after_long_help = include_str!("help.txt"))]
struct Cli {
    /// Print every message that is sent and received, decoded, on standard error.
    #[arg(long, global = true)]
    trace: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Ping(ping::Args),
    List(list::Args),
    Get(get::Args),
    Events(events::Args),
}

/// A client over a socket that may be traced.
type AnyClient = Client<Box<dyn Transport>>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let mut client = open(cli.trace)?;
    match &cli.command {
        Command::Ping(args) => ping::run(&mut client, args),
        Command::List(args) => list::run(&mut client, args),
        Command::Get(args) => get::run(&mut client, args),
        Command::Events(args) => events::run(&mut client, args),
    }
}

fn open(trace: bool) -> Result<AnyClient, Error> {
    let socket = Socket::open(&Options::default()).map_err(Error::from_open)?;
    Ok(Client::with(match trace {
        true => Box::new(Tap::new(socket, show)) as Box<dyn Transport>,
        false => Box::new(socket),
    }))
}

/// Prints one traced datagram.
fn show(direction: Direction, datagram: &[u8]) {
    let arrow = match direction {
        Direction::Sent => "->",
        Direction::Received => "<-",
    };
    for line in Trace::new(datagram, &FAMILY).to_string().lines() {
        // Attributes are indented below their message.
        let arrow = if line.starts_with(' ') { "  " } else { arrow };
        say(format_args!("{arrow} {line}"));
    }
}
