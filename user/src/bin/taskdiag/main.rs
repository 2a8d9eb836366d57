// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag`: lists the system's tasks over the family of the same name, and watches them.
#![deny(unsafe_code)]
#![cfg_attr(all(not(test), target_env = "gnu"), no_main)]

mod columns;
mod config;
mod events;
mod filter;
mod format;
mod get;
mod list;
mod output;
mod parse;
mod ping;
mod procfs;
mod shell;
mod stats;
mod table;
mod top;
mod users;
mod watch;

use clap::{Parser, Subcommand};
use genlkit::Error;
use genlkit::client::Client;
use genlkit::generated::taskdiag::FAMILY;
use genlkit::taskdiag::{Happenings, Taskdiag};
use genlkit::trace::Trace;
use genlkit::transport::{Direction, Options, Socket, Tap, Transport};
use output::{Failure, say};

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
    List(list::Args),
    Top(top::Args),
    Get(get::Args),
    Events(events::Args),
    Watch(watch::Args),
    Stats(stats::Args),
    Config(config::Args),
    Ping(ping::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// A client over a socket that may be traced.
type AnyClient = Client<Box<dyn Transport>>;

/// The family over such a client.
type AnyTaskdiag = Taskdiag<Box<dyn Transport>>;

/// What it tells.
type AnyHappenings<'c> = Happenings<'c, Box<dyn Transport>>;

/// How many bytes of events wait for their reader, where the system allows so many.
const QUEUE: u32 = 8 << 20;

genlkit::entry!(start);

/// Runs the program; the exit status.
fn start() -> u8 {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => 0,
        Err(failure) => failure.report(),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let open = || open(cli.trace);
    match &cli.command {
        Command::List(args) => list::run(&mut open()?, args),
        Command::Top(args) => top::run(open()?, args),
        Command::Get(args) => get::run(&mut open()?, args),
        Command::Events(args) => events::run(args, &open),
        Command::Watch(args) => watch::run(open()?, args),
        Command::Stats(args) => stats::run(&mut open()?, args),
        Command::Config(args) => config::run(&mut open()?, args),
        Command::Ping(args) => ping::run(&mut open()?, args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}

fn open(trace: bool) -> Result<AnyClient, Error> {
    let options = Options::new().queue_size(QUEUE);
    let socket = Socket::open(&options).map_err(Error::from_open)?;
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
