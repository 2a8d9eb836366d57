// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask doc`: the documentation of the kernel side.

use std::process::ExitCode;

use anyhow::Result;

use crate::Env;
use crate::cmd::{TEST_MODULES, modules};
use crate::kernel::KernelArgs;
use crate::{rustdoc, ui};

/// Makes the documentation of the kernel layer and of each family's kernel side, and says where it is
///
/// Any warning of rustdoc is an error. The user side's is `cargo doc`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let kernel = modules(env, &args.kernel, TEST_MODULES)?;
    let out = rustdoc::run(&env.cache, &kernel, &env.checkout)?;
    ui::print_split();
    println!("{}", out.join("genl/index.html").display());
    Ok(ExitCode::SUCCESS)
}
