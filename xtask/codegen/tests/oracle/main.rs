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
use std::path::PathBuf;

/// Calls `compare` with every spec that `wanted` wants, and reports all failures; there must be
/// `least` of the tree's, and all of ours.
fn for_each_spec(
    least: usize,
    wanted: impl Fn(&Family) -> bool,
    compare: impl Fn(&Family, &Generator) -> Result<(), String>,
) {
    let Some(generator) = Generator::find() else {
        return;
    };
    let mut ours = our_names();
    let mut compared = Vec::new();
    let mut failures = Vec::new();
    for family in generator.specs().iter().filter(|family| wanted(family)) {
        if generator.is_ours(family) {
            ours.retain(|name| *name != family.name);
        } else {
            compared.push(family.name.to_string());
        }
        if let Err(failure) = compare(family, &generator) {
            failures.push(format!("{}:\n{failure}", family.file));
        }
    }
    println!(
        "compared {} and ours: {}",
        compared.len(),
        compared.join(", ")
    );
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(compared.len() >= least, "of the tree only {compared:?}");
    assert!(ours.is_empty(), "not compared: {ours:?}");
}

/// The names of our specs' files, which are those of their families.
fn our_names() -> Vec<String> {
    let files = generator::yaml_files(&generator::our_specs());
    let stem = |file: &PathBuf| file.file_stem().expect("a name").display().to_string();
    let names: Vec<String> = files.iter().map(stem).collect();
    assert!(!names.is_empty(), "we have no specs");
    names
}

/// What one of the two has more often, line by line; nothing when they are equal but for the order.
fn difference(ours: &[String], theirs: &[String]) -> Result<(), String> {
    let more = |these: &[String], those: &[String], mark: &str| -> Vec<String> {
        let mut left = those.to_vec();
        let mut found = |line: &&String| {
            let at = left.iter().position(|other| other == *line);
            at.map(|at| left.swap_remove(at)).is_none()
        };
        let lines = these.iter().filter(|line| found(line));
        lines.map(|line| format!("  {mark} {line}")).collect()
    };
    let lines = [more(ours, theirs, "ours:  "), more(theirs, ours, "theirs:")].concat();
    if lines.is_empty() {
        Ok(())
    } else {
        Err(lines.join("\n"))
    }
}

#[test]
fn a_line_that_is_there_twice_differs_from_one() {
    let [one, two] = [&["a", "b"][..], &["b", "a", "a"]]
        .map(|lines| lines.iter().map(|l| l.to_string()).collect::<Vec<_>>());
    assert_eq!(difference(&one, &two), Err("  theirs: a".to_owned()));
    assert_eq!(difference(&two, &one), Err("  ours:   a".to_owned()));
    assert_eq!(difference(&two, &two), Ok(()));
}
