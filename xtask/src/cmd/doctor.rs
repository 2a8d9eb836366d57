// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask doctor`: what is there, what is missing, and the command that mends it.

use std::process::ExitCode;

use anyhow::Result;

use crate::Env;
use crate::host::{self, NEEDS};
use crate::kernel::{source, stock};
use crate::root::Root;
use crate::{apt, debian};

/// Says what is there, what is missing, and the command that mends it; changes nothing
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(env: &Env, _args: &Args) -> Result<ExitCode> {
    let mut missing = Vec::new();
    for need in NEEDS {
        match need.find() {
            Some(path) => row("ok", need.name, &path.display().to_string()),
            None => {
                row("missing", need.name, need.purpose);
                missing.push(need.package);
            }
        }
    }
    let privilege = match (host::is_root(), host::has_sudo()) {
        (true, _) => "root",
        (false, true) => "an ordinary user; sudo installs packages and makes the toolchain root",
        (false, false) => {
            "an ordinary user without sudo: packages must be there, user namespaces make the root"
        }
    };
    row("ok", "privilege", privilege);
    match apt::mirror() {
        Ok(mirror) => row("ok", "mirror", &mirror),
        Err(e) => row("missing", "mirror", &e.to_string()),
    }
    match Root::existing(&env.cache) {
        Some(root) => row(
            "ok",
            "toolchain root",
            &root.rustc_version().unwrap_or_else(|e| format!("{e:#}")),
        ),
        None => row(
            "later",
            "toolchain root",
            "`cargo xtask run` makes it (about a minute)",
        ),
    }
    match source::remembered(&env.cache) {
        Some(kernel) if stock::is_ready(&env.cache) => row("ok", "kernel", &kernel.release),
        Some(kernel) => row(
            "later",
            "kernel",
            &format!("{}: `cargo xtask kernel` makes it ready", kernel.release),
        ),
        None => row(
            "later",
            "kernel",
            &format!(
                "`cargo xtask kernel` takes Debian's newest {}",
                debian::SERIES
            ),
        ),
    }
    row("ok", "cache", &env.cache.root().display().to_string());
    if missing.is_empty() {
        println!("\nnothing is missing: cargo xtask run");
        return Ok(ExitCode::SUCCESS);
    }
    let sudo = if host::is_root() { "" } else { "sudo " };
    println!("\n`cargo xtask run` installs what is missing; by hand:");
    println!(
        "    {sudo}apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    Ok(ExitCode::from(3))
}

fn row(state: &str, what: &str, text: &str) {
    println!("{state:8} {what:20} {text}");
}
