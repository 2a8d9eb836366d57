// SPDX-License-Identifier: MIT OR Apache-2.0

//! `taskdiag` ends as programs on a command line should: readers that leave, Ctrl-C, refusals.

use genlkit_tests::program::{Running, run};
use nix::sys::signal::Signal;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

#[test]
fn a_reader_that_leaves_ends_a_list_without_complaint() {
    let mut child = Command::new("taskdiag")
        .args(["list", "--watch", "0.01"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a heading");
    drop(out);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn ctrl_c_ends_what_goes_on() {
    let mut list = Running::start(
        "taskdiag",
        &["list", "--watch", "0.05", "--json", "--pid", "1"],
    );
    // Every list is whole.
    for expected in ["[", "{", "]", "[", "{", "]"] {
        assert!(list.line().starts_with(expected));
    }
    assert_eq!(list.signal(Signal::SIGINT), 0);
    assert_eq!(list.complaints(), [""; 0]);

    let mut events = Running::start("taskdiag", &["events"]);
    events.says("listening");
    assert_eq!(events.signal(Signal::SIGINT), 0);
    assert_eq!(events.complaints(), [""; 0]);
}

#[test]
fn the_exit_status_tells_who_is_at_fault() {
    let refused = run("taskdiag", &["get", "4000000"]);
    assert_eq!((refused.status, refused.out.as_str()), (1, ""));
    assert!(
        refused.err.contains("ESRCH") && refused.err.contains("[at: pid]"),
        "{}",
        refused.err
    );
    for wrong in [
        &["list", "--columns", "colour"][..],
        &["list", "--sort", "colour"],
        &["list", "--pid", "0"],
        &["list", "--user", "nobody at all"],
        &["list", "--watch", "0"],
        &["get"],
    ] {
        let said = run("taskdiag", wrong);
        assert_eq!(said.status, 2, "{wrong:?}: {}{}", said.out, said.err);
    }
    let no_terminal = run("taskdiag", &["top"]);
    assert_eq!(no_terminal.status, 3);
    assert!(no_terminal.err.contains("terminal"), "{}", no_terminal.err);
}

#[test]
fn pipes_get_no_colours_and_no_screens() {
    let mut list = Running::start("taskdiag", &["list", "--watch", "0.01", "--pid", "1"]);
    for _ in 0..6 {
        let line = list.line();
        assert!(!line.contains('\x1b'), "{line:?}");
    }
    assert_eq!(list.signal(Signal::SIGINT), 0);
    let refused = run("taskdiag", &["get", "4000000"]);
    assert!(!refused.err.contains('\x1b'), "{:?}", refused.err);
}

#[test]
fn pages_and_completions_name_every_command() {
    let directory = "/tmp/man of taskdiag";
    assert_eq!(run("taskdiag", &["man", directory]).status, 0);
    let help = run("taskdiag", &["help"]).out;
    for command in ["list", "get", "events", "top", "ping"] {
        let page = fs::read_to_string(format!("{directory}/taskdiag-{command}.1"));
        assert!(page.expect(command).contains(".TH"));
        assert!(help.contains(command));
    }
    for shell in ["bash", "zsh", "fish"] {
        let said = run("taskdiag", &["completions", shell]);
        assert!(said.status == 0 && said.out.contains("kthreads"), "{shell}");
    }
}
