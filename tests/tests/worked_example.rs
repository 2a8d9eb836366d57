// SPDX-License-Identifier: MIT OR Apache-2.0

//! The worked example, which `tests/guest/tally.rs` calls in a guest, is as short as CONTRIBUTING.md says.

const SPEC: &str = include_str!("../../spec/tally.yaml");
const HANDLER: &str = include_str!("../../kmod/tally/main.rs");

#[test]
fn a_family_takes_fewer_than_60_lines() {
    let lines = SPEC.lines().count() + HANDLER.lines().count();
    assert!(lines < 60, "{lines}");
}

/// Nothing that the count leaves out: the handler has no other file of its own.
#[test]
fn the_handler_is_one_file() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../kmod/tally");
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .expect("the module")
        .map(|file| file.expect("it").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["Kbuild", "main.rs"]);
}
