// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sub-messages and what selects them.

use crate::Spec;

const GOOD: &str = "protocol: netlink-raw\nprotonum: 9\nsub-messages: [ { name: data, formats: [ { value: x } ] } ]";

#[track_caller]
fn selected(attributes: &'static str, line: &str, message: &str) {
    Spec {
        head: GOOD,
        attributes,
        operations: "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ a ] } } }",
        ..Spec::default()
    }
    .is_refused(line, message);
}

refused! { selected;
    a_selector_that_selects_nothing:
        "      - { name: a, type: sub-message, sub-message: data, selector: kind }"
        => "kind", "neither `item` nor anything around it has an attribute `kind`";
}

#[track_caller]
fn unused(attributes: &'static str, line: &str, message: &str) {
    crate::of_protocol(GOOD, attributes, line, message);
}

refused! { unused;
    a_sub_message_without_a_selector: "      - { name: a, type: sub-message, sub-message: data }"
        => "sub-message", "needs `sub-message` and `selector`";
    a_sub_message_that_is_not_there:
        "      - { name: b, type: u8 }\n      - { name: a, type: sub-message, sub-message: none, selector: b }"
        => "none", "no sub-message is called `none`";
}

refused! { crate::head;
    a_sub_message_twice:
        "protocol: netlink-raw\nprotonum: 9\nsub-messages: [ { name: data, formats: [] }, { name: data, formats: [] } ]"
        => "data", "sub-message `data` is on line 5 already";
    a_format_twice:
        "protocol: netlink-raw\nprotonum: 9\nsub-messages: [ { name: data, formats: [ { value: x }, { value: x } ] } ]"
        => "value: x", "value `x` has a format already";
}
