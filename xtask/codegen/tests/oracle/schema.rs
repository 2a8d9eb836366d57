// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our specs are what the kernel tree's schemas say: its generator checks that before all else.

use crate::generator::{Generator, our_specs, yaml_files};

const MODE: &[&str] = &["--mode", "uapi", "--header"];

#[test]
fn our_specs_fit_the_schema_of_the_kernel_tree() {
    let Some(generator) = Generator::find() else {
        return;
    };
    for spec in yaml_files(&our_specs()) {
        let place = generator.place(&spec.file_name().expect("a name").to_string_lossy());
        let header = generator.try_run(&place.display().to_string(), MODE);
        assert!(
            header.is_ok(),
            "{}:\n{}",
            spec.display(),
            header.unwrap_err()
        );
    }
}

#[test]
fn the_schema_refuses_a_key_that_it_does_not_have() {
    let Some(generator) = Generator::find() else {
        return;
    };
    let spec = std::fs::read_to_string(our_specs().join("taskdiag.yaml")).expect("a spec");
    let place = generator.place("surprise.yaml");
    std::fs::write(&place, spec + "\nsurprise: 1\n").expect("a file");
    let said = generator
        .try_run(&place.display().to_string(), MODE)
        .expect_err("a refusal");
    assert!(said.contains("'surprise' was unexpected"), "{said}");
}
