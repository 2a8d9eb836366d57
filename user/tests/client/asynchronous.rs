// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who can do something with a blocking client can do it with the asynchronous one.

use std::{collections::BTreeSet, fs, path::Path};

/// The names of the public functions in a file of the client's.
fn functions(file: &str) -> BTreeSet<String> {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client");
    let text = fs::read_to_string(client.join(file)).expect("the file");
    let functions = text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("pub ")?;
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        let name = rest.strip_prefix("fn ")?.split(['(', '<']).next()?;
        Some(name.to_owned())
    });
    functions.collect()
}

#[test]
fn the_asynchronous_client_has_every_function_of_the_blocking_one() {
    for file in [
        "mod.rs",
        "batch.rs",
        "dump.rs",
        "events.rs",
        "raw.rs",
        "raw_events.rs",
    ] {
        let blocking = functions(file);
        assert!(!blocking.is_empty(), "{file}: no functions were found");
        let asynchronous = functions(&format!("asynchronous/{file}"));
        assert_eq!(asynchronous, blocking, "{file}");
    }
}
