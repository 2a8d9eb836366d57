// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constants, enums, flags and structs.

use crate::{definitions, legacy_definitions, raw_definitions};

refused! { definitions;
    a_type_that_is_none: "  - { type: class, name: c }"
        => "class", "use const, enum, flags or struct";
    a_constant_without_a_value: "  - { type: const, name: c }" => "name: c", "needs a `value`";
    an_enum_of_no_entries: "  - { type: enum, name: e, entries: [] }"
        => "name: e", "at least one entry";
    an_enum_without_entries: "  - { type: enum, name: e }" => "name: e", "at least one entry";
    a_definition_twice:
        "  - { type: const, name: c, value: 1 }\n  - { type: enum, name: c, entries: [ a ] }"
        => "type: enum", "definition `c` is on line 5 already";
    a_scope_that_is_none: "  - { type: enum, name: e, scope: all, entries: [ a ] }"
        => "all", "unknown scope";
    a_start_that_is_a_name: "  - { type: enum, name: e, value-start: one, entries: [ a ] }"
        => "one", "`value-start` of `e` must be a number of 64 bits";
    a_start_of_more_than_64_bits:
        "  - { type: enum, name: e, value-start: 9223372036854775808, entries: [ a ] }"
        => "9223372036854775808", "must be a number of 64 bits";
    an_entry_twice: "  - type: enum\n    name: e\n    entries:\n      - a\n      - b\n      - a"
        => "- a", "that name is on line 8 already";
    a_value_twice:
        "  - type: enum\n    name: e\n    entries:\n      - a\n      - { name: b, value: 0 }"
        => "name: b", "that value is on line 8 already";
    a_flag_above_63: "  - type: flags\n    name: f\n    entries:\n      - { name: b, value: 64 }"
        => "name: b", "0 to 63";
    a_flag_below_0: "  - type: flags\n    name: f\n    entries:\n      - { name: b, value: -1 }"
        => "name: b", "0 to 63";
}

refused! { legacy_definitions;
    a_member_without_a_length: "  - { type: struct, name: s, members: [ { name: a, type: binary } ] }"
        => "name: a", "needs `len`";
    a_member_of_a_type_without_a_size:
        "  - { type: struct, name: s, members: [ { name: a, type: flag } ] }"
        => "flag", "cannot be a `flag`";
    a_struct_in_itself:
        "  - { type: struct, name: s, members: [ { name: a, type: binary, struct: s } ] }"
        => "name: s", "contains itself";
    a_struct_of_a_struct_that_is_not_there:
        "  - { type: struct, name: s, members: [ { name: a, type: binary, struct: t } ] }"
        => "struct: t", "no struct is called `t`";
    a_member_of_an_enum_that_is_not_there:
        "  - { type: struct, name: s, members: [ { name: a, type: u8, enum: e } ] }"
        => "enum: e", "no enum or flags are called `e`";
    a_length_that_is_no_constant:
        "  - { type: struct, name: s, members: [ { name: a, type: pad, len: most } ] }"
        => "most", "`most` is neither a number nor a constant";
}

refused! { raw_definitions;
    a_member_of_no_bits: "  - { type: struct, name: s, members: [ { name: a, type: u8, bits: 0 } ] }"
        => "bits: 0", "`bits` are 1 or more";
    a_member_of_more_bits_than_its_type:
        "  - { type: struct, name: s, members: [ { name: a, type: u8, bits: 9 } ] }"
        => "bits: 9", "not more than it has";
    a_signed_member_of_bits:
        "  - { type: struct, name: s, members: [ { name: a, type: s8, bits: 1 } ] }"
        => "bits: 1", "of an unsigned number";
}
