// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask check`: format, lint, generated files, documentation.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::Env;
use crate::cmd::{TEST_MODULES, codegen, ready, test};
use crate::kernel::{Kernel, KernelArgs};
use crate::sh::Cmd;
use crate::{module, rustdoc, ui};

/// Checks format, lints, generated files and documentation, then runs the host tests
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    /// Leave the host tests out: `cargo xtask test` runs them too
    #[arg(long)]
    no_tests: bool,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let mut failed = Vec::new();
    let mut note = |what: &'static str, result: Result<()>| {
        if let Err(e) = result {
            ui::say(&format!("{what} failed: {e:#}"));
            failed.push(what);
        }
    };
    note("format", format(env));
    note("lint", lint(env));
    note("library documentation", library_documentation(env));
    note("generated files", generated(env));
    // The rest needs a kernel tree; without one there is nothing left to find.
    let ready = ready(env, &args.kernel, &[])?;
    let (kernel, checkout) = (&ready.kernel, &env.checkout);
    note(
        "module format",
        module::format(&env.cache, kernel, checkout),
    );
    note("module lint", module::lint(&env.cache, kernel, checkout));
    note("module documentation", documentation(env, kernel));
    if !args.no_tests && test::host_tests(env, &ready, &[])?.failed > 0 {
        failed.push("host tests");
    }
    ui::print_split();
    if failed.is_empty() {
        println!("check: ok");
        return Ok(ExitCode::SUCCESS);
    }
    println!("check: failed: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

fn cargo(env: &Env) -> Cmd {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Cmd::new(cargo).dir(&env.checkout)
}

fn format(env: &Env) -> Result<()> {
    let step = env.cache.step("format");
    cargo(env).args(["fmt", "--all", "--check"]).run(&step)?;
    step.done();
    Ok(())
}

fn lint(env: &Env) -> Result<()> {
    let step = env.cache.step("lint");
    let deny = ["--", "-D", "warnings"];
    cargo(env)
        .args(["clippy", "--workspace", "--all-targets", "--all-features"])
        .args(deny)
        .run(&step)?;
    // The library as a program without a command line takes it.
    cargo(env)
        .args(["clippy", "-p", "genlkit", "--lib", "--no-default-features"])
        .args(deny)
        .run(&step)?;
    step.done();
    Ok(())
}

/// A warning is mostly a link to nowhere.
fn library_documentation(env: &Env) -> Result<()> {
    let step = env.cache.step("library documentation");
    cargo(env)
        .args(["doc", "-p", "genlkit", "-p", "genlkit-spec"])
        .args(["--lib", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run(&step)?;
    step.done();
    Ok(())
}

/// The modules are those that the tests need anyway.
fn documentation(env: &Env, kernel: &Kernel) -> Result<()> {
    module::build(&env.cache, kernel, &env.checkout, TEST_MODULES)?;
    rustdoc::run(&env.cache, kernel, &env.checkout)?;
    Ok(())
}

fn generated(env: &Env) -> Result<()> {
    let changed = codegen::generate(env, true)?;
    if changed > 0 {
        bail!("{changed} generated files are not what spec/ gives: run `cargo xtask codegen`");
    }
    Ok(())
}
