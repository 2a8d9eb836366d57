// SPDX-License-Identifier: MIT OR Apache-2.0
//! The user side of every `genetlink` family that the kernel tree has a spec of compiles, with and
//! without its optional parts.
//!
//! `GENLKIT_KERNEL_SRC` names a kernel tree; `cargo xtask test` sets it. The specs and what is made
//! of them stay in cargo's directory for temporary files, so that what has not changed is not compiled
//! again.

use genlkit_spec::Family;
use genlkit_spec::model::Protocol;
use genlkit_spec::names::c_lower;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The families of the tree whose protocol is `genetlink`.
fn families(tree: &Path) -> Vec<Family> {
    let specs = tree.join("Documentation/netlink/specs");
    let entries = specs.read_dir().expect("the tree's specs");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    files.sort();
    let families = files
        .iter()
        .map(|file| Family::from_file(file).unwrap_or_else(|error| panic!("{error}")));
    families
        .filter(|family| family.protocol == Protocol::Genetlink)
        .collect()
}

/// Writes what differs only, so that cargo sees what has changed.
fn settle(path: &Path, contents: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(contents) {
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, contents).expect("a file");
    }
}

/// A crate that depends on the library alone, with the versions that the workspace has.
fn manifest(root: &Path) -> String {
    let user = root.join("user");
    format!(
        "[package]\nname = \"tree-specs\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nclap = {{ version = \"4\", features = [\"derive\"], optional = true }}\n\
         genlkit = {{ path = {user:?}, default-features = false, features = [\"std\"] }}\n\n\
         [features]\nclap = [\"dep:clap\", \"genlkit/clap\"]\nserde = [\"genlkit/serde\"]\n\n\
         [workspace]\n"
    )
}

#[test]
fn the_user_side_of_the_trees_families_compiles() {
    let Some(tree) = std::env::var_os("GENLKIT_KERNEL_SRC").map(PathBuf::from) else {
        eprintln!("skipped: GENLKIT_KERNEL_SRC names no kernel tree (cargo xtask test sets it)");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("the repository");
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tree-specs");
    let mut library = String::from("#![deny(warnings)]\n//! Families of a kernel tree.\n");
    let mut refused = Vec::new();
    let mut made = 0;
    for family in families(&tree) {
        let name = c_lower(&family.name);
        match genlkit_codegen::user::emit(&family, "genlkit") {
            Ok(source) => {
                settle(&work.join(format!("src/{name}.rs")), &source);
                writeln!(library, "pub mod {name};").expect("a string");
                made += 1;
            }
            Err(problems) => refused.extend(problems),
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(made >= 12, "only {made} families");
    settle(&work.join("src/lib.rs"), &library);
    settle(&work.join("Cargo.toml"), &manifest(&root));
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("the workspace's lock file");
    if !work.join("Cargo.lock").exists() {
        settle(&work.join("Cargo.lock"), &lock);
    }
    for features in ["", "clap,serde"] {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--quiet", "--features", features])
            .current_dir(&work)
            .env("CARGO_TARGET_DIR", work.join("target"))
            .output()
            .expect("cargo");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "with features `{features}`:\n{said}"
        );
    }
}
