// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attribute sets: numbers, types, and what attributes refer to.

use crate::{attributes, definition_and_attribute, legacy_attributes};

refused! { attributes;
    a_name_twice: "      - { name: id, type: u32 }\n      - { name: id, type: u8 }"
        => "type: u8", "`id` of `item` is on line 9 already";
    a_number_twice: "      - { name: a, type: u32, value: 2 }\n      - { name: b, type: u8, value: 2 }"
        => "name: b", "has number 2, which is `a`'s on line 9";
    number_0: "      - { name: a, type: u8, value: 0 }" => "name: a", "outside of 1 to 16383";
    number_16384: "      - { name: a, type: u8, value: 16384 }" => "name: a", "outside of 1 to 16383";
    a_type_that_is_none: "      - { name: a, type: u128 }" => "u128", "unknown type `u128`";
    a_display_hint_that_is_none: "      - { name: a, type: u8, display-hint: loud }"
        => "loud", "unknown display-hint `loud`: use hex, mac";
    a_byte_order_that_is_none: "      - { name: a, type: u8, byte-order: big }"
        => "big", "unknown byte-order";
    a_set_twice: "      - { name: a, type: u8 }\n  - name: item\n    attributes: []"
        => "name: item", "attribute set `item` is on line 7 already";
    an_enum_that_is_not_there: "      - { name: a, type: u8, enum: e }"
        => "enum: e", "no enum or flags are called `e`";
    a_nest_of_a_set_that_is_not_there: "      - { name: a, type: nest, nested-attributes: b }"
        => "b", "no attribute set";
    a_nest_of_nothing: "      - { name: a, type: nest }" => "nest", "needs `nested-attributes`";
    an_array_of_nothing: "      - { name: a, type: indexed-array }" => "indexed", "needs `sub-type`";
    an_array_of_flags: "      - { name: a, type: indexed-array, sub-type: flag }"
        => "flag", "cannot have elements of `flag`";
    an_array_of_nests_of_nothing: "      - { name: a, type: indexed-array, sub-type: nest }"
        => "nest", "needs `nested-attributes`";
    a_binary_of_numbers_without_a_size: "      - { name: a, type: binary, sub-type: uint }"
        => "uint", "array of `uint`";
    a_nest_type_value_without_levels:
        "      - { name: a, type: nest-type-value, nested-attributes: item }"
        => "nest-type-value", "needs `type-value`";
    a_subset_of_nothing:
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: items, attributes: [] }"
        => "few", "no attribute set is called `items`";
    a_subset_with_more:
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, attributes: [ { name: x } ] }"
        => "few", "`item` has no attribute `x`";
    a_subset_with_another_number:
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, attributes: [ { name: id, value: 7 } ] }"
        => "few", "`id` is number 1 in `item`";
    a_subset_of_a_subset:
        "      - { name: id, type: u32 }\n  - { name: few, subset-of: item, attributes: [] }\n  - { name: fewer, subset-of: few, attributes: [] }"
        => "fewer", "`few` is a subset itself";
}

refused! { legacy_attributes;
    a_struct_that_is_not_there: "      - { name: a, type: binary, struct: s }"
        => "s", "no struct is called `s`";
}

refused! { definition_and_attribute;
    an_enum_on_text:
        ("  - { type: enum, name: e, entries: [ a ] }", "      - { name: a, type: string, enum: e }")
        => "enum: e", "`enum` is for numbers";
    flags_of_more_than_64_bits:
        (
            "  - { type: enum, name: e, entries: [ { name: a, value: 64 } ] }",
            "      - { name: a, type: u32, enum: e, enum-as-flags: true }",
        )
        => "enum: e", "entry `a` has no bit";
}
