// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a spec says rightly, and the kernel cannot check or C cannot have, is refused by name and
//! line.

use genlkit_codegen::{policy, uapi};
use genlkit_spec::{Family, Problem};

fn family(head: &str, definitions: &str, attributes: &str) -> (Family, String) {
    let yaml = format!(
        "name: demo\ndoc: d\n{head}\ndefinitions:\n{definitions}\nattribute-sets:\n  - name: item\n    attributes:\n{attributes}\noperations:\n  list:\n    - name: get\n      doc: d\n      attribute-set: item\n      do: {{ request: {{ attributes: [ a ] }} }}\n"
    );
    let family = Family::from_yaml("demo.yaml", &yaml).unwrap_or_else(|error| panic!("{error}"));
    (family, yaml)
}

#[track_caller]
fn one(problems: &[Problem], yaml: &str, line: &str, message: &str) {
    let [problem] = problems else {
        panic!("{problems:#?}")
    };
    let position = problem.position.expect("a place");
    let place = yaml
        .lines()
        .nth(position.line as usize - 1)
        .expect("a line");
    assert!(
        place.contains(line),
        "on `{place}`, not on `{line}`: {problem}"
    );
    assert!(
        problem.message.contains(message),
        "`{problem}` does not say `{message}`"
    );
}

const ENUMS: &str = "  - { type: enum, name: low, entries: [ x, y ] }
  - { type: enum, name: far, entries: [ { name: x, value: 300 } ] }
  - { type: enum, name: below, entries: [ { name: x, value: -1 } ] }
  - { type: flags, name: wide, entries: [ { name: x, value: 40 } ] }";

#[track_caller]
fn no_policy(attribute: &str, message: &str) {
    let (family, yaml) = family("protocol: genetlink-legacy", ENUMS, attribute);
    let problems = policy::tables(&family).expect_err("a refusal");
    one(&problems, &yaml, "name: a,", message);
}

#[test]
fn what_the_kernel_cannot_check() {
    no_policy(
        "      - { name: a, type: u64, byte-order: big-endian, checks: { max: 4 } }",
        "big-endian u64",
    );
    no_policy(
        "      - { name: a, type: u32, byte-order: little-endian, checks: { max: 4 } }",
        "little-endian u32",
    );
    no_policy(
        "      - { name: a, type: string, checks: { min-len: 4 } }",
        "no `min-len` for strings",
    );
    no_policy(
        "      - { name: a, type: binary, sub-type: u32, checks: { max: 4 } }",
        "numbers of an array",
    );
}

#[test]
fn lengths_that_a_policy_has_no_room_for() {
    no_policy(
        "      - { name: a, type: binary, checks: { max-len: 32768 } }",
        "32767 is the most",
    );
}

#[test]
fn enums_that_do_not_fit_their_number() {
    no_policy(
        "      - { name: a, type: u8, enum: far }",
        "u8 cannot hold all of `far`",
    );
    no_policy(
        "      - { name: a, type: u32, enum: below }",
        "u32 cannot hold all of `below`",
    );
    no_policy(
        "      - { name: a, type: u32, enum: wide }",
        "u32 cannot hold all of `wide`",
    );
    no_policy("      - { name: a, type: s64, enum: wide }", "unsigned");
    no_policy("      - { name: a, type: bitfield32 }", "needs an `enum`");
    no_policy(
        "      - { name: a, type: bitfield32, enum: wide }",
        "32 bits",
    );
}

#[test]
fn families_that_have_no_kernel_side_here() {
    let attribute = "      - { name: a, type: u32 }";
    let (raw, yaml) = family("protocol: netlink-raw\nprotonum: 9", ENUMS, attribute);
    one(
        &policy::tables(&raw).expect_err("a refusal"),
        &yaml,
        "name: demo",
        "netlink-raw",
    );
    let (global, yaml) = family(
        "protocol: genetlink-legacy\nkernel-policy: global",
        ENUMS,
        attribute,
    );
    one(
        &policy::tables(&global).expect_err("a refusal"),
        &yaml,
        "name: demo",
        "kernel-policy",
    );
}

#[test]
fn a_fixed_header_has_no_kernel_side() {
    let yaml = "name: demo
doc: d
protocol: genetlink-legacy
definitions: [ { type: struct, name: header, members: [ { name: a, type: u32 } ] } ]
attribute-sets: [ { name: item, attributes: [ { name: a, type: u32 } ] } ]
operations:
  fixed-header: header
  list:
    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ a ] } } }
";
    let family = Family::from_yaml("demo.yaml", yaml).expect("a family");
    one(
        &policy::tables(&family).expect_err("a refusal"),
        yaml,
        "name: get",
        "fixed header",
    );
}

#[test]
fn directional_numbers_have_no_header_here() {
    let yaml = "name: demo
doc: d
protocol: genetlink-legacy
attribute-sets: [ { name: item, attributes: [ { name: a, type: u32 } ] } ]
operations:
  enum-model: directional
  list:
    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ a ] } } }
";
    let family = Family::from_yaml("demo.yaml", yaml).expect("a family");
    one(
        &uapi::emit(&family).expect_err("a refusal"),
        yaml,
        "name: get",
        "unified",
    );
}

#[track_caller]
fn no_header(definitions: &str, attributes: &str, line: &str, message: &str) {
    let (family, yaml) = family("", definitions, attributes);
    one(
        &uapi::emit(&family).expect_err("a refusal"),
        &yaml,
        line,
        message,
    );
}

#[test]
fn names_that_c_would_have_twice() {
    let constant = "  - { type: const, name: c, value: 1 }";
    no_header(
        constant,
        "      - { name: a, type: u8 }\n      - { name: max, type: u8 }",
        "name: max",
        "attribute `max` of `item` and the count of attribute set `item` are both `DEMO_A_ITEM_MAX`",
    );
    no_header(
        "  - { type: const, name: cmd-get, value: 1 }",
        "      - { name: a, type: u8 }",
        "name: cmd-get",
        "constant `cmd-get` and operation `get` are both `DEMO_CMD_GET`",
    );
    no_header(
        "  - { type: enum, name: a-item, entries: [ a ] }",
        "      - { name: a, type: u8 }",
        "name: a-item",
        "DEMO_A_ITEM_A",
    );
}
