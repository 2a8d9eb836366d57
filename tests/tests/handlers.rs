// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `unsafe` there is in the kernel modules is in the layer and in thin bindings.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Rooms that may have it: the layer, the bindings to taskdiag's C, and what does not compile.
const MAY: [&str; 3] = ["genl", "taskdiag/sys", "misuse"];

fn kmod() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../kmod")
}

/// The Rust files of a directory and of those in it.
fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.extension() {
            _ if path.is_dir() => found.extend(sources(&path)),
            Some(extension) if extension == "rs" => found.push(path),
            _ => {}
        }
    }
    found
}

/// Whether code, comments aside, has the word.
fn has_unsafe(source: &str) -> bool {
    let code = source
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    code.into_iter().any(|line| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == "unsafe")
    })
}

#[test]
fn no_handler_has_unsafe() {
    let root = kmod();
    let files = sources(&root);
    assert!(files.len() > 50, "{}", files.len());
    for path in files {
        let name = path.strip_prefix(&root).expect("it is in there");
        let source = fs::read_to_string(&path).expect("it can be read");
        if !MAY.iter().any(|room| name.starts_with(room)) {
            assert!(!has_unsafe(&source), "{} has unsafe", name.display());
        }
    }
}

#[test]
fn the_word_is_seen() {
    assert!(has_unsafe("let x = unsafe { y };"));
    assert!(has_unsafe("unsafe impl Send for X {} // why"));
    assert!(!has_unsafe("// unsafe\nlet unsafely = 1; /// unsafe"));
    assert!(!has_unsafe("#![forbid(unsafe_code)]"));
    let layer = fs::read_to_string(kmod().join("genl/skb.rs")).expect("the layer");
    assert!(has_unsafe(&layer));
}
