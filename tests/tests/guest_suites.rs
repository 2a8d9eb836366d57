// SPDX-License-Identifier: MIT OR Apache-2.0

//! No file of guest tests is left out: each is registered in Cargo.toml, and only for the guest.

use std::{fs, path::Path};

#[test]
fn every_guest_file_is_a_suite_that_needs_the_guest() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(tests.join("Cargo.toml")).expect("the manifest");
    for room in ["guest", "debug", "third_party"] {
        let files = fs::read_dir(tests.join(room)).expect("the tests");
        let names: Vec<String> = files
            .map(|file| file.expect("it").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        assert!(!names.is_empty(), "no test was found in {room}");
        for name in names {
            let entry = format!(
                "[[test]]\nname = \"{name}\"\npath = \"{room}/{name}.rs\"\nrequired-features = [\"guest\"]\n"
            );
            assert!(
                manifest.contains(&entry),
                "tests/Cargo.toml lacks:\n{entry}"
            );
        }
    }
}
