// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `cargo xtask bench` makes of figures; and `bench user`, where clients of all kinds do the
//! same on this machine, in turns.

pub(crate) mod borrowed;
mod chart;
mod contenders;
pub(crate) mod costs;
pub(crate) mod counted;
mod figures;
mod kernel_tree;
mod libraries;
mod page;
pub(crate) mod tasks;
pub(crate) mod tool;
mod tools;

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
    #[arg(long, default_value_t = 200)]
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
    let mut contenders =
        Contenders::build(&env.cache, &env.checkout, kernel, &args.only, &tasks, &step)?;
    step.done();
    let step = env.cache.step("rounds");
    let rounds = |start: Cmd, part: &[Task]| match part {
        [] => Ok(Vec::new()),
        part => {
            let names: Vec<_> = part.iter().map(|task| task.name()).collect();
            start
                .arg(&contenders.rounds)
                .args([args.rounds.to_string(), names.join(",")])
                .args(contenders.arguments())
                .lines(&step)
        }
    };
    let (inside, outside): (Vec<_>, Vec<_>) = tasks.iter().partition(|task| task.wants_namespace());
    let namespace = Cmd::new("unshare").args(["--map-root-user", "--net"]);
    let mut lines =
        rounds(namespace, &inside).context("the rounds have a network namespace of their own")?;
    // Through `env`, for it is a command that a command is given to.
    match rounds(Cmd::new("env"), &outside) {
        Ok(more) => lines.extend(more),
        Err(error) => contenders.missing.push(("TASKSTATS", format!("{error:#}"))),
    }
    step.done();
    let figures = Figures::read(&lines, tasks, &contenders);
    let table = page::table(&figures, &contenders);
    print!("{table}");
    write_whole(&out.with_extension("md"), table.as_bytes())?;
    write_whole(out, page::page(&figures, args.rounds).as_bytes())?;
    println!("{}", out.display());
    Ok(ExitCode::SUCCESS)
}
