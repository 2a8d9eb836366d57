// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask test`: every host test, and every guest test in a guest.

use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::Result;

use crate::Env;
use crate::cmd::{MODULES, Ready, TEST_MODULES, modules, ready};
use crate::kernel::{Kernel, KernelArgs};
use crate::libtest::{CargoTest, MISSING, Sum};
use crate::sh::Cmd;
use crate::suites::Suites;
use crate::vm::VmArgs;
use crate::{detect, misuse, tree_specs, ui};

/// Runs all host tests and all guest tests; the last line is the sum
///
/// Guest tests are ordinary Rust tests (tests/guest/*.rs), built static and run one after another as
/// root in a guest whose modules are loaded. A suite that crashes or hangs the guest counts as failed,
/// and the rest go on in a fresh guest. On a kernel that watches itself (--kernel debug) those of
/// tests/debug run as well, and deliberate bugs show that each kind of report is seen.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask test --suite policy --suite fuzz\n  \
    cargo xtask test --kernel debug --long\n  cargo xtask test --third-party"
)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    #[command(flatten)]
    vm: VmArgs,
    /// Only the host tests
    #[arg(long, conflicts_with = "guest")]
    host: bool,
    /// Only the guest tests
    #[arg(long)]
    guest: bool,
    /// Only what is compiled against the kernel layer: its misuse (kmod/misuse), which must not compile, and the
    /// kernel tree's own families, which must
    #[arg(long, conflicts_with_all = ["host", "guest"])]
    misuse: bool,
    /// Only whether reports of the kernel are seen: boots --kernel debug with one deliberate bug after another
    #[arg(long, conflicts_with_all = ["host", "guest", "misuse"])]
    detect: bool,
    /// Only the programs of others (iproute2, libnl, the kernel tree's client, strace) against our modules
    #[arg(long, conflicts_with_all = ["host", "guest", "misuse", "detect"])]
    third_party: bool,
    /// Stress and fuzz tests run to their full length: up to an hour on --kernel debug
    #[arg(long)]
    long: bool,
    /// Only the guest suites of these names
    #[arg(long, value_name = "NAME")]
    suite: Vec<String>,
    /// Passed on to every test binary: a filter, --nocapture, --exact
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<String>,
}

impl Args {
    /// Whether parts were named, so that the others stay out.
    fn only(&self) -> bool {
        self.host || self.guest || self.misuse || self.detect || self.third_party
    }

    fn suites(&self) -> Suites<'_> {
        Suites {
            vm: &self.vm,
            names: &self.suite,
            rest: &self.rest,
            long: self.long,
        }
    }
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let sum = match args.misuse {
        // No guest runs, so that nothing is built for one.
        true => {
            let kernel = modules(env, &args.kernel, MODULES)?;
            compile_tests(env, &kernel)?
        }
        false => with_guests(env, args)?,
    };
    ui::print_split();
    println!("{sum}");
    Ok(if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What must not compile against the layer, and what must.
fn compile_tests(env: &Env, kernel: &Kernel) -> Result<Sum> {
    let mut sum = misuse::run(&env.cache, kernel, &env.checkout)?;
    sum += tree_specs::run(&env.cache, kernel, &env.checkout)?;
    Ok(sum)
}

fn with_guests(env: &Env, args: &Args) -> Result<Sum> {
    let ready = ready(env, &args.kernel, TEST_MODULES)?;
    let mut sum = Sum::default();
    // A suite's name is that of a guest test, a filter's perhaps that of one of the host's.
    let all = !args.only() && args.suite.is_empty();
    if args.host || all {
        sum += host_tests(env, &ready, &args.rest)?;
    }
    if all && args.rest.is_empty() {
        sum += compile_tests(env, &ready.kernel)?;
    }
    if args.guest || all || (!args.only() && !args.suite.is_empty()) {
        sum += args.suites().run(env, &ready)?;
    }
    if args.detect || (all && args.rest.is_empty() && ready.kernel.is_checked()) {
        sum += detect::run(env, &ready, &args.vm)?;
    }
    if args.third_party {
        sum += args.suites().third_party(env, &ready)?;
    }
    if sum == Sum::default() {
        ui::say("no test ran: is the filter or the suite's name right?");
        sum += MISSING;
    }
    Ok(sum)
}

/// What tests of the generator find the kernel's own tools by.
pub(crate) fn kernel_tools(cmd: Cmd, ready: &Ready) -> Cmd {
    let cmd = cmd.env("GENLKIT_KERNEL_SRC", &ready.kernel.source);
    match &ready.kernel.root {
        Some(root) => cmd.env("GENLKIT_PYTHON", root.python()),
        None => cmd,
    }
}

/// `cargo test` of the whole workspace; its failures are shown, its successes counted.
pub(crate) fn host_tests(env: &Env, ready: &Ready, rest: &[String]) -> Result<Sum> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let cmd = Cmd::new(cargo)
        .dir(&env.checkout)
        .args([
            "test",
            "--workspace",
            "--features",
            "genlkit/ynl-cli,genlkit-tests/clap",
        ])
        .arg("--no-fail-fast");
    let cmd = kernel_tools(cmd, ready).arg("--").args(rest);
    let step = env.cache.step("host tests");
    step.command(&cmd.line());
    let state = Mutex::new((CargoTest::default(), Vec::new()));
    let status = cmd.watch(&|line| {
        step.line(line);
        let Ok(mut state) = state.lock() else { return };
        if let Some(shown) = state.0.line(line) {
            ui::say(&shown);
        }
        state.1.push(line.to_owned());
    })?;
    let (tests, lines) = state.into_inner().unwrap_or_default();
    let sum = tests.end(status.success());
    if sum.failed > 0 {
        for line in lines
            .iter()
            .filter(|l| !l.ends_with("... ok") && !l.trim_start().starts_with("Compiling"))
        {
            ui::say(line);
        }
    }
    step.done();
    println!("host tests: {sum}");
    Ok(sum)
}
