// SPDX-License-Identifier: MIT OR Apache-2.0

//! docs/conformance.md names the tests of every row, and no others.

use std::{collections::BTreeSet, fs, path::Path};

const ROWS: usize = 51;

/// Suite and name of every test that has a row's number.
fn tests_of_rows(guest: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(guest)
        .expect("the guest tests")
        .map(|file| file.expect("it").path());
    let mut found = BTreeSet::new();
    for file in files {
        let suite = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name")
            .to_owned();
        let text = fs::read_to_string(&file).expect("it can be read");
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("fn ")?.split_once('('));
        let rows = names.filter(|(name, _)| name.starts_with("row_") || name.starts_with("rows_"));
        found.extend(rows.map(|(name, _)| format!("{suite}: {name}")));
    }
    found
}

/// Row numbers and the suites and names of their tests.
fn table(text: &str) -> Vec<(usize, Vec<String>)> {
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split(" | ")
            .collect();
        let number = cells.first()?.parse().ok()?;
        let tests = cells.last()?.split("<br>").flat_map(|suite| {
            let (suite, names) = suite.split_once(": ").expect("a suite and its tests");
            names
                .split(", ")
                .map(move |name| format!("{suite}: {}", name.trim_matches('`')))
        });
        Some((number, tests.collect()))
    });
    rows.collect()
}

#[test]
fn every_row_has_tests_and_every_test_its_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("../docs/conformance.md")).expect("the table");
    let table = table(&text);
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
    assert_eq!(listed, tests_of_rows(&root.join("guest")));
}
