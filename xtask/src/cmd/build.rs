// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask build`: module and programs, without a guest.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::Env;
use crate::cmd::{MODULES, ready};
use crate::kernel::KernelArgs;
use crate::ui;

/// Builds the kernel module and the static programs, and says where they are
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let ready = ready(env, &args.kernel, MODULES)?;
    let out = env.cache.root().join("out").join(&ready.kernel.release);
    for module in &ready.modules {
        let path = out.join(format!("{}.ko", module.name));
        crate::cache::write_whole(&path, &module.data)
            .with_context(|| path.display().to_string())?;
        println!("{}", path.display());
    }
    for program in &ready.programs {
        println!("{}", program.path.display());
    }
    ui::print_split();
    Ok(ExitCode::SUCCESS)
}
