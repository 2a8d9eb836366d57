// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask kernel`: makes a kernel ready and says where its parts are.

use std::process::ExitCode;

use anyhow::Result;

use crate::Env;
use crate::kernel::{KernelArgs, source};
use crate::{host, ui};

/// Makes a kernel ready: downloads or builds it, and says where it is
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    /// Ask the archive for the newest kernel again instead of keeping the one chosen earlier
    #[arg(long)]
    update: bool,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    host::install_missing(&env.cache)?;
    if args.update {
        source::forget(&env.cache);
    }
    let kernel = args.kernel.get(&env.cache)?;
    println!("release {}", kernel.release);
    println!("image   {}", kernel.image.display());
    println!("build   {}", kernel.build.display());
    println!("source  {}", kernel.source.display());
    if let Some(modules) = &kernel.modules {
        println!("modules {}", modules.display());
    }
    ui::print_split();
    Ok(ExitCode::SUCCESS)
}
