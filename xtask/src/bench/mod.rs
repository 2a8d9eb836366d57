// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `cargo xtask bench` makes of figures; and `bench user`, where clients of all kinds do the
//! same on this machine, in turns.

pub(crate) mod borrowed;
mod chart;
mod contenders;
pub(crate) mod costs;
mod figures;
mod kernel_tree;
mod libraries;
mod page;
pub(crate) mod tasks;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::Env;
use crate::cache::write_whole;
use crate::kernel::KernelArgs;
use crate::sh::Cmd;
use contenders::Contenders;
use figures::Figures;
use tasks::Task;

/// What of `bench user` is wanted.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct UserArgs {
    /// Of `user`: how often everybody has a turn
    #[arg(long, default_value_t = 40)]
    rounds: u32,
    /// Of `user`: contenders whose name contains one of these, if not all; the floor is always there
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Of `user`: what they do, if not everything
    #[arg(long, value_name = "TASK", value_delimiter = ',', value_enum)]
    task: Vec<Task>,
}

/// Builds the contenders, has them take turns, and writes a table and a page with charts.
pub(crate) fn user(
    env: &Env,
    kernel: &KernelArgs,
    args: &UserArgs,
    out: &Path,
) -> Result<ExitCode> {
    let tasks = match args.task.as_slice() {
        [] => Task::value_variants().to_vec(),
        some => some.to_vec(),
    };
    let step = env.cache.step("contenders");
    let contenders = Contenders::build(&env.cache, &env.checkout, kernel, &args.only, &step)?;
    step.done();
    let step = env.cache.step("rounds");
    let names: Vec<_> = tasks.iter().map(|task| task.name()).collect();
    let lines = Cmd::new("unshare")
        .args(["--map-root-user", "--net"])
        .arg(&contenders.rounds)
        .args([args.rounds.to_string(), names.join(",")])
        .args(contenders.arguments())
        .lines(&step)
        .context("the rounds have a network namespace of their own")?;
    step.done();
    let figures = Figures::read(&lines, tasks, &contenders);
    let table = page::table(&figures, &contenders);
    print!("{table}");
    write_whole(&out.with_extension("md"), table.as_bytes())?;
    write_whole(out, page::page(&figures, args.rounds).as_bytes())?;
    println!("{}", out.display());
    Ok(ExitCode::SUCCESS)
}
