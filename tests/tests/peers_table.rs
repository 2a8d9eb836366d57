// SPDX-License-Identifier: MIT OR Apache-2.0

//! docs/peers.md names tests for every defect and docs/client.md for every promise, and all of them exist.

use std::{fs, path::Path};

/// The files and names of the tests in the last cell of each row.
fn rows(text: &str) -> Vec<Vec<(String, String)>> {
    let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let tests = row
            .trim_end_matches(" |")
            .rsplit(" | ")
            .next()
            .expect("a cell");
        let files = tests.split("<br>").flat_map(|file| {
            let (file, names) = file.split_once(": ").expect("a file and its tests");
            let names = names.split(", ").map(|name| name.trim_matches('`'));
            names.map(|name| (file.to_owned(), name.to_owned()))
        });
        files.collect()
    })
    .collect()
}

/// Whether a file has a test of that name: a function that an attribute precedes, or one of proptest's.
fn has(file: &Path, name: &str) -> bool {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut lines = text.lines().map(str::trim).peekable();
    let mut is_test = false;
    lines.any(|line| {
        let found = is_test && line.split_once(&format!("fn {name}(")).is_some();
        is_test = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        found
    })
}

/// Looks for the tests that a page names, in at least so many rows.
fn exist(page: &str, least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs").join(page)).expect("the table");
    let rows = rows(&text);
    assert!(rows.len() >= least, "{page}: {} rows", rows.len());
    for (file, name) in rows.iter().flatten() {
        let path = match file.strip_prefix("guest/") {
            Some(guest) => root.join("tests/guest").join(guest),
            None => root.join("user/tests").join(file),
        };
        assert!(has(&path, name), "{page}: {file} has no test {name}");
    }
}

#[test]
fn every_defect_has_tests_and_they_exist() {
    exist("peers.md", 20);
}

#[test]
fn every_promise_has_tests_and_they_exist() {
    exist("client.md", 20);
}
