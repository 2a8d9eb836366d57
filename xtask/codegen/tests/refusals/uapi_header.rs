// SPDX-License-Identifier: MIT OR Apache-2.0
//! What no C header can have.

use crate::{Spec, UAPI};

#[test]
fn numbers_by_direction() {
    Spec {
        head: "protocol: genetlink-legacy",
        operations: "    - { name: get, doc: d, do: {} }\n  enum-model: directional",
        ..Spec::default()
    }
    .is_refused(UAPI, "name: get", "unified");
}

#[track_caller]
fn twins((definitions, attributes): (&'static str, &'static str), line: &str, message: &str) {
    Spec {
        definitions,
        attributes,
        ..Spec::default()
    }
    .is_refused(UAPI, line, message);
}

const ATTRIBUTE: &str = "      - { name: a, type: u8 }";

refused! { twins;
    an_attribute_named_as_the_count_of_its_set:
        ("", "      - { name: a, type: u8 }\n      - { name: max, type: u8 }")
        => "name: max",
        "attribute `max` of `item` and the count of attribute set `item` are both `DEMO_A_ITEM_MAX`";
    a_constant_named_as_an_operation: ("  - { type: const, name: cmd-get, value: 1 }", ATTRIBUTE)
        => "name: cmd-get", "constant `cmd-get` and operation `get` are both `DEMO_CMD_GET`";
    an_entry_named_as_an_attribute:
        ("  - { type: enum, name: a-item, entries: [ a ] }", ATTRIBUTE)
        => "name: a-item", "DEMO_A_ITEM_A";
    a_constant_named_as_the_family: ("  - { type: const, name: family-name, value: 1 }", ATTRIBUTE)
        => "name: family-name", "DEMO_FAMILY_NAME";
}
