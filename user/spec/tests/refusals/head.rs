// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys, protocols and multicast groups.

use crate::{attributes, head, operations};

refused! { head;
    a_key_that_no_schema_has: "surprise: 1" => "surprise", "unknown field";
    a_protocol_that_is_none: "protocol: genetlink-2" => "genetlink-2", "unknown protocol";
    raw_without_a_number: "protocol: netlink-raw" => "name: demo", "needs `protonum`";
    raw_with_a_negative_number: "protocol: netlink-raw\nprotonum: -1"
        => "name: demo", "needs `protonum`";
    a_kernel_policy_that_is_none: "protocol: genetlink-legacy\nkernel-policy: some"
        => "some", "unknown kernel-policy `some`: use split, per-op or global";
    a_group_twice: "mcast-groups: { list: [ { name: g }, { name: g } ] }"
        => "mcast-groups", "group `g` is on line 3 already";
    a_group_with_a_long_name: "mcast-groups: { list: [ { name: a-name-of-16-byt } ] }"
        => "a-name", "longer than 15 bytes";
    a_flag_of_a_group_that_is_none: "mcast-groups: { list: [ { name: g, flags: [ root ] } ] }"
        => "root", "unknown flag `root`";
}

refused! { attributes;
    a_key_that_no_attribute_has: "      - { name: id, type: u32, size: 4 }"
        => "size", "unknown field";
    an_attribute_without_a_type: "      - { name: id }" => "name: id", "needs a `type`";
    an_attribute_without_a_name: "      - { type: u32 }" => "type: u32", "name";
}

refused! { operations;
    a_key_that_no_operation_has: "    - { name: get, doc: d, when: now }" => "when", "unknown field";
    an_operation_without_a_doc: "    - { name: get }" => "name: get", "doc";
    an_enum_model_that_is_none: "    - { name: get, doc: d }\n  enum-model: round"
        => "round", "unknown enum-model `round`: use unified or directional";
}
