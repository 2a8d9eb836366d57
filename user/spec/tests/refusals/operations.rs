// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations, notifications, events and their messages.

use crate::{Spec, operations};

refused! { operations;
    an_operation_twice: "    - { name: get, doc: d }\n    - { name: get, doc: e }"
        => "doc: e", "operation `get` is on line 12 already";
    a_number_twice: "    - { name: get, doc: d, value: 5 }\n    - { name: set, doc: d, value: 5 }"
        => "name: set", "has number 5, which is `get`'s on line 12";
    number_256: "    - { name: get, doc: d, value: 256 }" => "256", "above 255";
    a_flag_that_is_none: "    - { name: get, doc: d, flags: [ root ] }"
        => "root", "unknown flag `root`";
    two_permissions: "    - { name: get, doc: d, flags: [ admin-perm, uns-admin-perm ] }"
        => "admin-perm", "is enough";
    a_check_that_is_none: "    - { name: get, doc: d, dont-validate: [ all ] }"
        => "all", "use strict, dump";
    a_set_that_is_not_there: "    - { name: get, doc: d, attribute-set: items }"
        => "items", "no attribute set";
    attributes_without_a_set: "    - { name: get, doc: d, do: { request: { attributes: [ id ] } } }"
        => "id", "needs an `attribute-set`";
    an_attribute_that_its_set_has_not:
        "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ ID ] } } }"
        => "ID", "`item` has no attribute `ID`: use id";
    an_attribute_twice:
        "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ id, id ] } } }"
        => "id, id", "`id` is listed already";
    a_group_with_nothing_to_send:
        "    - { name: get, doc: d, mcgrp: g }\nmcast-groups: { list: [ { name: g } ] }"
        => "get", "nothing to send";
    a_group_that_is_not_there:
        "    - { name: e, doc: d, attribute-set: item, event: { attributes: [ id ] }, mcgrp: g }"
        => "mcgrp: g", "no multicast group";
    a_notification_of_nothing: "    - { name: n, doc: d, notify: get }"
        => "notify: get", "no operation is called `get`";
    a_notification_of_what_has_no_reply:
        "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ id ] } } }\n    - { name: ntf, doc: d, notify: get }"
        => "ntf", "`get` has no reply";
    a_notification_that_is_an_event:
        "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ id ] } } }\n    - { name: ntf, doc: d, notify: get, event: {} }"
        => "ntf", "keep one";
    an_event_that_is_called:
        "    - { name: get, doc: d, attribute-set: item, do: { reply: { attributes: [ id ] } }, event: {} }"
        => "get", "make them two operations";
}

#[track_caller]
fn directional(operations: &'static str, line: &str, message: &str) {
    Spec {
        head: "protocol: genetlink-legacy",
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

refused! { directional;
    a_direction_of_nothing: "    - { name: get, doc: d }\n  enum-model: directional"
        => "name: get", "a directional operation needs do, dump, notify or event";
    a_header_that_is_not_there: "    - { name: get, doc: d, fixed-header: h }"
        => "fixed-header: h", "no struct is called `h`";
}

#[track_caller]
fn raw(operations: &'static str, line: &str, message: &str) {
    Spec {
        head: "protocol: netlink-raw\nprotonum: 99",
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

refused! { raw;
    an_errno_that_the_reply_does_not_have:
        "    - { name: get, doc: d, errno: gone, attribute-set: item, do: { request: { value: 20 }, reply: { value: 20, attributes: [ id ] } } }"
        => "errno: gone", "the reply has no number `gone`";
}
