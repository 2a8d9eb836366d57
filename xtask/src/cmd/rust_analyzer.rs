// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask rust-analyzer`: what an editor needs in kmod.

use std::process::ExitCode;

use anyhow::Result;

use crate::Env;
use crate::cmd::{TEST_MODULES, modules};
use crate::kernel::KernelArgs;
use crate::{rust_project, ui};

/// Writes kmod/rust-project.json, by which rust-analyzer knows the kernel layer and the handlers
///
/// Open kmod as a directory of its own, or name the file in rust-analyzer.linkedProjects beside
/// Cargo.toml. Run it again after a file of C headers has changed or the kernel has.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let kernel = modules(env, &args.kernel, TEST_MODULES)?;
    let path = rust_project::write(&env.cache, &kernel, &env.checkout)?;
    ui::print_split();
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}
