// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask bench`: what things cost.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::Env;
use crate::bench;
use crate::bench::borrowed::Borrowed;
use crate::bench::counted::{Counted, Kept};
use crate::cache::write_whole;
use crate::cmd::{Ready, TEST_MODULES, ready};
use crate::kernel::KernelArgs;
use crate::vm::{Through, VmArgs};

/// Measures what things cost
///
/// `kernel`, `taskdiag` and `tool` count instructions in the guest, whose clock is its instruction counter and
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
    /// goes beside it; of `tool` the table alone
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
    /// `genlkit` from its start to its end with a request between, beside `ip`, `ss`, `iw`, `genl` and the kernel
    /// tree's client; and its size
    Tool,
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
    let ready = || ready(env, &args.kernel, TEST_MODULES);
    match args.what {
        What::Kernel => {
            let counted = Counted {
                program: "genltest_cost",
                ..Counted::default()
            };
            counted.run(env, &ready()?, &mut Through)
        }
        What::Taskdiag => taskdiag(env, &ready()?, args),
        What::Tool => bench::tool::run(env, &ready()?, &args.out("tool").with_extension("md")),
        What::User => bench::user(env, &args.kernel, &args.user, &args.out("user")),
    }
}

fn taskdiag(env: &Env, ready: &Ready, args: &Args) -> Result<ExitCode> {
    let most = args.tasks.iter().copied().max().unwrap_or_default();
    let numbers = args.tasks.iter().map(u32::to_string);
    let ps = Borrowed::new(&env.cache, "ps")?;
    let counted = Counted {
        program: "taskdiag_cost",
        arguments: numbers.chain(args.tables.iter().cloned()).collect(),
        vm: VmArgs {
            // A process that sleeps needs about 100 KiB.
            mem: 1024 + most / 8,
            timeout: 600 + u64::from(most) / 8,
            ..VmArgs::default()
        },
        // Some measure without them.
        env: vec![("GENLKIT_MODULES".to_owned(), "/modules".to_owned())],
        add: ps.iter().map(Borrowed::dir).collect(),
        ..Counted::default()
    };
    let mut kept = Kept::default();
    let exit = counted.run(env, ready, &mut kept)?;
    let said = String::from_utf8_lossy(&kept.0);
    let out = args.out("taskdiag");
    write_whole(&out.with_extension("md"), said.as_bytes())?;
    write_whole(&out, bench::costs::page(&said).as_bytes())?;
    println!("{}", out.display());
    Ok(exit)
}
