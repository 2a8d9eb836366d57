// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a spec is named, with its line; one test a kind of mistake.

use genlkit_spec::Family;

/// A spec of four parts, each of which a test can replace.
struct Spec {
    head: &'static str,
    definitions: &'static str,
    attributes: &'static str,
    operations: &'static str,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            head: "",
            definitions: "  - { type: const, name: limit, value: 9 }",
            attributes: "      - { name: id, type: u32 }",
            operations: "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ id ] } } }",
        }
    }
}

impl Spec {
    fn yaml(&self) -> String {
        format!(
            "name: demo\ndoc: d\n{}\ndefinitions:\n{}\nattribute-sets:\n  - name: item\n    attributes:\n{}\noperations:\n  list:\n{}\n",
            self.head, self.definitions, self.attributes, self.operations
        )
    }

    /// What is wrong, each with the text of the line that it is found on.
    fn problems(&self) -> Vec<(String, String)> {
        let yaml = self.yaml();
        let error = Family::from_yaml("demo.yaml", &yaml).expect_err(&yaml);
        let lines: Vec<&str> = yaml.lines().collect();
        let place = |problem: &genlkit_spec::Problem| {
            let position = problem
                .position
                .unwrap_or_else(|| panic!("{problem} has no line"));
            lines[position.line as usize - 1].trim().to_owned()
        };
        assert!(error.to_string().starts_with("demo.yaml:"), "{error}");
        error
            .problems
            .iter()
            .map(|problem| (place(problem), problem.message.clone()))
            .collect()
    }

    /// The one thing that is wrong: on the line that contains `line`, said with `message`.
    #[track_caller]
    fn is_refused(&self, line: &str, message: &str) {
        let problems = self.problems();
        let [(place, said)] = problems.as_slice() else {
            panic!("{problems:#?}")
        };
        assert!(
            place.contains(line),
            "on `{place}`, not on `{line}`: {said}"
        );
        assert!(said.contains(message), "`{said}` does not say `{message}`");
    }
}

