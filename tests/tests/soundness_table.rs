// SPDX-License-Identifier: MIT OR Apache-2.0

//! docs/soundness.md and docs/layer.md name tests that there are, and the first every case of misuse.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// Room and name of each proof; a row without one has an empty list.
fn rows(table: &str) -> Vec<Vec<(String, String)>> {
    let rows = table.lines().filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let (_, proofs) = cells.rsplit_once(" | ")?;
        let proofs = proofs.split("<br>").filter_map(|room| {
            let (room, names) = room.split_once(": `")?;
            let names = names.strip_suffix('`')?.split("`, `");
            Some(names.map(move |name| (room.to_owned(), name.to_owned())))
        });
        Some(proofs.flatten().collect())
    });
    // The first is the head.
    rows.skip(1).collect()
}

/// Whether a suite of a file has a test of a name.
fn has_test(path: &str, name: &str) -> bool {
    text(path).is_some_and(|text| text.contains(&format!("#[test]\nfn {name}()")))
}

fn exists(room: &str, name: &str) -> bool {
    match room {
        "misuse" => text(&format!("kmod/misuse/{name}.rs"))
            .is_some_and(|case| case.contains("\n//! error: ")),
        file if file.contains('/') => text(file).is_some_and(|text| text.contains(name)),
        suite => ["guest", "debug", "tests"]
            .iter()
            .any(|dir| has_test(&format!("tests/{dir}/{suite}.rs"), name)),
    }
}

#[test]
fn every_row_has_proofs_that_exist() {
    for (page, least) in [("docs/soundness.md", 30), ("docs/layer.md", 25)] {
        let rows = rows(&text(page).expect("the table"));
        assert!(rows.len() >= least, "{page}: {}", rows.len());
        for row in &rows {
            assert!(!row.is_empty(), "{page}: a row of {rows:?} has no proof");
            for (room, name) in row {
                assert!(exists(room, name), "{page}: {room}: {name} is not there");
            }
        }
    }
    assert!(!exists("misuse", "nothing") && !exists("genltest_values", "shape"));
}

#[test]
fn every_case_of_misuse_has_a_row() {
    let rows = rows(&text("docs/soundness.md").expect("the table"));
    let listed: BTreeSet<String> = rows
        .into_iter()
        .flatten()
        .filter(|(room, _)| room == "misuse")
        .map(|(_, name)| name)
        .collect();
    let files = fs::read_dir(root().join("kmod/misuse")).expect("the cases");
    let cases: BTreeSet<String> = files
        .map(|file| file.expect("it").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| !["base", "nothing"].contains(&name.as_str()))
        .collect();
    assert!(cases.len() >= 20, "{}", cases.len());
    assert_eq!(listed, cases);
}
