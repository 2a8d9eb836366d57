// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit`: speaks any netlink family from its YNL spec.
#![deny(unsafe_code)]
#![cfg_attr(all(not(test), target_env = "gnu"), no_main)]

mod attrs;
mod call;
mod compat;
mod decode;
mod list;
mod output;
mod plain;
mod policy;
mod shell;
mod show;
mod spec;
mod subscribe;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use genlkit::ynl::codec::Codec;
use genlkit::ynl::specs;
use output::{Failure, Format};
use plain::Line;
use std::ffi::OsString;
use std::time::Duration;

/// Speak to any netlink family of the kernel: ask, change, watch, decode.
///
/// Families are described by YNL specs, which the kernel has in Documentation/netlink/specs.
/// Specs are looked for in $GENLKIT_SPECS, in this program, in the data directories
/// (~/.local/share/genlkit/specs, /usr/share/ynl/specs), and in kernel trees.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_long_help = include_str!("help.txt"))]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    compat: compat::Args,
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

/// How long an answer is waited for where nobody says it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What all commands take.
#[derive(Args, Clone, Debug)]
struct Common {
    /// How to print values; YAML where it is not said, for lists a table.
    #[arg(long, short, global = true, value_enum)]
    output: Option<Format>,
    /// Tell what was not as the spec has it.
    #[arg(long, short, global = true)]
    verbose: bool,
    /// How long to wait for an answer, in seconds; 0 is for ever.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    timeout: Duration,
}

impl Common {
    fn format(&self, default: Format) -> Format {
        self.output.unwrap_or(default)
    }

    fn format_default(&self) -> Format {
        self.format(Format::default())
    }

    fn timeout(&self) -> Option<Duration> {
        Some(self.timeout).filter(|timeout| !timeout.is_zero())
    }
}

/// Reads a time in seconds; no clock runs over with the longest, which are 31 years.
fn seconds(text: &str) -> Result<Duration, String> {
    const MOST: f64 = 1e9;
    let seconds = text.parse().ok().filter(|seconds| *seconds <= MOST);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("a number of seconds from 0 to {MOST} is wanted"))
}

/// Which family.
#[derive(Args, Clone, Debug)]
struct Family {
    /// The family's name, or its spec's file.
    #[arg(add = clap_complete::ArgValueCompleter::new(shell::families))]
    family: String,
}

impl Family {
    fn plain(line: &mut Line<'_>) -> Option<Self> {
        let family = line.word()?;
        Some(Self { family })
    }

    fn load(&self) -> Result<Codec, Failure> {
        load(&self.family)
    }
}

/// Reads the spec of a family, or the spec file that the name is a path of.
fn load(name: &str) -> Result<Codec, Failure> {
    let path = std::path::Path::new(name);
    let is_path = name.contains('/') || path.extension().is_some_and(|ending| ending == "yaml");
    let found = if is_path {
        specs::file(path)
    } else {
        specs::family(name)
    };
    Ok(found?)
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Do(call::DoArgs),
    Dump(call::DumpArgs),
    Multi(call::MultiArgs),
    Subscribe(subscribe::Args),
    Decode(decode::Args),
    Policy(policy::Args),
    Spec(spec::Args),
    Completions(shell::Args),
    #[command(hide = true)]
    Man(shell::ManArgs),
}

genlkit::entry!(start);

/// Runs the program; the exit status.
fn start() -> u8 {
    // It looks for the directory before it sees that no shell asks.
    if std::env::var_os("COMPLETE").is_some() {
        clap_complete::CompleteEnv::with_factory(Cli::command).complete();
    }
    let words: Vec<OsString> = std::env::args_os().collect();
    let cli = plain::read(&words).unwrap_or_else(|| Cli::parse_from(&words));
    let result = match &cli.command {
        Some(command) => run(command, &cli.common),
        None => cli.compat.run(&cli.common),
    };
    match result {
        Ok(()) => 0,
        Err(failure) => failure.report(),
    }
}

fn run(command: &Command, common: &Common) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(args, common),
        Command::Show(args) => show::run(args, common),
        Command::Do(args) => call::run_do(args, common),
        Command::Dump(args) => call::run_dump(args, common),
        Command::Multi(args) => call::run_multi(args, common),
        Command::Subscribe(args) => subscribe::run(args, common),
        Command::Decode(args) => decode::run(args, common),
        Command::Policy(args) => policy::run(args, common),
        Command::Spec(args) => spec::run(args, common),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}
