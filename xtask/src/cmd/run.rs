// SPDX-License-Identifier: MIT OR Apache-2.0

//! `cargo xtask run`: the demonstration, from nothing to a list of tasks.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use genlkit_init::job::Command;
use serde_json::Value;

use crate::Env;
use crate::cmd::{MODULES, ready};
use crate::kernel::KernelArgs;
use crate::ui;
use crate::vm::{Guest, Sink, VmArgs};

/// Sets everything up, boots a guest with the module, and shows what it does
///
/// Ends with one line, `genlkit: ok: family taskdiag id N, T tasks, E events`, and status 0.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    kernel: KernelArgs,
    #[command(flatten)]
    vm: VmArgs,
}

/// How many events the demonstration waits for: two processes' fork, exec and exit.
const EVENTS: usize = 6;

/// What runs in the guest; the first part is shown, the second is read by us.
fn script() -> [(&'static str, String, bool); 5] {
    let events = format!(
        "taskdiag events --count {EVENTS} & watcher=$!; \
         while kill -0 $watcher 2>/dev/null; do /bin/busybox true; done; wait $watcher"
    );
    [
        ("ping", "taskdiag ping".into(), true),
        ("list", "taskdiag list".into(), true),
        ("events", events, true),
        ("ping --json", "taskdiag ping --json".into(), false),
        ("list --json", "taskdiag list --json".into(), false),
    ]
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<ExitCode> {
    let ready = ready(env, &args.kernel, MODULES)?;
    let guest = Guest {
        cache: &env.cache,
        kernel: &ready.kernel,
        args: args.vm.clone(),
        programs: &ready.programs,
        modules: &ready.modules,
        add: Vec::new(),
        host_root: None,
        pty: None,
        stdin: false,
        quiet: false,
    };
    let step = env.cache.step("guest");
    let script = script();
    let commands = script.iter().map(|(_, line, _)| Command {
        argv: vec!["sh".into(), "-c".into(), line.clone()],
        ..Command::default()
    });
    let mut sink = Demo {
        script: &script,
        outputs: Vec::new(),
    };
    let outcome = guest.run(commands.collect(), &mut sink)?;
    step.done();
    outcome.check()?;
    for ((name, line, _), exit) in script.iter().zip(&outcome.exits) {
        if exit.status() != 0 {
            bail!("`{line}` failed in the guest ({name}: {exit}); try: cargo xtask vm -- {line}");
        }
    }
    let id = family_id(sink.output(3))?;
    let tasks = count_tasks(sink.output(4))?;
    let events = count_events(sink.output(2));
    if tasks == 0 || events == 0 {
        bail!("the module answered, but with {tasks} tasks and {events} events");
    }
    ui::print_split();
    println!("genlkit: ok: family taskdiag id {id}, {tasks} tasks, {events} events");
    Ok(ExitCode::SUCCESS)
}

/// The family's id, from `taskdiag ping --json`.
fn family_id(json: &[u8]) -> Result<u64> {
    let value: Value = serde_json::from_slice(json).context("taskdiag ping --json")?;
    value
        .get("id")
        .and_then(Value::as_u64)
        .context("taskdiag ping --json has no id")
}

/// The number of tasks, from `taskdiag list --json`.
fn count_tasks(json: &[u8]) -> Result<usize> {
    let value: Value = serde_json::from_slice(json).context("taskdiag list --json")?;
    let tasks = value
        .as_array()
        .or_else(|| value.get("tasks").and_then(Value::as_array));
    Ok(tasks.context("taskdiag list --json has no list")?.len())
}

/// The number of events shown: `taskdiag events` prints one on each line.
fn count_events(text: &[u8]) -> usize {
    text.split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .count()
}

/// Shows the first commands' output under what was typed, and keeps all of it.
struct Demo<'a> {
    script: &'a [(&'static str, String, bool)],
    outputs: Vec<Vec<u8>>,
}

impl Demo<'_> {
    fn output(&self, number: usize) -> &[u8] {
        self.outputs.get(number).map_or(&[], Vec::as_slice)
    }

    fn shown(&self) -> bool {
        self.outputs
            .len()
            .checked_sub(1)
            .and_then(|n| self.script.get(n))
            .is_some_and(|s| s.2)
    }
}

impl Sink for Demo<'_> {
    fn stdout(&mut self, data: &[u8]) {
        if self.shown() {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(data).and_then(|()| out.flush());
        }
        if let Some(output) = self.outputs.last_mut() {
            output.extend_from_slice(data);
        }
    }

    fn stderr(&mut self, data: &[u8]) {
        let _ = std::io::stderr().write_all(data);
    }

    fn start(&mut self, number: u32) {
        self.outputs.push(Vec::new());
        if let Some((_, line, true)) = self.script.get(number as usize) {
            println!("\nguest# {line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_by_line() {
        assert_eq!(count_events(b"fork 5\nexec 5 true\nexit 5 0\n"), 3);
    }

    #[test]
    fn json_is_read() {
        assert_eq!(family_id(br#"{"family":"taskdiag","id":31}"#).unwrap(), 31);
        assert_eq!(count_tasks(br#"[{"pid":1},{"pid":2}]"#).unwrap(), 2);
        assert!(family_id(b"{}").is_err());
    }
}
