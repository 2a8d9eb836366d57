// SPDX-License-Identifier: MIT OR Apache-2.0

//! No operation is left out where allocations fail (docs/debug.md).

use genlkit_spec::Family;
use std::{fs, path::Path};

#[test]
fn every_operation_has_its_allocations_failed() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let suite = fs::read_to_string(tests.join("debug/failslab.rs")).expect("the suite");
    for name in ["genltest", "taskdiag"] {
        let path = tests.join("../spec").join(name).with_extension("yaml");
        let yaml = fs::read_to_string(&path).expect("a spec");
        let family = Family::from_yaml(name, &yaml).unwrap_or_else(|error| panic!("{error}"));
        let asked: Vec<_> = family.ops.iter().filter(|op| !op.is_async()).collect();
        assert!(!asked.is_empty(), "{name} has no operations");
        for op in asked {
            let alone = format!("\"{}\"", op.name);
            let [told, more] = ["\"", " "].map(|end| format!("{name} {}{end}", op.name));
            assert!(
                [alone, told, more].iter().any(|text| suite.contains(text)),
                "tests/debug/failslab.rs lacks {} of {name}",
                op.name
            );
        }
    }
}
