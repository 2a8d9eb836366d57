// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask test`: every host test, and every guest test in a guest.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::Result;
use genlkit_init::job::Command;

use crate::Env;
use crate::cmd::{Ready, TEST_MODULES, ready};
use crate::guest::{self, Program};
use crate::kernel::KernelArgs;
use crate::libtest::{self, CargoTest, MISSING, Sum};
use crate::sh::Cmd;
use crate::vm::{Guest, Sink, VmArgs};
use crate::{misuse, ui};

/// Runs all host tests and all guest tests; the last line is the sum
///
/// Guest tests are ordinary Rust tests (tests/guest/*.rs), built static and run one after another as
/// root in a guest whose modules are loaded. A suite that crashes or hangs the guest counts as failed,
/// and the rest go on in a fresh guest.
#[derive(Clone, Debug, clap::Args)]
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
    /// Only what must not compile: misuse of the kernel layer (kmod/misuse)
    #[arg(long, conflicts_with_all = ["host", "guest"])]
    misuse: bool,
    /// Only the guest suites of these names
    #[arg(long, value_name = "NAME")]
    suite: Vec<String>,
    /// Passed on to every test binary: a filter, --nocapture, --exact
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<String>,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let ready = ready(env, &args.kernel, TEST_MODULES)?;
    let mut sum = Sum::default();
    let host = !args.guest && args.suite.is_empty();
    if host && !args.misuse {
        sum += host_tests(env, &ready, &args.rest)?;
    }
    if host && args.rest.is_empty() {
        sum += misuse::run(&env.cache, &ready.kernel, &env.checkout)?;
    }
    if !args.host && !args.misuse {
        sum += guest_tests(env, &ready, args)?;
    }
    ui::print_split();
    if sum.passed == 0 && sum.failed == 0 {
        ui::say("no test ran: is the filter or the suite's name right?");
        sum += MISSING;
    }
    println!("{sum}");
    Ok(if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
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

fn guest_tests(env: &Env, ready: &Ready, args: &Args) -> Result<Sum> {
    let mut suites = guest::tests(&env.cache, &env.checkout)?;
    suites.sort_by(|a, b| a.name.cmp(&b.name));
    if !args.suite.is_empty() {
        suites.retain(|s| args.suite.contains(&s.name));
    }
    let mut sum = Sum::default();
    let mut left = suites.as_slice();
    while !left.is_empty() {
        let (part, done) = boot(env, ready, args, left)?;
        sum += part;
        left = &left[done..];
    }
    if suites.is_empty() {
        println!(
            "guest tests: there are none{}",
            if args.suite.is_empty() {
                ""
            } else {
                " of that name"
            }
        );
        return Ok(MISSING);
    }
    println!("guest tests: {sum}");
    Ok(sum)
}

/// Runs suites in one guest until all are done or the guest is lost; returns how many were dealt with.
fn boot(env: &Env, ready: &Ready, args: &Args, suites: &[Program]) -> Result<(Sum, usize)> {
    let step = env.cache.step("guest");
    let programs: Vec<Program> = ready.programs.iter().chain(suites).cloned().collect();
    let guest = Guest {
        cache: &env.cache,
        kernel: &ready.kernel,
        args: args.vm.clone(),
        programs: &programs,
        modules: &ready.modules,
        add: Vec::new(),
        host_root: false,
        pty: None,
        stdin: false,
        quiet: false,
    };
    let commands = suites.iter().map(|suite| {
        let argv = [suite.name.as_str(), "--test-threads=1"].map(str::to_owned);
        let argv = argv.into_iter().chain(args.rest.iter().cloned()).collect();
        let env = vec![
            ("RUST_BACKTRACE".into(), "1".into()),
            ("GENLKIT_MODULES".into(), "/modules".into()),
        ];
        Command {
            argv,
            env,
            ..Command::default()
        }
    });
    let mut sink = Suites {
        names: suites.iter().map(|s| s.name.clone()).collect(),
        outputs: Vec::new(),
    };
    let outcome = guest.run(commands.collect(), &mut sink)?;
    step.done();
    let mut sum = Sum::default();
    for ((exit, output), suite) in outcome.exits.iter().zip(&sink.outputs).zip(suites) {
        let part = libtest::suite(&String::from_utf8_lossy(output), exit.status() == 0);
        if part.failed > 0 {
            println!("suite {}: {part} ({exit})", suite.name);
        }
        sum += part;
    }
    let done = outcome.exits.len();
    if let Err(e) = outcome.check() {
        // The suite that was running is lost with the guest; after the last one it is the end itself that failed.
        let lost = suites.get(done).map_or("power-off", |s| s.name.as_str());
        println!("suite {lost}: FAILED: {e:#}");
        sum += MISSING;
        return Ok((sum, (done + 1).min(suites.len())));
    }
    // What a clean end has no exit of did not run: it counts as failed, not as dealt with.
    for suite in suites.iter().skip(done) {
        println!(
            "suite {}: FAILED: the guest has no result of it",
            suite.name
        );
        sum += MISSING;
    }
    Ok((sum, suites.len()))
}

/// Shows every suite's lines as they come and keeps them for the sum.
struct Suites {
    names: Vec<String>,
    outputs: Vec<Vec<u8>>,
}

impl Sink for Suites {
    fn stdout(&mut self, data: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(data).and_then(|()| out.flush());
        if let Some(output) = self.outputs.last_mut() {
            output.extend_from_slice(data);
        }
    }

    fn stderr(&mut self, data: &[u8]) {
        let _ = std::io::stderr().write_all(data);
    }

    fn start(&mut self, number: u32) {
        println!(
            "\nguest suite {}",
            self.names.get(number as usize).map_or("?", String::as_str)
        );
        self.outputs.push(Vec::new());
    }
}
