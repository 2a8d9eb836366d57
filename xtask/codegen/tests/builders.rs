// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the builders of the kernel side demand and call, attribute by attribute.

use genlkit_codegen::{kernel, policy};
use genlkit_spec::Family;

/// The kernel side of a family whose only operation replies with one attribute.
fn reply_of(attribute: &str) -> String {
    let yaml = format!(
        "name: demo\ndoc: d\nattribute-sets:\n  - name: item\n    attributes:\n      - {attribute}\noperations:\n  list:\n    - {{ name: get, doc: d, attribute-set: item, do: {{ reply: {{ attributes: [ a ] }} }} }}\n"
    );
    let family = Family::from_yaml("demo.yaml", &yaml).unwrap_or_else(|error| panic!("{error}"));
    let tables = policy::tables(&family).expect("policies");
    kernel::emit(&family, &tables).expect("a kernel side")
}

/// The bytes that are there before a reply with this string is begun.
fn room_of_a_string(checks: &str) -> usize {
    let text = reply_of(&format!(
        "{{ name: a, type: string, checks: {{ {checks} }} }}"
    ));
    let (_, room) = text.split_once("const ROOM: usize = ").expect("a room");
    let (room, _) = room.split_once(';').expect("a number");
    room.parse().expect("a number")
}

#[test]
fn a_short_string_has_room_for_the_16_bytes_that_are_stored_of_it() {
    for max in 1..=15 {
        assert_eq!(room_of_a_string(&format!("max-len: {max}")), 20, "{max}");
    }
    assert_eq!(room_of_a_string("max-len: 16"), 24);
    assert_eq!(room_of_a_string("max-len: 64"), 72);
    // A longer one may be much shorter than it may be.
    assert_eq!(room_of_a_string("max-len: 65"), 0);
}

#[test]
fn an_array_of_numbers_of_either_size_has_each_in_the_fewest_bytes() {
    for (kind, plain) in [("uint", "u64"), ("sint", "i64")] {
        let text = reply_of(&format!(
            "{{ name: a, type: indexed-array, sub-type: {kind} }}"
        ));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let method =
            format!("pub fn a(&mut self, values: impl IntoIterator<Item = {plain}>) -> &mut Self");
        assert!(words.contains(&method), "{text}");
        assert!(
            words.contains(&format!("self.0.{kind}_list(1, values)")),
            "{text}"
        );
    }
}
