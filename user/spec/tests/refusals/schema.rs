// SPDX-License-Identifier: MIT OR Apache-2.0
//! What only the schemas of other protocols have.

use crate::{Spec, attributes, definitions, head, of_protocol, operations};

refused! { head;
    protonum_outside_of_raw: "protonum: 9" => "protonum", "protocol genetlink has no `protonum`";
    version_outside_of_legacy: "version: 2" => "version", "protocol genetlink has no `version`";
    version_of_genetlink_c: "protocol: genetlink-c\nversion: 2"
        => "version", "protocol genetlink-c has no `version`";
    c_family_name: "c-family-name: X" => "c-family-name", "protocol genetlink has no `c-family-name`";
    c_version_name: "c-version-name: X" => "c-version-name", "has no `c-version-name`";
    max_by_define: "max-by-define: true" => "max-by-define", "has no `max-by-define`";
    cmd_max_name: "cmd-max-name: X" => "cmd-max-name", "has no `cmd-max-name`";
    cmd_cnt_name: "cmd-cnt-name: X" => "cmd-cnt-name", "has no `cmd-cnt-name`";
    kernel_policy: "kernel-policy: global" => "global", "protocol genetlink has no `kernel-policy`";
    sub_messages_outside_of_raw: "sub-messages: [ { name: m, formats: [] } ]"
        => "sub-messages", "has no `sub-messages`";
    kernel_family_of_raw: "protocol: netlink-raw\nprotonum: 9\nkernel-family: { headers: [ a.h ] }"
        => "kernel-family", "protocol netlink-raw has no `kernel-family`";
    the_define_of_a_group: "mcast-groups: { list: [ { name: g, c-define-name: X } ] }"
        => "c-define-name", "has no `c-define-name`";
    the_number_of_a_group: "mcast-groups: { list: [ { name: g, value: 3 } ] }"
        => "value: 3", "has no `value`";
}

refused! { definitions;
    a_struct: "  - { type: struct, name: header, members: [] }"
        => "struct", "protocol genetlink has no definition of type `struct`";
    the_prefix_of_an_enum: "  - { type: enum, name: e, name-prefix: x-, entries: [ a ] }"
        => "x-", "protocol genetlink has no `name-prefix`";
    the_count_of_an_enum: "  - { type: enum, name: e, enum-cnt-name: x, entries: [ a ] }"
        => "enum-cnt-name", "has no `enum-cnt-name`";
    the_tag_of_an_enum: "  - { type: enum, name: e, enum-name: x, entries: [ a ] }"
        => "enum-name", "has no `enum-name`";
    an_enum_without_a_tag: "  - { type: enum, name: e, enum-name: , entries: [ a ] }"
        => "name: e", "has no empty `enum-name`";
}

refused! { attributes;
    a_bitfield32: "      - { name: id, type: bitfield32 }"
        => "bitfield32", "protocol genetlink has no type `bitfield32`";
    a_prefix_of_one_name: "      - { name: id, type: u8, name-prefix: x- }"
        => "name-prefix", "has no `name-prefix`";
    terminated_text: "      - { name: id, type: string, checks: { unterminated-ok: true } }"
        => "unterminated-ok", "has no `unterminated-ok`";
    the_count_of_a_set: "      - { name: id, type: u8 }\n    attr-cnt-name: x"
        => "attr-cnt-name", "has no `attr-cnt-name`";
    the_last_of_a_set: "      - { name: id, type: u8 }\n    attr-max-name: x"
        => "attr-max-name", "has no `attr-max-name`";
    the_header_of_a_set: "      - { name: id, type: u8 }\n    header: linux/x.h"
        => "header", "has no `header`";
    a_set_without_a_tag: "      - { name: id, type: u8 }\n    enum-name:"
        => "name: item", "has no empty `enum-name`";
}

#[test]
fn structs_in_binaries() {
    let said = said(Spec {
        attributes: "      - { name: id, type: binary, struct: s }",
        ..Spec::default()
    });
    assert!(said.contains("has no `struct`"), "{said}");
}

#[test]
fn an_array_of_bitfield32() {
    let said = said(Spec {
        attributes: "      - { name: id, type: indexed-array, sub-type: bitfield32 }",
        ..Spec::default()
    });
    assert!(said.contains("has no sub-type `bitfield32`"), "{said}");
}

#[test]
fn sub_message_attributes() {
    let said = said(Spec {
        attributes: "      - { name: id, type: sub-message, sub-message: m, selector: id }",
        ..Spec::default()
    });
    for what in ["type `sub-message`", "`sub-message`", "`selector`"] {
        let words = format!("protocol genetlink has no {what}");
        assert!(said.lines().any(|line| line == words), "{said}");
    }
}

/// All messages about a spec, a line each.
fn said(spec: Spec) -> String {
    let messages: Vec<String> = spec.problems().into_iter().map(|(_, said)| said).collect();
    messages.join("\n")
}

refused! { operations;
    a_number_a_message: "    - { name: get, doc: d, do: { request: { value: 3 } } }"
        => "value: 3", "has no `value`";
    a_set_a_message: "    - { name: get, doc: d, do: { request: { attribute-set: item } } }"
        => "attribute-set", "has no `attribute-set`";
}

#[test]
fn fixed_headers() {
    for operations in [
        "    - { name: get, doc: d, fixed-header: h }",
        "    - { name: get, doc: d, do: { request: { fixed-header: h } } }",
        "    - { name: get, doc: d }\n  fixed-header: h",
    ] {
        let said = said(Spec {
            operations,
            ..Spec::default()
        });
        assert!(
            said.contains("protocol genetlink has no `fixed-header`"),
            "{said}"
        );
    }
}

refused! { operations;
    numbers_by_direction: "    - { name: get, doc: d, do: {} }\n  enum-model: directional"
        => "directional", "has no enum-model `directional`";
    commands_without_a_tag: "    - { name: get, doc: d }\n  enum-name:"
        => "name: get", "has no empty `enum-name` or `async-enum`";
}

const RAW: &str = "protocol: netlink-raw\nprotonum: 9";

#[track_caller]
fn raw_operation(operations: &'static str, line: &str, message: &str) {
    Spec {
        head: RAW,
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

refused! { raw_operation;
    a_condition_of_raw: "    - { name: get, doc: d, config-cond: x }"
        => "config-cond", "protocol netlink-raw has no `config-cond`";
    a_check_of_generic_dumps: "    - { name: get, doc: d, dont-validate: [ dump-strict ] }"
        => "dump-strict", "protocol netlink-raw has no dont-validate `dump-strict`";
    a_permission_of_generic_families: "    - { name: get, doc: d, flags: [ uns-admin-perm ] }"
        => "uns-admin-perm", "protocol netlink-raw has no flag `uns-admin-perm`";
    a_twin_with_another_number:
        "    - { name: get, doc: d, value: 5 }\n    - { name: set, doc: d, value: 6, same-as: get }"
        => "same-as: get", "no operation `get` before has number 6";
}

#[test]
fn a_prefix_of_a_subset() {
    let sets = "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, name-prefix: f-, attributes: [] }";
    of_protocol("", sets, "few", "drop `name-prefix`");
}
