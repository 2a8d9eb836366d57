// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask bench`: what things cost.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use genlkit_init::job::Command;

use crate::Env;
use crate::bench;
use crate::cmd::{TEST_MODULES, ready};
use crate::guest;
use crate::kernel::KernelArgs;
use crate::vm::{Guest, Through, VmArgs};

/// Measures what things cost
///
/// `kernel` counts instructions in the guest, whose clock is its instruction counter and whose kernel's
/// addresses are not random. `user` measures processor time on this machine, in a network namespace of
/// its own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    /// What to count
    #[arg(value_enum)]
    what: What,
    /// Of `user`: how often everybody has a turn
    #[arg(long, default_value_t = 40)]
    rounds: u32,
    /// Of `user`: the page with the charts; the table goes beside it
    #[arg(long, value_name = "FILE", default_value = "target/bench-user.html")]
    out: PathBuf,
}

/// What can be counted.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// Requests and dump entries of a family in Rust and of its twin in C, from send to receive
    Kernel,
    /// Clients of all kinds that do the same: a loop by hand, ours, and other libraries
    User,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    match args.what {
        What::Kernel => kernel(env, &args.kernel),
        What::User => bench::user(env, args.rounds, &args.out),
    }
}

fn kernel(env: &Env, kernel: &KernelArgs) -> Result<ExitCode> {
    let ready = ready(env, kernel, TEST_MODULES)?;
    let program = guest::kernel_cost(&env.cache, &env.checkout)?;
    let argv = vec![program.name.clone()];
    let programs: Vec<_> = ready.programs.into_iter().chain([program]).collect();
    let guest = Guest {
        cache: &env.cache,
        kernel: &ready.kernel,
        args: VmArgs {
            icount: true,
            ..VmArgs::default()
        },
        programs: &programs,
        modules: &ready.modules,
        add: Vec::new(),
        host_root: None,
        pty: None,
        stdin: false,
        quiet: false,
    };
    let command = Command {
        argv,
        ..Command::default()
    };
    let outcome = guest.run(vec![command], &mut Through)?;
    outcome.check()?;
    match outcome.exits.first() {
        Some(exit) if exit.status() == 0 => Ok(ExitCode::SUCCESS),
        Some(exit) => bail!("in the guest: {exit}"),
        None => bail!("the guest reported no exit status"),
    }
}
