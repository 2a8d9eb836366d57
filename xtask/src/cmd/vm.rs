// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask vm`: one command in a guest.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use genlkit_init::job::Command;

use crate::Env;
use crate::cmd::{MODULES, ready};
use crate::kernel::KernelArgs;
use crate::ui;
use crate::vm::{Guest, Sink, Through, VmArgs, terminal};

/// Boots a guest, loads the modules, runs COMMAND with its own stdin, stdout and exit status, powers off
///
/// In the guest: our tools, busybox and what --add brings; with --host-root everything that this
/// machine has. The status is COMMAND's; 3 when the guest itself failed (panic, warning, hang).
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask vm -- taskdiag list\n  \
    cargo xtask vm --host-root -- strace -e trace=network taskdiag ping\n  cargo xtask vm --shell")]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    #[command(flatten)]
    vm: VmArgs,
    /// Load none of our modules
    #[arg(long)]
    no_modules: bool,
    /// An interactive shell on a terminal of its own (Ctrl-] ends the guest)
    #[arg(long)]
    shell: bool,
    /// This machine's root, or the root in another directory, over 9p: read-only, with scratch space on
    /// /tmp, /run and /var/tmp
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "/")]
    host_root: Option<PathBuf>,
    /// Put a file or directory into the guest's /root, which is in PATH and where COMMAND starts
    #[arg(long, value_name = "PATH")]
    add: Vec<PathBuf>,
    /// The command and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Says in which state the guest ended when it was not COMMAND's own end.
const GUEST_FAILED: u8 = 3;

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let mut argv = args.command.clone();
    if argv.is_empty() {
        if !args.shell {
            bail!("what shall run? cargo xtask vm -- COMMAND..., or cargo xtask vm --shell");
        }
        argv = if args.host_root.is_some() {
            vec!["bash".into(), "-i".into()]
        } else {
            vec!["sh".into()]
        };
    }
    if args.shell && args.vm.icount {
        bail!("--shell needs a clock that waits for you: not with --icount");
    }
    let modules = if args.no_modules { &[] } else { MODULES };
    let ready = ready(env, &args.kernel, modules)?;
    let pty = if args.shell {
        Some(terminal::size().unwrap_or(genlkit_init::job::Size { rows: 25, cols: 80 }))
    } else {
        None
    };
    let mut vm = args.vm.clone();
    if args.shell {
        // A person decides when it ends.
        vm.timeout = vm.timeout.max(24 * 3600);
    }
    let guest = Guest {
        cache: &env.cache,
        kernel: &ready.kernel,
        args: vm,
        programs: &ready.programs,
        modules: &ready.modules,
        add: args.add.clone(),
        host_root: args.host_root.clone(),
        pty,
        stdin: !args.vm.icount,
        quiet: false,
    };
    let dir = if args.host_root.as_deref() == Some(Path::new("/")) {
        std::env::current_dir()?.display().to_string()
    } else {
        String::new()
    };
    let command = Command {
        argv,
        dir,
        ..Command::default()
    };
    let raw = args.shell.then(terminal::Raw::enter);
    let mut sink = Through;
    let sink: &mut dyn Sink = &mut sink;
    let outcome = guest.run(vec![command], sink);
    drop(raw);
    let outcome = outcome?;
    if let Err(e) = outcome.check() {
        eprintln!("error: {e:#}");
        return Ok(ExitCode::from(GUEST_FAILED));
    }
    if outcome.left {
        return Ok(ExitCode::SUCCESS);
    }
    let Some(exit) = outcome.exits.first() else {
        bail!("the guest reported no exit status")
    };
    if exit.status() != 0 {
        ui::say(&format!(
            "in the guest: {exit} (kernel log: {})",
            outcome.log.display()
        ));
    }
    Ok(ExitCode::from(u8::try_from(exit.status()).unwrap_or(1)))
}
