// SPDX-License-Identifier: MIT OR Apache-2.0

//! docs/conformance.md names the tests of every row on both sides, and no others.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROWS: usize = 51;

/// Where one side's tests are: a directory or a file, and what the table writes before the name
/// of the file.
type Places = &'static [(&'static str, &'static str)];

/// What runs in a guest, against kernels and families.
const KERNEL: Places = &[("guest", "")];

/// What runs on the host, against the client.
const CLIENT: Places = &[
    ("../user/tests/client/rows", "client "),
    ("tests/usersock.rs", ""),
];

/// The Rust files of a place.
fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let entries = fs::read_dir(place).expect("a directory of tests");
    entries.map(|entry| entry.expect("it").path()).collect()
}

/// Suite and name of every test that has a row's number.
fn tests_of_rows(root: &Path, places: Places) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (place, before) in places {
        for file in files(&root.join(place)) {
            let stem = file.file_stem().and_then(|stem| stem.to_str());
            let suite = format!("{before}{}", stem.expect("a name"));
            let text = fs::read_to_string(&file).expect("it can be read");
            let names = text
                .lines()
                .filter_map(|line| line.strip_prefix("fn ")?.split_once('('));
            let rows =
                names.filter(|(name, _)| name.starts_with("row_") || name.starts_with("rows_"));
            found.extend(rows.map(|(name, _)| format!("{suite}: {name}")));
        }
    }
    found
}

/// Row numbers, and the suites and names of their tests in a column, counted from the end.
fn table(text: &str, column: usize) -> Vec<(usize, Vec<String>)> {
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split(" | ")
            .collect();
        let number = cells.first()?.parse().ok()?;
        let tests = cells.iter().rev().nth(column)?.split("<br>");
        let tests = tests.flat_map(|suite| {
            let (suite, names) = suite.split_once(": ").expect("a suite and its tests");
            names
                .split(", ")
                .map(move |name| format!("{suite}: {}", name.trim_matches('`')))
        });
        Some((number, tests.collect()))
    });
    rows.collect()
}

/// Every row has tests in the column, and every test of the places its rows.
fn is_complete(column: usize, places: Places) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("../docs/conformance.md")).expect("the table");
    let table = table(&text, column);
    let numbers: Vec<usize> = table.iter().map(|(number, _)| *number).collect();
    assert!(numbers.into_iter().eq(1..=ROWS));
    for (number, tests) in &table {
        let of_row = |test: &String| {
            let (_, name) = test.split_once(": ").expect("a suite and a name");
            name.split('_').any(|word| word == number.to_string())
        };
        assert!(
            !tests.is_empty() && tests.iter().all(of_row),
            "row {number}: {tests:?}"
        );
    }
    let listed: BTreeSet<String> = table.into_iter().flat_map(|(_, tests)| tests).collect();
    assert_eq!(listed, tests_of_rows(root, places));
}

#[test]
fn every_row_has_tests_of_the_kernels_side_and_every_test_its_row() {
    is_complete(1, KERNEL);
}

#[test]
fn every_row_has_tests_of_the_clients_side_and_every_test_its_row() {
    is_complete(0, CLIENT);
}
