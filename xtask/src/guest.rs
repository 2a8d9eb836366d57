// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds what runs inside the guest: PID 1, the tools, the guest tests; all static.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::sh::Cmd;
use crate::ui::Step;

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

/// How programs are linked that are to start fast: statically, to fixed addresses, and with what runs in every short
/// call side by side. `checkout` is where this project is, seen from where the linker runs.
pub(crate) fn fast_start(checkout: &str) -> String {
    let order = format!("-C link-arg=-T{checkout}/user/start.ld");
    format!("-C target-feature=+crt-static -C relocation-model=static {order}")
}

/// `cargo`, the same that runs us, set up for static guest programs.
pub(crate) fn cargo(checkout: &Path, command: &str) -> Cmd {
    cargo_of(checkout, command, "guest", "-C target-feature=+crt-static")
}

/// The same with any profile, and flags for rustc.
fn cargo_of(checkout: &Path, command: &str, profile: &str, flags: &str) -> Cmd {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Cmd::new(cargo)
        .dir(checkout)
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", flags)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .args([command, "--profile", profile, "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
}

/// Builds PID 1 and every binary of the `genlkit` package.
pub(crate) fn programs(cache: &Cache, checkout: &Path) -> Result<Vec<Program>> {
    let step = cache.step("guest programs");
    let cmd = cargo(checkout, "build")
        .args(["-p", "genlkit-init", "-p", "genlkit", "--bins"])
        .args(["--features", "genlkit/ynl-cli"]);
    let programs = executables(&cmd.lines(&step)?);
    step.done();
    Ok(programs)
}

/// Builds `genlkit` as users do (docs/genlkit.md).
pub(crate) fn release(checkout: &Path, step: &Step) -> Result<Program> {
    let cmd = cargo_of(checkout, "build", "release", &fast_start("."))
        .args(["-p", "genlkit", "--features", "ynl-cli"])
        .args(["--bin", "genlkit"]);
    let found = executables(&cmd.lines(step)?);
    found.into_iter().next().context("cargo built no genlkit")
}

/// What a suite of guest tests needs, told by the directory of `tests/` that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// Any kernel: `tests/guest`.
    Guest,
    /// A kernel that watches its memory and can make allocations fail: `tests/debug`.
    Debug,
    /// The programs of others: `tests/third_party`.
    ThirdParty,
}

impl Room {
    const ALL: [(&'static str, Self); 3] = [
        ("guest", Self::Guest),
        ("debug", Self::Debug),
        ("third_party", Self::ThirdParty),
    ];

    /// The room that a source file of the `tests` package is in; other files are host tests.
    fn of(source: &Path) -> Option<Self> {
        let dir = source.parent()?;
        let tests = dir.parent()?.file_name()?;
        let found = Self::ALL
            .iter()
            .find(|(name, _)| dir.file_name() == Some(name.as_ref()))?;
        (tests == "tests").then_some(found.1)
    }
}

/// A program of guest tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    pub(crate) program: Program,
    pub(crate) room: Room,
}

/// Builds the guest tests: every test target of the `tests` package that asks for its feature `guest`, or only those
/// of these names, all of which there must be.
pub(crate) fn tests(cache: &Cache, checkout: &Path, names: &[String]) -> Result<Vec<Suite>> {
    let step = cache.step("guest tests");
    let cmd =
        cargo(checkout, "test").args(["--no-run", "-p", "genlkit-tests", "--features", "guest"]);
    let cmd = names
        .iter()
        .fold(cmd, |cmd, name| cmd.args(["--test", name]));
    let lines = cmd.lines(&step)?;
    let suites = suites(&lines);
    step.done();
    Ok(suites)
}

/// Builds a program of the tests' package that measures in the guest.
pub(crate) fn benchmark(cache: &Cache, checkout: &Path, name: &str) -> Result<Program> {
    let step = cache.step("guest benchmark");
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
pub(crate) fn executables(lines: &[String]) -> Vec<Program> {
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

/// The guest tests among cargo's JSON messages, by name.
fn suites(lines: &[String]) -> Vec<Suite> {
    let messages = lines
        .iter()
        .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let suites = messages.filter_map(|m| {
        let target = m.get("target")?;
        Some(Suite {
            room: Room::of(Path::new(target.get("src_path")?.as_str()?))?,
            program: Program {
                name: target.get("name")?.as_str()?.to_owned(),
                path: m.get("executable")?.as_str()?.into(),
            },
        })
    });
    let mut suites: Vec<Suite> = suites.collect();
    suites.sort_by(|a, b| a.program.name.cmp(&b.program.name));
    suites
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_messages() {
        let lines = [
            r#"{"reason":"compiler-artifact","target":{"name":"lib","src_path":"/r/src/lib.rs"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"dump","src_path":"/r/tests/guest/dump.rs"},"executable":"/t/dump-1"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"golden","src_path":"/guest/tests/tests/golden.rs"},"executable":"/t/golden-1"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"bugs","src_path":"/guest/tests/debug/bugs.rs"},"executable":"/t/bugs-1"}"#,
            "warning: plain text",
        ]
        .map(str::to_owned);
        let names: Vec<String> = executables(&lines).into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["dump", "golden", "bugs"]);
        let suites = suites(&lines);
        let rooms: Vec<_> = suites
            .iter()
            .map(|s| (s.program.name.as_str(), s.room))
            .collect();
        assert_eq!(rooms, [("bugs", Room::Debug), ("dump", Room::Guest)]);
    }
}