#[track_caller]
fn attributes(attributes: &'static str, line: &str, message: &str) {
    // The operation lists an attribute that is not there when the test replaces it.
    let operations = "    - { name: get, doc: d }";
    Spec {
        attributes,
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn legacy_attributes(attributes: &'static str, line: &str, message: &str) {
    let head = "protocol: genetlink-legacy";
    let operations = "    - { name: get, doc: d }";
    Spec {
        head,
        attributes,
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn definitions(definitions: &'static str, line: &str, message: &str) {
    Spec {
        definitions,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn operations(operations: &'static str, line: &str, message: &str) {
    Spec {
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn head(head: &'static str, line: &str, message: &str) {
    Spec {
        head,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[test]
fn the_spec_that_the_tests_change_is_good() {
    assert!(Family::from_yaml("demo.yaml", &Spec::default().yaml()).is_ok());
}

#[test]
fn text_that_is_not_yaml() {
    let error = Family::from_yaml("demo.yaml", "name: [\n").expect_err("not YAML");
    assert!(error.problems[0].position.is_some(), "{error}");
    assert!(Family::from_yaml("demo.yaml", "").is_err());
    assert!(Family::from_yaml("demo.yaml", "42").is_err());
}

#[test]
fn keys_that_no_schema_has() {
    head("surprise: 1", "surprise", "unknown field");
    attributes(
        "      - { name: id, type: u32, size: 4 }",
        "size",
        "unknown field",
    );
    operations(
        "    - { name: get, doc: d, when: now }",
        "when",
        "unknown field",
    );
}

#[test]
fn keys_that_are_missing() {
    operations("    - { name: get }", "name: get", "doc");
    attributes("      - { name: id }", "name: id", "needs a `type`");
    attributes("      - { type: u32 }", "type: u32", "name");
}

#[test]
fn a_protocol_that_is_none() {
    head("protocol: genetlink-2", "genetlink-2", "unknown protocol");
    head("protocol: netlink-raw", "name: demo", "needs `protonum`");
}

#[test]
fn what_only_other_schemas_have() {
    head(
        "c-family-name: X",
        "c-family-name",
        "protocol genetlink has no `c-family-name`",
    );
    head(
        "version: 2",
        "version",
        "protocol genetlink has no `version`",
    );
    head(
        "protocol: genetlink-c\nversion: 2",
        "version",
        "protocol genetlink-c has no `version`",
    );
    head(
        "kernel-policy: global",
        "global",
        "protocol genetlink has no `kernel-policy`",
    );
    attributes(
        "      - { name: id, type: bitfield32 }",
        "bitfield32",
        "protocol genetlink has no type `bitfield32`",
    );
    definitions(
        "  - { type: struct, name: header, members: [] }",
        "struct",
        "protocol genetlink has no definition of type `struct`",
    );
    definitions(
        "  - { type: enum, name: e, name-prefix: x-, entries: [ a ] }",
        "x-",
        "protocol genetlink has no `name-prefix`",
    );
}

#[test]
fn definitions_that_are_wrong() {
    definitions(
        "  - { type: class, name: c }",
        "class",
        "use const, enum, flags or struct",
    );
    definitions("  - { type: const, name: c }", "name: c", "needs a `value`");
    definitions(
        "  - { type: enum, name: e, entries: [] }",
        "name: e",
        "at least one entry",
    );
    definitions(
        "  - { type: enum, name: e }",
        "name: e",
        "at least one entry",
    );
    definitions(
        "  - { type: const, name: c, value: 1 }\n  - { type: enum, name: c, entries: [ a ] }",
        "type: enum",
        "definition `c` is on line 5 already",
    );
    definitions(
        "  - { type: enum, name: e, scope: all, entries: [ a ] }",
        "all",
        "unknown scope",
    );
}

#[test]
fn entries_that_are_wrong() {
    definitions(
        "  - type: enum\n    name: e\n    entries:\n      - a\n      - b\n      - a",
        "- a",
        "that name is on line 8 already",
    );
    definitions(
        "  - type: enum\n    name: e\n    entries:\n      - a\n      - { name: b, value: 0 }",
        "name: b",
        "that value is on line 8 already",
    );
    definitions(
        "  - type: flags\n    name: f\n    entries:\n      - { name: b, value: 64 }",
        "name: b",
        "0 to 63",
    );
    definitions(
        "  - type: flags\n    name: f\n    entries:\n      - { name: b, value: -1 }",
        "name: b",
        "0 to 63",
    );
}

#[test]
fn attribute_sets_that_are_wrong() {
    attributes(
        "      - { name: id, type: u32 }\n      - { name: id, type: u8 }",
        "type: u8",
        "`id` of `item` is on line 9 already",
    );
    attributes(
        "      - { name: a, type: u32, value: 2 }\n      - { name: b, type: u8, value: 2 }",
        "name: b",
        "has number 2, which is `a`'s on line 9",
    );
    attributes(
        "      - { name: a, type: u8, value: 0 }",
        "name: a",
        "outside of 1 to 16383",
    );
    attributes(
        "      - { name: a, type: u8, value: 16384 }",
        "name: a",
        "outside of 1 to 16383",
    );
    attributes(
        "      - { name: a, type: u128 }",
        "u128",
        "unknown type `u128`",
    );
    attributes(
        "      - { name: a, type: u8, display-hint: loud }",
        "loud",
        "unknown display-hint `loud`: use hex, mac",
    );
    attributes(
        "      - { name: a, type: u8, byte-order: big }",
        "big",
        "unknown byte-order",
    );
    attributes(
        "      - { name: a, type: u8 }\n  - name: item\n    attributes: []",
        "name: item",
        "attribute set `item` is on line 7 already",
    );
}

#[test]
fn names_that_nothing_has() {
    attributes(
        "      - { name: a, type: u8, enum: e }",
        "enum: e",
        "no enum or flags",
    );
    attributes(
        "      - { name: a, type: nest, nested-attributes: b }",
        "b",
        "no attribute set",
    );
    attributes(
        "      - { name: a, type: u8, checks: { flags-mask: limit } }",
        "limit",
        "no flags",
    );
    legacy_attributes(
        "      - { name: a, type: binary, struct: s }",
        "s",
        "no struct",
    );
    operations(
        "    - { name: get, doc: d, attribute-set: items }",
        "items",
        "no attribute set",
    );
    operations(
        "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ ID ] } } }",
        "ID",
        "`item` has no attribute `ID`: use id",
    );
    operations(
        "    - { name: n, doc: d, notify: get }",
        "notify: get",
        "no operation",
    );
    operations(
        "    - { name: e, doc: d, attribute-set: item, event: { attributes: [ id ] }, mcgrp: g }",
        "mcgrp: g",
        "no multicast group",
    );
}

#[test]
fn types_that_need_more() {
    attributes(
        "      - { name: a, type: nest }",
        "nest",
        "needs `nested-attributes`",
    );
    attributes(
        "      - { name: a, type: indexed-array }",
        "indexed",
        "needs `sub-type`",
    );
    attributes(
        "      - { name: a, type: indexed-array, sub-type: flag }",
        "flag",
        "cannot have elements of `flag`",
    );
    attributes(
        "      - { name: a, type: binary, sub-type: uint }",
        "uint",
        "array of `uint`",
    );
    attributes(
        "      - { name: a, type: nest-type-value, nested-attributes: item }",
        "nest-type-value",
        "needs `type-value`",
    );
}

#[test]
fn limits_that_do_not_fit_their_type() {
    attributes(
        "      - { name: a, type: u8, checks: { max: 256 } }",
        "256",
        "outside of u8",
    );
    attributes(
        "      - { name: a, type: u32, checks: { min: -1 } }",
        "-1",
        "outside of u32",
    );
    attributes(
        "      - { name: a, type: s8, checks: { min: -129 } }",
        "-129",
        "outside of s8",
    );
    attributes(
        "      - { name: a, type: u8, checks: { max: u16-max } }",
        "u16",
        "outside of u8",
    );
    attributes(
        "      - { name: a, type: u8, checks: { max: most } }",
        "most",
        "neither a number",
    );
    attributes(
        "      - { name: a, type: u8, checks: { max: uint-max } }",
        "max",
        "neither",
    );
    attributes(
        "      - { name: a, type: u8, checks: { min: 4, max: 3 } }",
        "min: 4",
        "min 4 is greater than max 3",
    );
    attributes(
        "      - { name: a, type: string, checks: { min: 4 } }",
        "min: 4",
        "for numbers",
    );
    attributes(
        "      - { name: a, type: u8, checks: { max-len: 4 } }",
        "max-len",
        "for strings",
    );
    attributes(
        "      - { name: a, type: binary, checks: { max-len: 70000 } }",
        "70000",
        "outside of 0 to 65531",
    );
    attributes(
        "      - { name: a, type: binary, checks: { min-len: 4, max-len: 3 } }",
        "min-len",
        "greater than max-len",
    );
    attributes(
        "      - { name: a, type: binary, checks: { exact-len: 4, max-len: 5 } }",
        "exact-len",
        "says it all",
    );
    legacy_attributes(
        "      - { name: a, type: u8, checks: { unterminated-ok: true } }",
        "unterminated-ok",
        "for strings",
    );
}

#[test]
fn an_enum_on_what_is_no_number() {
    Spec {
        definitions: "  - { type: enum, name: e, entries: [ a ] }",
        attributes: "      - { name: a, type: string, enum: e }",
        operations: "    - { name: get, doc: d }",
        ..Spec::default()
    }
    .is_refused("enum: e", "`enum` is for numbers");
}

#[test]
fn flags_mask_on_a_signed_number() {
    Spec {
        definitions: "  - { type: flags, name: f, entries: [ a ] }",
        attributes: "      - { name: a, type: s32, checks: { flags-mask: f } }",
        operations: "    - { name: get, doc: d }",
        ..Spec::default()
    }
    .is_refused("flags-mask", "unsigned");
}

#[test]
fn flags_of_more_than_64_bits() {
    Spec {
        definitions: "  - { type: enum, name: e, entries: [ { name: a, value: 64 } ] }",
        attributes: "      - { name: a, type: u32, enum: e, enum-as-flags: true }",
        operations: "    - { name: get, doc: d }",
        ..Spec::default()
    }
    .is_refused("enum: e", "entry `a` has no bit");
}

#[test]
fn subsets_that_are_wrong() {
    attributes(
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: items, attributes: [] }",
        "few",
        "no attribute set is called `items`",
    );
    attributes(
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, attributes: [ { name: x } ] }",
        "few",
        "`item` has no attribute `x`",
    );
    attributes(
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, attributes: [ { name: id, value: 7 } ] }",
        "few",
        "`id` is number 1 in `item`",
    );
    attributes(
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, attributes: [] }\n  - { name: fewer, subset-of: few, attributes: [] }",
        "fewer",
        "`few` is a subset itself",
    );
    attributes(
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, name-prefix: f-, attributes: [] }",
        "few",
        "drop `name-prefix`",
    );
}

#[test]
fn operations_that_are_wrong() {
    operations(
        "    - { name: get, doc: d }\n    - { name: get, doc: e }",
        "doc: e",
        "operation `get` is on line 12 already",
    );
    operations(
        "    - { name: get, doc: d, value: 5 }\n    - { name: set, doc: d, value: 5 }",
        "name: set",
        "has number 5, which is `get`'s on line 12",
    );
    operations(
        "    - { name: get, doc: d, value: 256 }",
        "256",
        "above 255",
    );
    operations(
        "    - { name: get, doc: d, flags: [ root ] }",
        "root",
        "unknown flag `root`",
    );
    operations(
        "    - { name: get, doc: d, flags: [ admin-perm, uns-admin-perm ] }",
        "admin-perm",
        "is enough",
    );
    operations(
        "    - { name: get, doc: d, dont-validate: [ all ] }",
        "all",
        "use strict, dump",
    );
    operations(
        "    - { name: get, doc: d, do: { request: { attributes: [ id ] } } }",
        "id",
        "needs an `attribute-set`",
    );
    operations(
        "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ id, id ] } } }",
        "id, id",
        "`id` is listed already",
    );
    operations(
        "    - { name: get, doc: d, mcgrp: g }\nmcast-groups: { list: [ { name: g } ] }",
        "get",
        "nothing to send",
    );
}

#[test]
fn notifications_that_are_wrong() {
    operations(
        "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ id ] } } }\n    - { name: ntf, doc: d, notify: get }",
        "ntf",
        "`get` has no reply",
    );
    operations(
        "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ id ] } } }\n    - { name: ntf, doc: d, notify: get, event: {} }",
        "ntf",
        "keep one",
    );
    operations(
        "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ id ] } }, event: {} }",
        "get",
        "make them two operations",
    );
}

#[test]
fn groups_that_are_wrong() {
    head(
        "mcast-groups: { list: [ { name: g }, { name: g } ] }",
        "mcast-groups",
        "group `g` is on line 3 already",
    );
    head(
        "mcast-groups: { list: [ { name: a-name-of-16-byt } ] }",
        "a-name",
        "longer than 15 bytes",
    );
}

#[test]
fn selectors_that_select_nothing() {
    Spec {
        head: "protocol: netlink-raw\nprotonum: 9\nsub-messages: [ { name: data, formats: [ { value: x } ] } ]",
        attributes: "      - { name: a, type: sub-message, sub-message: data, selector: kind }",
        operations: "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ a ] } } }",
        ..Spec::default()
    }
    .is_refused("kind", "neither `item` nor anything around it has an attribute `kind`");
}

#[test]
fn structs_that_are_wrong() {
    let with = |definitions| Spec {
        head: "protocol: genetlink-legacy",
        definitions,
        ..Spec::default()
    };
    with("  - { type: struct, name: s, members: [ { name: a, type: binary } ] }")
        .is_refused("name: a", "needs `len`");
    with("  - { type: struct, name: s, members: [ { name: a, type: flag } ] }")
        .is_refused("flag", "cannot be a `flag`");
    with("  - { type: struct, name: s, members: [ { name: a, type: binary, struct: s } ] }")
        .is_refused("name: s", "contains itself");
    with("  - { type: struct, name: s, members: [ { name: a, type: binary, struct: t } ] }")
        .is_refused("struct: t", "no struct is called `t`");
}

#[test]
fn all_problems_are_reported_in_the_order_of_lines() {
    let spec = Spec {
        definitions: "  - { type: const, name: c }",
        attributes: "      - { name: id, type: u128 }\n      - { name: x, type: nest }",
        operations: "    - { name: get, doc: d, flags: [ root ] }",
        ..Spec::default()
    };
    let said: Vec<String> = spec
        .problems()
        .into_iter()
        .map(|(_, message)| message)
        .collect();
    assert_eq!(said.len(), 4, "{said:#?}");
    assert!(
        said[0].contains("needs a `value`") && said[3].contains("unknown flag"),
        "{said:#?}"
    );
}
