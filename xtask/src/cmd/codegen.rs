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
        check: args.check,
        bindgen: Some(&bindgen),
    };
    let report = driver::run(&options)?;
    step.done();
    for skipped in &report.skipped {
        eprintln!("skipped: {skipped}");
    }
    if args.check && !report.changed.is_empty() {
        print!("{}", report.diff);
        eprintln!(
            "error: {} generated files are not what spec/ gives: run `cargo xtask codegen`",
            report.changed.len()
        );
        return Ok(ExitCode::FAILURE);
    }
    for path in &report.changed {
        println!("wrote {}", path.display());
    }
    println!(
        "{} generated files, {} changed",
        report.changed.len() + report.unchanged.len(),
        report.changed.len()
    );
    Ok(ExitCode::SUCCESS)
}
