// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs of others that speak generic netlink, in the root that xtask makes of them (docs/debug.md).

use crate::raw::{Family, RawSocket};
use genlkit_spec::Family as Spec;
use std::process::{Command, Output};

/// Where the files that xtask brings along are, in the root of the programs.
pub const FILES: &str = "/run/genlkit/root";

/// The families that they speak to.
pub const FAMILIES: [&str; 2] = ["taskdiag", "genltest"];

/// Runs a program to its end.
///
/// # Panics
///
/// If there is no such program.
pub fn output(program: &str, args: &[&str]) -> Output {
    let output = Command::new(program).args(args).output();
    output.unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What a program prints that succeeds.
///
/// # Panics
///
/// If it fails.
pub fn said(program: &str, args: &[&str]) -> String {
    let output = output(program, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {args:?}: {}: {errors}",
        output.status
    );
    String::from_utf8(output.stdout).expect("text")
}

/// The spec of a family.
///
/// # Panics
///
/// Outside of the guest.
pub fn spec(family: &str) -> Spec {
    Spec::from_file(format!("{FILES}/spec/{family}.yaml")).expect("the spec")
}

/// What the controller tells of a family.
///
/// # Panics
///
/// If its module is not loaded.
pub fn loaded(family: &str) -> Family {
    RawSocket::generic().family(family)
}

/// The kernel tree's client with the spec of a family.
pub fn cli(family: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(format!("{FILES}/pyynl/cli.py"))
        .args(["--spec", &format!("{FILES}/spec/{family}.yaml")])
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The same, asked for something; that the schema allows the spec it checks in a test of its own.
pub fn pyynl(family: &str, args: &[&str]) -> Command {
    let mut command = cli(family);
    command.args(["--output-json", "--no-schema"]).args(args);
    command
}
