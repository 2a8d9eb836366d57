// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codec and the typed messages need no standard library.

use std::path::Path;
use std::process::Command;

#[test]
fn a_program_without_the_standard_library_builds() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("nostd/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nostd");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
