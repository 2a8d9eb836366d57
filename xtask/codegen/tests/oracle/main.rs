// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's own generator as an oracle: what it makes of a spec, in C, equals as data what we
//! make of it.
//!
//! `GENLKIT_KERNEL_SRC` names a kernel tree; `GENLKIT_PYTHON` a python3 that has PyYAML and
//! jsonschema (`python3` unless it is set). `cargo xtask test` sets both.

mod c;
mod generator;
mod kernel;
mod schema;
mod theirs;
mod uapi;
mod user;

use generator::Generator;
use genlkit_spec::Family;

/// Calls `compare` with every spec that `wanted` wants, and reports all failures; there must be
/// `least` of them.
fn for_each_spec(
    least: usize,
    wanted: impl Fn(&Family) -> bool,
    compare: impl Fn(&Family, &Generator) -> Result<(), String>,
) {
    let Some(generator) = Generator::find() else {
        return;
    };
    let mut compared = Vec::new();
    let mut failures = Vec::new();
    for family in generator.specs().iter().filter(|family| wanted(family)) {
        compared.push(family.name.clone());
        if let Err(failure) = compare(family, &generator) {
            failures.push(format!("{}:\n{failure}", family.file));
        }
    }
    println!("compared {}: {}", compared.len(), compared.join(", "));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(compared.len() >= least, "only {compared:?}");
}

/// What only one of the two has, line by line; nothing when they are equal.
fn difference(ours: &[String], theirs: &[String]) -> Result<(), String> {
    let only = |these: &[String], those: &[String], mark: &str| -> Vec<String> {
        let missing = these.iter().filter(|line| !those.contains(line));
        missing.map(|line| format!("  {mark} {line}")).collect()
    };
    let lines = [only(ours, theirs, "ours:  "), only(theirs, ours, "theirs:")].concat();
    if lines.is_empty() {
        Ok(())
    } else {
        Err(lines.join("\n"))
    }
}
