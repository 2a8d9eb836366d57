// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel's layer has no place for.

use crate::{KERNEL, Spec};

#[track_caller]
fn operations(operations: &'static str, line: &str, message: &str) {
    Spec {
        operations,
        ..Spec::default()
    }
    .is_refused(KERNEL, line, message);
}

refused! { operations;
    an_operation_named_as_what_comes_before_another:
        "    - { name: get, doc: d, do: { pre: lock, post: unlock } }\n    - { name: get-pre, doc: d, do: {} }"
        => "name: get", "another operation is called as its `pre` would be";
    a_dump_of_nothing: "    - { name: get, doc: d, dump: {} }"
        => "name: get", "a dump without a reply has nothing to dump";
    an_operation_named_as_a_method: "    - { name: init, doc: d, do: {} }"
        => "name: init", "every handler has another method of this name";
    two_types_of_one_name:
        "    - { name: get, doc: d, attribute-set: item, dump: { reply: { attributes: [ a ] } } }\n    - { name: get-dump, doc: d, do: {} }"
        => "name: get-dump", "two Rust types would be called `GetDumpRequest`";
}

#[test]
fn a_family_with_a_long_name() {
    let yaml = "name: a-name-of-16-byt\ndoc: d\nattribute-sets: []\noperations: { list: [ { name: get, doc: d, do: {} } ] }\n";
    let family = genlkit_spec::Family::from_yaml("demo.yaml", yaml).expect("a family");
    let problems = KERNEL(&family).expect_err("a refusal");
    assert_eq!(
        problems[0].to_string(),
        "demo.yaml:1:1: `a-name-of-16-byt`: a family's name has at most 15 bytes"
    );
}

/// An attribute that requests hold.
#[track_caller]
fn request((definitions, attributes): (&'static str, &'static str), line: &str, message: &str) {
    Spec {
        definitions,
        attributes,
        ..Spec::default()
    }
    .is_refused(KERNEL, line, message);
}

refused! { request;
    flags_of_more_than_32_bits:
        (
            "  - { type: flags, name: wide, entries: [ { name: x, value: 40 } ] }",
            "      - { name: a, type: u64, enum: wide }",
        )
        => "name: a", "the kernel checks flags of 32 bits at most";
    text_of_length_0: ("", "      - { name: a, type: string, checks: { max-len: 0 } }")
        => "name: a", "a longest length of 0 would be none";
    a_nest_whose_types_are_values:
        (
            "",
            "      - { name: a, type: nest-type-value, type-value: [ row ], nested-attributes: item }",
        )
        => "name: a", "the kernel has no policy for it";
}
