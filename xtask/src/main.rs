// SPDX-License-Identifier: MIT OR Apache-2.0

//! The one door to building, running and testing genlkit.

mod apt;
mod bench;
mod cache;
mod cmd;
mod crates;
mod debian;
mod detect;
mod guest;
mod host;
mod initramfs;
mod kernel;
mod kmods;
mod libtest;
mod misuse;
mod module;
mod needs;
mod panics;
mod root;
mod rust_project;
mod rustdoc;
mod sh;
mod space;
mod suites;
mod third_party;
mod tree_specs;
mod ui;
mod vm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::cache::Cache;

/// Builds, runs and tests genlkit: the kernel module in a guest of its own, never on this machine.
///
/// Whatever is missing (host packages, toolchain, kernel) is fetched and built on first use and kept in
/// ~/.cache/genlkit. Every external command is printed before it runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
enum Args {
    Run(cmd::run::Args),
    Test(cmd::test::Args),
    Bench(cmd::bench::Args),
    Vm(cmd::vm::Args),
    Build(cmd::build::Args),
    Kernel(cmd::kernel::Args),
    Codegen(cmd::codegen::Args),
    Check(cmd::check::Args),
    Doc(cmd::doc::Args),
    RustAnalyzer(cmd::rust_analyzer::Args),
    Doctor(cmd::doctor::Args),
}

/// Where everything is.
#[derive(Clone, Debug)]
pub(crate) struct Env {
    pub(crate) checkout: PathBuf,
    pub(crate) cache: Cache,
}

impl Env {
    fn open() -> Result<Self> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let checkout = PathBuf::from(here)
            .parent()
            .context("xtask is not inside a checkout")?
            .to_owned();
        Ok(Self {
            checkout,
            cache: Cache::open()?,
        })
    }
}

/// How many compilers run at once.
pub(crate) fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn run(env: &Env, args: Args) -> Result<ExitCode> {
    match args {
        Args::Run(args) => cmd::run::run(env, &args),
        Args::Test(args) => cmd::test::run(env, &args),
        Args::Bench(args) => cmd::bench::run(env, &args),
        Args::Vm(args) => cmd::vm::run(env, &args),
        Args::Build(args) => cmd::build::run(env, &args),
        Args::Kernel(args) => cmd::kernel::run(env, &args),
        Args::Codegen(args) => cmd::codegen::run(env, &args),
        Args::Check(args) => cmd::check::run(env, &args),
        Args::Doc(args) => cmd::doc::run(env, &args),
        Args::RustAnalyzer(args) => cmd::rust_analyzer::run(env, &args),
        Args::Doctor(args) => cmd::doctor::run(env, &args),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    ui::start();
    let result = Env::open().and_then(|env| {
        let say_what_is_scarce = || space::scarce(&env).iter().for_each(|line| ui::say(line));
        say_what_is_scarce();
        // A full disk has many faces; this one says it plainly.
        run(&env, args).inspect_err(|_| say_what_is_scarce())
    });
    match result {
        Ok(code) => code,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
