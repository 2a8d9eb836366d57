// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `cargo xtask bench` makes of figures; and `bench user`, where clients of all kinds do the
//! same on this machine, in turns.

pub(crate) mod borrowed;
mod chart;
mod contenders;
pub(crate) mod costs;
mod figures;
mod page;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::Env;
use crate::cache::write_whole;
use crate::sh::Cmd;
use contenders::Contenders;
use figures::Figures;

/// Builds the contenders, has them take turns, and writes a table and a page with charts.
pub(crate) fn user(env: &Env, rounds: u32, out: &Path) -> Result<ExitCode> {
    let step = env.cache.step("contenders");
    let contenders = Contenders::build(&env.cache, &env.checkout, &step)?;
    step.done();
    let step = env.cache.step("rounds");
    let lines = Cmd::new("unshare")
        .args(["--map-root-user", "--net"])
        .arg(&contenders.rounds)
        .arg(rounds.to_string())
        .args(contenders.arguments())
        .lines(&step)
        .context("the rounds have a network namespace of their own")?;
    step.done();
    let figures = Figures::read(&lines, &contenders)?;
    let table = page::table(&figures, &contenders);
    print!("{table}");
    write_whole(&out.with_extension("md"), table.as_bytes())?;
    write_whole(out, page::page(&figures, rounds).as_bytes())?;
    println!("{}", out.display());
    Ok(ExitCode::SUCCESS)
}
