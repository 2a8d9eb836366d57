// SPDX-License-Identifier: MIT OR Apache-2.0

//! Shows that no report of a kernel that watches itself goes unseen: boots it with deliberate bugs (kmod/genltest_bugs)
//! and demands that the guest fails with a report of each.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use genlkit_init::job::Command;

use crate::cmd::Ready;
use crate::kmods::Module;
use crate::libtest::Sum;
use crate::vm::{Guest, Sink, VmArgs};
use crate::{Env, module, ui};

/// The module that has the bugs.
const MODULE: &str = "genltest_bugs";

/// How many seconds each bug has, if `--timeout` does not give it less; ten times as many on such a kernel.
const LIMIT: u64 = 40;

/// A bug, and what the kernel says of it.
struct Bug {
    name: &'static str,
    report: &'static str,
}

const fn bug(name: &'static str, report: &'static str) -> Bug {
    Bug { name, report }
}

/// The bugs of each guest. One that ends the guest has it for itself; lockdep reports once and then no more.
const GUESTS: &[&[Bug]] = &[
    &[
        bug("preempt", "BUG: using smp_processor_id() in preemptible"),
        bug(
            "sleep",
            "BUG: sleeping function called from invalid context",
        ),
        bug("rcu", "WARNING: suspicious RCU usage"),
        bug(
            "lock",
            "WARNING: possible circular locking dependency detected",
        ),
        bug("leak", "unreferenced object"),
    ],
    &[bug("memory", "BUG: KASAN: slab-use-after-free")],
    &[bug("shift", "UBSAN: shift-out-of-bounds")],
    &[bug("object", "ODEBUG: free active")],
];

/// Boots a guest for each group of bugs; each bug whose report is seen has passed.
pub(crate) fn run(env: &Env, ready: &Ready, vm: &VmArgs) -> Result<Sum> {
    if !ready.kernel.is_checked() {
        bail!("--detect needs a kernel that watches itself: --kernel debug");
    }
    let module = module::build(&env.cache, &ready.kernel, &env.checkout, &[MODULE])?;
    let module = written(env, ready, module.first().context("one module was built")?)?;
    let step = env.cache.step("deliberate bugs");
    let mut sum = Sum::default();
    for bugs in GUESTS {
        let guest = Guest {
            cache: &env.cache,
            kernel: &ready.kernel,
            args: VmArgs {
                timeout: vm.timeout.min(LIMIT),
                ..vm.clone()
            },
            programs: &ready.programs,
            modules: &[],
            add: vec![module.clone()],
            host_root: None,
            pty: None,
            stdin: false,
            quiet: false,
        };
        let outcome = guest.run(bugs.iter().map(command).collect(), &mut Silent)?;
        let faults = outcome.faults.join("\n");
        if outcome.late {
            // Whatever it reported: a guest that reports ends.
            ui::say(&faults);
        }
        for bug in *bugs {
            if outcome.late {
                ui::say(&format!("bug {}: its guest hung", bug.name));
                sum.failed += 1;
            } else if faults.contains(bug.report) {
                println!("bug {}: seen: {}", bug.name, bug.report);
                sum.passed += 1;
            } else {
                ui::say(&format!(
                    "bug {}: NOT SEEN: {} (kernel log: {})",
                    bug.name,
                    bug.report,
                    outcome.log.display()
                ));
                sum.failed += 1;
            }
        }
    }
    step.done();
    println!("deliberate bugs: {sum}");
    Ok(sum)
}

/// The module as a file, with the parameter that a guest's own modules cannot have.
fn written(env: &Env, ready: &Ready, module: &Module) -> Result<PathBuf> {
    let out = env.cache.root().join("out").join(&ready.kernel.release);
    let path = out.join(format!("{}.ko", module.name));
    crate::cache::write_whole(&path, &module.data).with_context(|| path.display().to_string())?;
    Ok(path)
}

fn command(bug: &Bug) -> Command {
    // A command starts where the files are that were added.
    let file = format!("./{MODULE}.ko");
    let parameter = format!("bug={}", bug.name);
    Command {
        argv: vec!["insmod".into(), file, parameter],
        ..Command::default()
    }
}

/// insmod complains of each: the module never stays.
struct Silent;

impl Sink for Silent {
    fn stdout(&mut self, _: &[u8]) {}
    fn stderr(&mut self, _: &[u8]) {}
}
