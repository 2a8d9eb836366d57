// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program `taskdiag` as its users meet it, where there is no module, and where there is.
#![cfg(feature = "cli")]

use std::process::{Command, Stdio};

#[test]
fn its_version_has_its_name() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskdiag"));
    let output = command.arg("--version").output().expect("it runs");
    let version = concat!("taskdiag ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), version);
}

#[test]
fn every_help_shows_a_command_and_its_output() {
    for args in [&[][..], &["ping"], &["list"], &["get"], &["events"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskdiag"));
        let output = command.args(args).arg("--help").output().expect("it runs");
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        let command = [&["  $ taskdiag"], args].concat().join(" ");
        assert!(help.contains(&command), "{help}");
    }
}

#[test]
fn a_closed_standard_error_is_no_error() {
    for args in [
        &["--trace", "list"][..],
        &["get", "1"],
        &["events", "--count", "0"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskdiag"));
        command.args(args).stdout(Stdio::null()).stderr(writer);
        let status = command.status().expect("it runs").code();
        assert!(matches!(status, Some(0 | 1 | 3)), "{args:?}: {status:?}");
    }
}
