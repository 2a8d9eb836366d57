// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs suites of guest tests, in as few guests as it takes.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use genlkit_init::job::Command;

use crate::cmd::Ready;
use crate::guest::{self, Program, Room, Suite};
use crate::libtest::{self, MISSING, Sum};
use crate::needs::{self, Needs};
use crate::third_party::{self, Peers};
use crate::vm::{Guest, Outcome, Sink, VmArgs};
use crate::{Env, ui};

/// How many times longer one suite of a long run may take.
const LONG: u64 = 60;

/// Which suites run, and how.
pub(crate) struct Suites<'a> {
    pub(crate) vm: &'a VmArgs,
    /// Only those of these names; none means all.
    pub(crate) names: &'a [String],
    /// Passed on to every suite.
    pub(crate) rest: &'a [String],
    /// Whether they run to their full length.
    pub(crate) long: bool,
}

/// What one guest has beside the modules.
#[derive(Default)]
struct Around {
    root: Option<PathBuf>,
    add: Vec<PathBuf>,
    /// How many times longer a suite may take.
    patience: Option<u64>,
    /// Modules of the kernel.
    modprobe: Vec<String>,
    /// Arguments of every suite.
    args: Vec<String>,
    /// What the suites say that they need.
    needs: Needs,
}

impl Suites<'_> {
    /// Runs those that the kernel can run.
    pub(crate) fn run(&self, env: &Env, ready: &Ready) -> Result<Sum> {
        let checked = ready.kernel.is_checked();
        // A name that no suite has fails the build, which says what there is.
        let all = guest::tests(&env.cache, &env.checkout, self.names)?;
        let mut sum = Sum::default();
        let (mine, rest): (Vec<Suite>, Vec<Suite>) =
            all.into_iter().partition(|suite| match suite.room {
                Room::Guest => true,
                Room::Debug => checked,
                Room::ThirdParty => false,
            });
        // Of all, these are left out without a word.
        for suite in rest.iter().filter(|_| !self.names.is_empty()) {
            let name = &suite.program.name;
            ui::say(&match suite.room {
                Room::ThirdParty => format!("suite {name}: run it with --third-party"),
                _ => format!("suite {name}: needs a kernel that watches itself (--kernel debug)"),
            });
            sum += MISSING;
        }
        let names: Vec<&str> = mine.iter().map(|s| s.program.name.as_str()).collect();
        let grouped = needs::grouped(&env.checkout, &ready.kernel.name, &names)?;
        sum.ignored += grouped.skipped;
        for (needs, names) in grouped.guests {
            let mut part = programs(&mine);
            part.retain(|program| names.contains(&program.name));
            let around = Around {
                needs,
                ..Around::default()
            };
            sum += self.guests(env, ready, &part, &around)?;
        }
        println!("guest tests: {sum}");
        Ok(sum)
    }

    /// Runs what the programs of others do with our modules; what is not to be had is counted as skipped.
    pub(crate) fn third_party(&self, env: &Env, ready: &Ready) -> Result<Sum> {
        let mut all = guest::tests(&env.cache, &env.checkout, self.names)?;
        all.retain(|suite| suite.room == Room::ThirdParty);
        let peers = Peers::get(&env.cache)?;
        let mut skips = Vec::new();
        for missing in peers.missing() {
            ui::say(&format!(
                "skipped: {} cannot be installed here: {}",
                missing.name, missing.why
            ));
            skips.extend(["--skip".to_owned(), missing.name.to_owned()]);
        }
        let names: Vec<&str> = all.iter().map(|s| s.program.name.as_str()).collect();
        let grouped = needs::grouped(&env.checkout, &ready.kernel.name, &names)?;
        let mut sum = Sum::default();
        sum.ignored += grouped.skipped;
        for (needs, names) in grouped.guests {
            let mut part = programs(&all);
            part.retain(|program| peers.root().is_some() && names.contains(&program.name));
            // strace asks netlink_diag of which protocol a socket is. The programs' root has no modules that tests could
            // load.
            let modprobe = [vec!["netlink_diag".to_owned()], needs.modules].concat();
            let around = Around {
                root: peers.root(),
                add: third_party::files(env, &ready.kernel),
                // Interpreters start slowly.
                patience: Some(8),
                modprobe,
                args: skips.clone(),
                needs: Needs {
                    modules: Vec::new(),
                    ..needs
                },
            };
            sum += self.guests(env, ready, &part, &around)?;
        }
        sum.ignored += peers.missing().len() as u64;
        println!("third-party tests: {sum}");
        Ok(sum)
    }

    fn guests(&self, env: &Env, ready: &Ready, suites: &[Program], around: &Around) -> Result<Sum> {
        let mut sum = Sum::default();
        let mut left = suites;
        while !left.is_empty() {
            let (part, done) = self.boot(env, ready, left, around)?;
            sum += part;
            left = &left[done..];
        }
        Ok(sum)
    }

    /// Runs suites in one guest until all are done or the guest is lost; returns how many were dealt with.
    fn boot(
        &self,
        env: &Env,
        ready: &Ready,
        suites: &[Program],
        around: &Around,
    ) -> Result<(Sum, usize)> {
        let step = env.cache.step("guest");
        let programs: Vec<Program> = ready.programs.iter().chain(suites).cloned().collect();
        let mut vm = self.vm.clone();
        vm.timeout *= around.patience.unwrap_or(1);
        vm.modprobe.extend(around.modprobe.iter().cloned());
        vm.bring.extend(around.needs.modules.iter().cloned());
        vm.cmdline += &around.needs.cmdline;
        if self.long {
            vm.timeout *= LONG;
        }
        let guest = Guest {
            cache: &env.cache,
            kernel: &ready.kernel,
            args: vm,
            programs: &programs,
            modules: &ready.modules,
            add: around.add.clone(),
            host_root: around.root.clone(),
            pty: None,
            stdin: false,
            quiet: false,
        };
        let commands = suites
            .iter()
            .map(|suite| self.command(suite, ready, &around.args));
        let mut sink = Shown {
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
            if let Some(messages) = last_messages(&outcome) {
                println!("the fuzzer's last messages:\n{messages}");
            }
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

    fn command(&self, suite: &Program, ready: &Ready, more: &[String]) -> Command {
        let argv = [suite.name.as_str(), "--test-threads=1"].map(str::to_owned);
        let argv = argv.into_iter().chain(more.iter().cloned());
        let mut env = vec![
            ("RUST_BACKTRACE".to_owned(), "1".to_owned()),
            ("GENLKIT_MODULES".to_owned(), "/modules".to_owned()),
            (
                "GENLKIT_PATIENCE".to_owned(),
                ready.kernel.slowness().to_string(),
            ),
        ];
        if self.long {
            env.push(("GENLKIT_LONG".to_owned(), "1".to_owned()));
        }
        // What repeats a run of the fuzzer's.
        env.extend(std::env::var("GENLKIT_SEED").map(|seed| ("GENLKIT_SEED".to_owned(), seed)));
        Command {
            argv: argv.chain(self.rest.iter().cloned()).collect(),
            env,
            ..Command::default()
        }
    }
}

/// What the fuzzer was about to send when the kernel first complained, or last of all: the lines of one datagram.
fn last_messages(outcome: &Outcome) -> Option<String> {
    let text = std::fs::read(&outcome.log).ok()?;
    let text = String::from_utf8_lossy(&text);
    let complaint = outcome
        .faults
        .first()
        .and_then(|fault| fault.lines().next());
    let end = complaint.and_then(|line| text.find(line));
    last_datagram(&text[..end.unwrap_or(text.len())])
}

/// The fuzzer's last lines in a log, from the first part of what it was about to send.
fn last_datagram(log: &str) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    for line in log.lines().rev() {
        let Some(at) = line.find("fuzz: seed ") else {
            continue;
        };
        lines.push(&line[at..]);
        if line.contains(", part 0: ") {
            lines.reverse();
            return Some(lines.join("\n"));
        }
    }
    None
}

fn programs(suites: &[Suite]) -> Vec<Program> {
    suites.iter().map(|suite| suite.program.clone()).collect()
}

/// Shows every suite's lines as they come and keeps them for the sum.
struct Shown {
    names: Vec<String>,
    outputs: Vec<Vec<u8>>,
}

impl Sink for Shown {
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

    fn ended(&self) -> usize {
        let output = self.outputs.last().map(Vec::as_slice).unwrap_or_default();
        libtest::ended(&String::from_utf8_lossy(output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_datagram_is_told_with_all_its_parts() {
        let log = "[1.0] fuzz: seed 7 tally from message 1, part 0: aa\n\
                   [1.1] fuzz: seed 7 tally from message 2, part 0: bb\n[1.2] other\n\
                   [1.3] fuzz: seed 7 tally from message 2, part 1: cc\n";
        let told = "fuzz: seed 7 tally from message 2, part 0: bb\n\
                    fuzz: seed 7 tally from message 2, part 1: cc";
        assert_eq!(last_datagram(log).as_deref(), Some(told));
        assert_eq!(last_datagram("[1.0] nothing"), None);
    }
}
