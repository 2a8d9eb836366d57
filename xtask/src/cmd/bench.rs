// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask bench`: what things cost.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use genlkit_init::job::Command;

use crate::Env;
use crate::bench;
use crate::bench::borrowed::Borrowed;
use crate::cache::write_whole;
use crate::cmd::{TEST_MODULES, ready};
use crate::guest;
use crate::kernel::KernelArgs;
use crate::vm::{Guest, Sink, Through, VmArgs};

/// Measures what things cost
///
/// `kernel` and `taskdiag` count instructions in the guest, whose clock is its instruction counter and
/// whose kernel's addresses are not random. `user` measures processor time on this machine, in a network namespace of
/// its own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    /// What to count
    #[arg(value_enum)]
    what: What,
    /// Of `taskdiag`: with how many processes
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1000, 10_000, 50_000])]
    tasks: Vec<u32>,
    /// Of `taskdiag`: the tables to make, if not all
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    #[command(flatten)]
    user: bench::UserArgs,
    /// Of `taskdiag` and `user`: the page with the charts, if not target/bench-WHAT.html; the table
    /// goes beside it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What can be counted.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// Requests and dump entries of a family in Rust and of its twin in C, from send to receive
    Kernel,
    /// What it costs to learn of each task: taskdiag, readers of /proc, TASKSTATS
    Taskdiag,
    /// Clients of all kinds that do the same: a loop by hand, ours, and other libraries
    User,
}

impl Args {
    /// Where the page goes.
    fn out(&self, what: &str) -> PathBuf {
        let usual = || format!("target/bench-{what}.html").into();
        self.out.clone().unwrap_or_else(usual)
    }
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    match args.what {
        What::Kernel => counted(
            env,
            &args.kernel,
            "genltest_cost",
            &[],
            VmArgs::default(),
            Vec::new(),
            &mut Through,
        ),
        What::Taskdiag => taskdiag(env, args),
        What::User => bench::user(env, &args.kernel, &args.user, &args.out("user")),
    }
}

fn taskdiag(env: &Env, args: &Args) -> Result<ExitCode> {
    let most = args.tasks.iter().copied().max().unwrap_or_default();
    let numbers = args.tasks.iter().map(u32::to_string);
    let told: Vec<_> = numbers.chain(args.tables.iter().cloned()).collect();
    let vm = VmArgs {
        // A process that sleeps needs about 100 KiB.
        mem: 1024 + most / 8,
        timeout: 600 + u64::from(most) / 8,
        ..VmArgs::default()
    };
    let mut kept = Kept(Vec::new());
    let ps = Borrowed::new(&env.cache, "ps")?;
    let add = ps.iter().map(Borrowed::dir).collect();
    let exit = counted(
        env,
        &args.kernel,
        "taskdiag_cost",
        &told,
        vm,
        add,
        &mut kept,
    )?;
    let said = String::from_utf8_lossy(&kept.0);
    let out = args.out("taskdiag");
    write_whole(&out.with_extension("md"), said.as_bytes())?;
    write_whole(&out, bench::costs::page(&said).as_bytes())?;
    println!("{}", out.display());
    Ok(exit)
}

/// Passes the streams through, and keeps standard output.
struct Kept(Vec<u8>);

impl Sink for Kept {
    fn stdout(&mut self, data: &[u8]) {
        self.0.extend_from_slice(data);
        Through.stdout(data);
    }

    fn stderr(&mut self, data: &[u8]) {
        Through.stderr(data);
    }
}

/// Runs a program in a guest whose clock counts instructions.
fn counted(
    env: &Env,
    kernel: &KernelArgs,
    name: &str,
    arguments: &[String],
    args: VmArgs,
    add: Vec<PathBuf>,
    sink: &mut dyn Sink,
) -> Result<ExitCode> {
    let ready = ready(env, kernel, TEST_MODULES)?;
    let program = guest::benchmark(&env.cache, &env.checkout, name)?;
    let argv = [std::slice::from_ref(&program.name), arguments].concat();
    let programs: Vec<_> = ready.programs.into_iter().chain([program]).collect();
    let guest = Guest {
        cache: &env.cache,
        kernel: &ready.kernel,
        args: VmArgs {
            icount: true,
            ..args
        },
        programs: &programs,
        modules: &ready.modules,
        add,
        host_root: None,
        pty: None,
        stdin: false,
        quiet: false,
    };
    let command = Command {
        argv,
        // Some measure without them.
        env: vec![("GENLKIT_MODULES".to_owned(), "/modules".to_owned())],
        ..Command::default()
    };
    let outcome = guest.run(vec![command], sink)?;
    outcome.check()?;
    match outcome.exits.first() {
        Some(exit) if exit.status() == 0 => Ok(ExitCode::SUCCESS),
        // What was counted is above a bar, which the program has said.
        Some(exit) if exit.status() == 1 => Ok(ExitCode::FAILURE),
        Some(exit) => bail!("in the guest: {exit}"),
        None => bail!("the guest reported no exit status"),
    }
}
