// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask check`: format, lint, generated files.

use std::process::ExitCode;

use anyhow::Result;

use crate::Env;
use crate::cmd::{codegen, ready, test};
use crate::kernel::KernelArgs;
use crate::sh::Cmd;
use crate::{module, ui};

/// Checks format, lints and generated files of both sides, then runs the host tests
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    /// Leave the host tests out: `cargo xtask test` runs them too
    #[arg(long)]
    no_tests: bool,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let cargo = || Cmd::new(&cargo).dir(&env.checkout);
    let step = env.cache.step("format");
    cargo().args(["fmt", "--all", "--check"]).run(&step)?;
    step.done();
    let step = env.cache.step("lint");
    cargo()
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ])
        .run(&step)?;
    cargo()
        .args([
            "clippy",
            "-p",
            "genlkit",
            "--lib",
            "--no-default-features",
            "--",
            "-D",
            "warnings",
        ])
        .run(&step)?;
    step.done();
    let generated = codegen::run(env, &codegen::Args { check: true })?;
    if generated != ExitCode::SUCCESS {
        return Ok(generated);
    }
    let ready = ready(env, &args.kernel, &[])?;
    module::lint(&env.cache, &ready.kernel, &env.checkout)?;
    if !args.no_tests && test::host_tests(env, &ready, &[])?.failed > 0 {
        return Ok(ExitCode::FAILURE);
    }
    ui::print_split();
    println!("check: ok");
    Ok(ExitCode::SUCCESS)
}
