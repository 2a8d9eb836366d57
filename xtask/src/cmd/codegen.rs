// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask codegen`: both sides of every family, from its spec.

use std::process::ExitCode;

use anyhow::{Context, Result};
use genlkit_codegen::driver::{self, Options};

use crate::Env;
use crate::host;
use crate::root::Root;

/// Regenerates everything that is made from spec/
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if a committed file is not what the spec gives
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let changed = generate(env, args.check)?;
    if args.check && changed > 0 {
        eprintln!(
            "error: {changed} generated files are not what spec/ gives: run `cargo xtask codegen`"
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Generates, or compares and prints the difference; returns how many files changed or would.
pub(crate) fn generate(env: &Env, check: bool) -> Result<usize> {
    host::install_missing(&env.cache)?;
    let root = Root::get(&env.cache)?;
    let step = env.cache.step("codegen");
    let checkout = &env.checkout;
    let bindgen = |args: &[String]| -> Result<String> {
        let inside = root
            .enter()
            .args(["--ro-bind".as_ref(), checkout.as_path(), checkout]);
        let cmd = inside
            .arg("--chdir")
            .arg(checkout)
            .arg("bindgen")
            .args(args);
        String::from_utf8(cmd.output(&step)?).context("bindgen printed no UTF-8")
    };
    let options = Options {
        root: checkout,
        check,
        bindgen: Some(&bindgen),
    };
    let report = driver::run(&options)?;
    step.done();
    for skipped in &report.skipped {
        eprintln!("skipped: {skipped}");
    }
    if check {
        print!("{}", report.diff);
    } else {
        for path in &report.changed {
            println!("wrote {}", path.display());
        }
    }
    let total = report.changed.len() + report.unchanged.len();
    println!(
        "{total} generated files, {} differ from before",
        report.changed.len()
    );
    Ok(report.changed.len())
}
