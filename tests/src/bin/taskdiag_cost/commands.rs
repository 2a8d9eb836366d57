// SPDX-License-Identifier: MIT OR Apache-2.0

//! Commands that list all tasks, from their start to the last line written.

use crate::readers::Read;
use std::process::{Command, Output, Stdio};

/// What `taskdiag list` shows if not told, as procps calls it.
const COLUMNS: &str = "user,pid,ppid,s,nlwp,pcpu,rss,start_time,time,comm";

/// procps-ng's, which the guest has where the machine that runs it does, with its loader and libraries,
/// in the directory that programs start in.
pub(crate) const PS: &[&str] = &[
    "borrowed/loader",
    "--library-path",
    "borrowed",
    "borrowed/ps",
];

/// `ps`, where the guest has it.
pub(crate) fn ps() -> Option<Read> {
    command(PS, &["-eo", COLUMNS])
}

/// `taskdiag list`.
pub(crate) fn taskdiag_list() -> Option<Read> {
    command(&["taskdiag"], &["list"])
}

/// Runs a command that writes a line for each task below a line of heads.
fn command(program: &'static [&'static str], args: &'static [&'static str]) -> Option<Read> {
    let shown = run(program, args, Stdio::piped())?;
    let tasks = shown.stdout.iter().filter(|byte| **byte == b'\n').count() - 1;
    Some(Box::new(move || {
        run(program, args, Stdio::null()).expect("it is there");
        tasks
    }))
}

/// Runs a command, where the guest has it, until it ends.
pub(crate) fn run(program: &[&str], args: &[&str], stdout: Stdio) -> Option<Output> {
    let (file, first) = program.split_first()?;
    let mut command = Command::new(file);
    command.args(first).args(args).stdin(Stdio::null());
    command.stdout(stdout).stderr(Stdio::inherit());
    let output = command.spawn().ok()?.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{program:?}: {}", output.status);
    Some(output)
}
