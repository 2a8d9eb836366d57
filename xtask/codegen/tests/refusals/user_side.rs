// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user side is not made for, and names that Rust would have twice.

use crate::{Spec, USER};

#[test]
fn a_family_of_another_protocol() {
    Spec {
        head: "protocol: genetlink-legacy",
        ..Spec::default()
    }
    .is_refused(
        USER,
        "name: demo",
        "made for `genetlink` alone, not for `genetlink-legacy`",
    );
}

#[track_caller]
fn request(attributes: &'static str, line: &str, message: &str) {
    Spec {
        attributes,
        ..Spec::default()
    }
    .is_refused(USER, line, message);
}

refused! { request;
    several_flags: "      - { name: a, type: flag, multi-attr: true }"
        => "name: a", "`a` in a request: a flag that is there several times says nothing";
    a_nest_type_value_that_is_sent:
        "      - { name: a, type: nest-type-value, nested-attributes: in, type-value: [ x ] }\n  - { name: in, attributes: [ { name: b, type: u8 } ] }"
        => "name: a", "`a` in a request: no policy can tell a nest-type-value";
    a_number_of_either_width_with_a_byte_order:
        "      - { name: a, type: uint, byte-order: big-endian }"
        => "name: a", "has the machine's byte order";
}

#[track_caller]
fn reply(attributes: &'static str, line: &str, message: &str) {
    Spec {
        attributes,
        operations: "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ a ] } } }",
        ..Spec::default()
    }
    .is_refused(USER, line, message);
}

refused! { reply;
    several_of_what_has_its_several_inside:
        "      - { name: a, type: nest-type-value, nested-attributes: in, type-value: [ x ], multi-attr: true }\n  - { name: in, attributes: [ { name: b, type: u8 } ] }"
        => "name: a", "`a` in a reply: a nest-type-value has its several inside";
    a_number_of_either_width_in_big_endian:
        "      - { name: a, type: uint, byte-order: big-endian }"
        => "name: a", "`a` in a reply: a number of either width has the machine's byte order";
}

#[track_caller]
fn operations(operations: &'static str, line: &str, message: &str) {
    Spec {
        operations,
        ..Spec::default()
    }
    .is_refused(USER, line, message);
}

refused! { operations;
    two_types_of_one_name:
        "    - { name: get, doc: d, dump: {} }\n    - { name: get-dump, doc: d, do: {} }"
        => "name: get-dump", "the Rust type `GetDumpArgs` would be there twice";
}
