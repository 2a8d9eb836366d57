// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits: each is for some types, and fits its own.

use crate::{attributes, definition_and_attribute, legacy_attributes};

refused! { attributes;
    a_max_above_u8: "      - { name: a, type: u8, checks: { max: 256 } }" => "256", "outside of u8";
    a_min_below_u32: "      - { name: a, type: u32, checks: { min: -1 } }" => "-1", "outside of u32";
    a_min_below_s8: "      - { name: a, type: s8, checks: { min: -129 } }" => "-129", "outside of s8";
    a_max_of_a_wider_type: "      - { name: a, type: u8, checks: { max: u16-max } }"
        => "u16", "outside of u8";
    a_max_that_is_no_constant: "      - { name: a, type: u8, checks: { max: most } }"
        => "most", "neither a number";
    a_max_of_a_type_without_a_size: "      - { name: a, type: u8, checks: { max: uint-max } }"
        => "max", "neither";
    a_min_above_max: "      - { name: a, type: u8, checks: { min: 4, max: 3 } }"
        => "min: 4", "min 4 is greater than max 3";
    a_min_of_text: "      - { name: a, type: string, checks: { min: 4 } }" => "min: 4", "for numbers";
    a_max_of_bytes: "      - { name: a, type: binary, checks: { max: 4 } }" => "max: 4", "for numbers";
    a_length_of_a_number: "      - { name: a, type: u8, checks: { max-len: 4 } }"
        => "max-len", "for strings";
    a_length_that_no_attribute_has: "      - { name: a, type: binary, checks: { max-len: 70000 } }"
        => "70000", "outside of 0 to 65531";
    a_length_below_0: "      - { name: a, type: binary, checks: { min-len: -1 } }"
        => "-1", "outside of 0 to 65531";
    a_length_that_is_no_constant: "      - { name: a, type: binary, checks: { max-len: most } }"
        => "most", "`most` is neither a number nor a constant";
    a_min_len_above_max_len:
        "      - { name: a, type: binary, checks: { min-len: 4, max-len: 3 } }"
        => "min-len", "greater than max-len";
    an_exact_length_and_another:
        "      - { name: a, type: binary, checks: { exact-len: 4, max-len: 5 } }"
        => "exact-len", "says it all";
    a_mask_that_is_not_there: "      - { name: a, type: u8, checks: { flags-mask: limit } }"
        => "limit", "no flags are called `limit`";
}

refused! { legacy_attributes;
    a_number_without_a_nul: "      - { name: a, type: u8, checks: { unterminated-ok: true } }"
        => "unterminated-ok", "for strings";
}

refused! { definition_and_attribute;
    a_mask_of_a_signed_number:
        (
            "  - { type: flags, name: f, entries: [ a ] }",
            "      - { name: a, type: s32, checks: { flags-mask: f } }",
        )
        => "flags-mask", "unsigned";
    a_mask_of_text:
        (
            "  - { type: flags, name: f, entries: [ a ] }",
            "      - { name: a, type: string, checks: { flags-mask: f } }",
        )
        => "flags-mask", "unsigned";
    a_mask_that_is_an_enum:
        (
            "  - { type: enum, name: e, entries: [ a ] }",
            "      - { name: a, type: u32, checks: { flags-mask: e } }",
        )
        => "flags-mask", "no flags are called `e`";
    a_limit_that_is_text:
        (
            "  - { type: const, name: c, value: some }",
            "      - { name: a, type: u32, checks: { max: c } }",
        )
        => "max: c", "constant `c` is `some`, which is not a number";
}
