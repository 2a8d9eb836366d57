// SPDX-License-Identifier: MIT OR Apache-2.0
//! What no policy of the kernel can say.

use crate::{POLICY, Spec};

const ENUMS: &str = "  - { type: enum, name: low, entries: [ x, y ] }
  - { type: enum, name: far, entries: [ { name: x, value: 300 } ] }
  - { type: enum, name: below, entries: [ { name: x, value: -1 } ] }
  - { type: flags, name: wide, entries: [ { name: x, value: 40 } ] }";

#[track_caller]
fn attribute(attributes: &'static str, line: &str, message: &str) {
    Spec {
        head: "protocol: genetlink-legacy",
        definitions: ENUMS,
        attributes,
        ..Spec::default()
    }
    .is_refused(POLICY, line, message);
}

refused! { attribute;
    limits_of_a_big_endian_u64:
        "      - { name: a, type: u64, byte-order: big-endian, checks: { max: 4 } }"
        => "name: a,", "big-endian u64";
    limits_of_a_little_endian_u32:
        "      - { name: a, type: u32, byte-order: little-endian, checks: { max: 4 } }"
        => "name: a,", "little-endian u32";
    a_least_length_of_text: "      - { name: a, type: string, checks: { min-len: 4 } }"
        => "name: a,", "no `min-len` for strings";
    limits_of_an_array: "      - { name: a, type: binary, sub-type: u32, checks: { max: 4 } }"
        => "name: a,", "numbers of an array";
    a_length_of_more_than_15_bits: "      - { name: a, type: binary, checks: { max-len: 32768 } }"
        => "name: a,", "32767 is the most";
    an_enum_above_its_number: "      - { name: a, type: u8, enum: far }"
        => "name: a,", "u8 cannot hold all of `far`";
    an_enum_below_its_number: "      - { name: a, type: u32, enum: below }"
        => "name: a,", "u32 cannot hold all of `below`";
    flags_above_their_number: "      - { name: a, type: u32, enum: wide }"
        => "name: a,", "u32 cannot hold all of `wide`";
    flags_of_a_signed_number: "      - { name: a, type: s64, enum: wide }"
        => "name: a,", "flags need an unsigned number";
    a_bitfield32_of_any_bits: "      - { name: a, type: bitfield32 }" => "name: a,", "needs an `enum`";
    a_bitfield32_of_more_bits: "      - { name: a, type: bitfield32, enum: wide }"
        => "name: a,", "32 bits";
}

#[track_caller]
fn head(head: &'static str, line: &str, message: &str) {
    Spec {
        head,
        ..Spec::default()
    }
    .is_refused(POLICY, line, message);
}

refused! { head;
    a_raw_family: "protocol: netlink-raw\nprotonum: 9" => "name: demo", "netlink-raw";
    one_policy_for_all: "protocol: genetlink-legacy\nkernel-policy: global"
        => "name: demo", "kernel-policy";
}

#[track_caller]
fn operation((head, operations): (&'static str, &'static str), line: &str, message: &str) {
    Spec {
        head,
        definitions: "  - { type: const, name: c, value: 1 }",
        operations,
        ..Spec::default()
    }
    .is_refused(POLICY, line, message);
}

refused! { operation;
    numbers_by_direction:
        (
            "protocol: genetlink-legacy",
            "    - { name: get, doc: d, do: {} }\n  enum-model: directional",
        )
        => "name: demo", "`enum-model` is made for `unified` alone";
    // The kernel's own generator fails on it: its policy would have no highest attribute.
    a_request_of_an_empty_list:
        ("", "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [] } } }")
        => "name: get", "`get`: a request of no attributes is written without `request`";
}

#[test]
fn a_fixed_header() {
    Spec {
        head: "protocol: genetlink-legacy",
        definitions: "  - { type: struct, name: h, members: [ { name: a, type: u32 } ] }",
        operations: "    - { name: get, doc: d, do: {}, fixed-header: h }",
        ..Spec::default()
    }
    .is_refused(POLICY, "name: get", "fixed header");
}
