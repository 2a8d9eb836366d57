// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program `taskdiag` as its users meet it, where there is no module, and where there is.
#![cfg(feature = "cli")]

use std::process::{Command, Stdio};

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
