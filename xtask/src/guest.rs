// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds what runs inside the guest: PID 1, the tools, the guest tests; all static.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::sh::Cmd;

/// The guest's architecture, named so that build scripts and macros keep the host's own flags.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A program for the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The name it gets in the guest.
    pub(crate) name: String,
    /// Where cargo put it.
    pub(crate) path: PathBuf,
}

/// `cargo`, the same that runs us, set up for static guest programs.
pub(crate) fn cargo(checkout: &Path, command: &str) -> Cmd {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Cmd::new(cargo)
        .dir(checkout)
        .env(
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "-C target-feature=+crt-static",
        )
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .args([command, "--profile", "guest", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
}

/// Builds PID 1 and every binary of the `genlkit` package.
pub(crate) fn programs(cache: &Cache, checkout: &Path) -> Result<Vec<Program>> {
    let step = cache.step("guest programs");
    let cmd = cargo(checkout, "build").args(["-p", "genlkit-init", "-p", "genlkit", "--bins"]);
    let programs = executables(&cmd.lines(&step)?);
    step.done();
    Ok(programs)
}

/// Builds the guest tests: every test target of the `tests` package that asks for its feature `guest`.
pub(crate) fn tests(cache: &Cache, checkout: &Path) -> Result<Vec<Program>> {
    let step = cache.step("guest tests");
    let cmd =
        cargo(checkout, "test").args(["--no-run", "-p", "genlkit-tests", "--features", "guest"]);
    let lines = cmd.lines(&step)?;
    let mut programs = executables(&lines);
    programs.retain(|p| is_guest_test(&lines, &p.name));
    step.done();
    Ok(programs)
}

/// Builds the program that compares a family in Rust with its twin in C.
pub(crate) fn kernel_cost(cache: &Cache, checkout: &Path) -> Result<Program> {
    let step = cache.step("guest benchmark");
    let name = "genltest_cost";
    let cmd = cargo(checkout, "build")
        .args(["-p", "genlkit-tests", "--features", "guest"])
        .args(["--bin", name]);
    let found = executables(&cmd.lines(&step)?);
    step.done();
    let mut found = found.into_iter().filter(|program| program.name == name);
    found
        .next()
        .with_context(|| format!("cargo built no {name}"))
}

/// The executables among cargo's JSON messages.
fn executables(lines: &[String]) -> Vec<Program> {
    let messages = lines
        .iter()
        .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let programs = messages.filter_map(|m| {
        let path = m.get("executable")?.as_str()?;
        let name = m.get("target")?.get("name")?.as_str()?;
        Some(Program {
            name: name.to_owned(),
            path: path.into(),
        })
    });
    programs.collect()
}

/// Guest tests live in `tests/guest/`; other targets of the package are host tests.
fn is_guest_test(lines: &[String], name: &str) -> bool {
    let messages = lines
        .iter()
        .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let mut targets = messages.filter_map(|m| m.get("target").cloned());
    targets.any(|t| {
        let source = t
            .get("src_path")
            .and_then(|s| s.as_str())
            .unwrap_or_default();
        t.get("name").and_then(|n| n.as_str()) == Some(name)
            && Path::new(source)
                .components()
                .any(|c| c.as_os_str() == "guest")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_messages() {
        let lines = [
            r#"{"reason":"compiler-artifact","target":{"name":"lib","src_path":"/r/src/lib.rs"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"dump","src_path":"/r/tests/guest/dump.rs"},"executable":"/t/dump-1"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"golden","src_path":"/r/tests/host/golden.rs"},"executable":"/t/golden-1"}"#,
            "warning: plain text",
        ]
        .map(str::to_owned);
        let names: Vec<String> = executables(&lines).into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["dump", "golden"]);
        assert!(is_guest_test(&lines, "dump"));
        assert!(!is_guest_test(&lines, "golden"));
    }
}
