// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask bench`: what things cost, in instructions.

use std::process::ExitCode;

use anyhow::{Result, bail};
use genlkit_init::job::Command;

use crate::Env;
use crate::cmd::{TEST_MODULES, ready};
use crate::guest;
use crate::kernel::KernelArgs;
use crate::vm::{Guest, Through, VmArgs};

/// Counts what things cost in the guest, in instructions
///
/// The guest's clock is its instruction counter and its kernel's addresses are not random.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    /// What to count
    #[arg(value_enum)]
    what: What,
}

/// What can be counted.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// Requests and dump entries of a family in Rust and of its twin in C, from send to receive
    Kernel,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let ready = ready(env, &args.kernel, TEST_MODULES)?;
    let program = match args.what {
        What::Kernel => guest::kernel_cost(&env.cache, &env.checkout)?,
    };
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
