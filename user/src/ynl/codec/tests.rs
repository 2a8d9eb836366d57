// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the codec does where specs and kernels are awkward; random values are in `tests/ynl`.

use super::Codec;
use genlkit_spec::Family;
use serde_json::{Map, Value, json};

const SPEC: &str = r"
name: demo
protocol: netlink-raw
protonum: 99
doc: A demonstration.
definitions:
  - { name: kinds, type: enum, entries: [ one, two ] }
  - { name: bits, type: flags, entries: [ low, mid, high ] }
  - name: head
    type: struct
    members:
      - { name: proto, type: u8, enum: kinds }
      - { name: pad, type: pad, len: 1 }
      - { name: table, type: u16, byte-order: big-endian }
      - { name: loss, type: u32 }
  - name: packed
    type: struct
    members:
      - { name: low, type: u8, bits: 4 }
      - { name: high, type: u8, bits: 4 }
      - { name: kind, type: u8, bits: 2, enum: kinds }
      - { name: order, type: u16, byte-order: big-endian, bits: 12 }
      - { name: most, type: u32, bits: 30 }
      - { name: next, type: u32, bits: 3 }
attribute-sets:
  - name: main
    attributes:
      - { name: by-attr, type: sub-message, sub-message: kind-data, selector: kind }
      - { name: kind, type: string }
      - { name: by-header, type: sub-message, sub-message: proto-data, selector: proto }
      - { name: table, type: u32 }
      - { name: flags, type: u32, enum: bits }
      - { name: loss, type: nest, nested-attributes: inner }
      - { name: levels, type: nest-type-value, type-value: [ outer, innermost ], nested-attributes: inner }
      - { name: array, type: indexed-array, sub-type: u32, enum: kinds }
      - { name: text, type: string }
      - { name: on, type: flag }
      - { name: packed, type: binary, struct: packed }
      - { name: ports, type: binary, sub-type: u32 }
  - name: inner
    attributes:
      - { name: id, type: u32 }
      - { name: deep, type: sub-message, sub-message: kind-data, selector: kind }
  - name: wide
    attributes:
      - { name: size, type: sint }
sub-messages:
  - name: kind-data
    formats:
      - { value: wide, attribute-set: wide }
      - { value: outer, attribute-set: inner }
  - name: proto-data
    formats:
      - { value: two, attribute-set: wide }
operations:
  fixed-header: head
  list:
    - name: get
      doc: Gets.
      attribute-set: main
      do: { request: { attributes: [ kind ] } }
";

fn codec() -> Codec {
    Codec::new(Family::from_yaml("demo.yaml", SPEC).unwrap_or_else(|error| panic!("{error}")))
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// Encodes and decodes, with the header and the set of the one operation.
fn round(value: Value) -> (Map<String, Value>, Vec<String>) {
    let codec = codec();
    let op = codec.family().op("get").expect("the operation");
    let (header, set) = (op.fixed_header, op.set);
    let encoded = codec
        .encode(header, set, &map(value))
        .unwrap_or_else(|e| panic!("{e}"));
    let decoded = codec.decode(header, set, &encoded.bytes);
    (
        decoded.value,
        decoded.notes.iter().map(ToString::to_string).collect(),
    )
}

fn refused(value: Value) -> String {
    let codec = codec();
    let op = codec.family().op("get").expect("the operation");
    let result = codec.encode(op.fixed_header, op.set, &map(value));
    result.expect_err("is refused").to_string()
}

/// Asserts that a value, with members of the header that are zero, comes back.
fn comes_back(value: Value) {
    let (back, notes) = round(value.clone());
    for (key, value) in map(value) {
        assert_eq!(back.get(&key), Some(&value), "{key}");
    }
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn a_selector_can_stand_after_what_it_selects() {
    comes_back(json!({ "by-attr": { "size": 2_147_483_648u64 }, "kind": "wide" }));
}

#[test]
fn a_sub_message_inside_a_sub_message_selects_outside() {
    let inner = json!({ "deep": { "deep": { "id": 1 } } });
    comes_back(json!({ "kind": "outer", "by-attr": inner }));
}

#[test]
fn a_member_of_the_header_selects() {
    comes_back(json!({ "proto": "two", "by-header": { "size": -1 } }));
    assert_eq!(
        refused(json!({ "proto": 7, "by-header": { "size": 1 } })),
        "by-header: `proto` is `7`, which no format is known for"
    );
}

#[test]
fn a_member_and_an_attribute_of_one_name_are_told_apart() {
    comes_back(json!({ "$header": { "table": 5 }, "table": 70_000 }));
    comes_back(json!({ "loss": 5 }));
    comes_back(json!({ "$header": { "loss": 5, "table": 0 }, "loss": { "id": 1 } }));
    let (back, _) = round(json!({ "table": 7 }));
    assert_eq!(back.get("$header"), Some(&json!({ "table": 0 })));
}

#[test]
fn levels_come_as_one_object_or_as_a_list() {
    comes_back(json!({ "levels": { "outer": 3, "innermost": 4, "id": 5 } }));
    comes_back(json!({ "levels": [
        { "outer": 3, "innermost": 4, "id": 5 },
        { "outer": 3, "innermost": 9 },
    ] }));
    assert!(refused(json!({ "levels": { "outer": 3 } })).contains("innermost"));
}

#[test]
fn a_flag_can_be_said_as_a_command_line_has_it() {
    comes_back(json!({ "on": true }));
    assert_eq!(
        round(json!({ "on": "true" })).0.get("on"),
        Some(&json!(true))
    );
    assert_eq!(round(json!({ "on": "false" })).0.get("on"), None);
    assert!(refused(json!({ "on": "yes" })).contains("a flag is true or false"));
}

#[test]
fn names_numbers_and_bits_without_names() {
    comes_back(json!({ "flags": ["low", "high", 0x100] }));
    comes_back(json!({ "array": ["one", 9, "two"], "proto": 200 }));
    let (back, _) = round(json!({ "flags": "low,mid", "proto": "0x1" }));
    assert_eq!(back.get("flags"), Some(&json!(["low", "mid"])));
    assert_eq!(back.get("proto"), Some(&json!("two")));
    assert_eq!(
        refused(json!({ "proto": "tow" })),
        "proto: `tow` is no kinds: use one, two"
    );
}

#[test]
fn bytes_without_a_form_come_back() {
    comes_back(json!({ "UnknownAttr(77)": "0a0b0c", "UnknownAttr(78)": { "UnknownAttr(1)": "" } }));
    comes_back(json!({ "UnknownAttr(77)": ["0a", "0b", "0c"] }));
    comes_back(json!({ "text": { "$hex": "ff41" } }));
    comes_back(json!({ "text": "Ünïcödé" }));
}

#[test]
fn numbers_side_by_side_are_a_list_or_their_bytes() {
    let ports = json!([1, 0x0102_0304]);
    comes_back(json!({ "ports": ports }));
    let bytes = [1_u32, 0x0102_0304].map(u32::to_ne_bytes).concat();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (back, _) = round(json!({ "ports": digits }));
    assert_eq!(back["ports"], ports);
    assert!(refused(json!({ "ports": 1 })).contains("a list of numbers"));
}

#[test]
fn a_format_that_is_not_known_keeps_its_attributes() {
    let codec = codec();
    let op = codec.family().op("get").expect("the operation");
    let known = map(json!({ "kind": "wide", "by-attr": { "size": 1 } }));
    let mut bytes = codec
        .encode(op.fixed_header, op.set, &known)
        .expect("is valid")
        .bytes;
    let at = bytes
        .windows(4)
        .position(|part| part == b"wide")
        .expect("the kind");
    bytes[at] = b'x';
    let decoded = codec.decode(op.fixed_header, op.set, &bytes);
    let note = "by-attr: `kind` is `xide`, which no format is known for";
    assert_eq!(
        decoded
            .notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        [note]
    );
    assert_eq!(
        decoded.value.get("by-attr"),
        Some(&json!({ "UnknownAttr(1)": "01000000" }))
    );
    let again = codec
        .encode(op.fixed_header, op.set, &decoded.value)
        .expect("is valid");
    assert_eq!(again.bytes, bytes);
}

#[test]
fn what_repeats_is_a_list_and_a_note() {
    let (back, notes) = round(json!({ "text": ["a", "b", "c"] }));
    assert_eq!(back.get("text"), Some(&json!(["a", "b", "c"])));
    assert_eq!(notes, ["text: is there again, but not `multi-attr`"]);
}

#[test]
fn a_wrong_name_is_corrected() {
    assert_eq!(
        refused(json!({ "knid": "wide" })),
        "knid: `main` has no such attribute: is `kind` meant?"
    );
    assert_eq!(
        refused(json!({ "kind": "wide", "by-attr": { "length": 1 } })),
        "by-attr.length: `wide` has no such attribute: it has size"
    );
    assert_eq!(
        refused(json!({ "kind": "a\0b" })),
        "kind: a string cannot hold a NUL"
    );
    assert_eq!(
        refused(json!({ "table": -1 })),
        "table: -1 is outside of u32: 0 to 4294967295"
    );
}

#[test]
fn offsets_become_paths() {
    let codec = codec();
    let op = codec.family().op("get").expect("the operation");
    let value = map(json!({ "kind": "wide", "by-attr": { "size": 1 }, "loss": { "id": 2 } }));
    let encoded = codec
        .encode(op.fixed_header, op.set, &value)
        .expect("is valid");
    // The header has 8 bytes, the kind 4 + 5 + 3.
    let paths = [0, 8, 20, 24, 28, 32, 36, 40].map(|offset| encoded.spans.path(offset));
    let kind = Some("kind");
    let size = Some("by-attr.size");
    let expected = [
        None,
        kind,
        Some("by-attr"),
        size,
        size,
        Some("loss"),
        Some("loss.id"),
        None,
    ];
    assert_eq!(paths.get(..7), expected.get(..7));
    let missing = |nest, number| encoded.spans.missing(&codec, op.set, nest, number);
    assert_eq!(missing(None, 5), "flags");
    assert_eq!(missing(Some(32), 1), "loss.id");
    assert_eq!(missing(Some(20), 1), "by-attr.size");
    assert_eq!(missing(Some(20), 9), "by-attr.UnknownAttr(9)");
}

#[test]
fn members_of_bits_share_a_number_as_in_c() {
    let value = json!({ "low": 1, "high": 15, "kind": "two", "order": 4095, "most": (1 << 30) - 1,
        "next": 5 });
    comes_back(json!({ "packed": value }));
    let codec = codec();
    let op = codec.family().op("get").expect("the operation");
    let value =
        map(json!({ "packed": { "low": 1, "high": 2, "kind": "two", "order": 1, "next": 5 } }));
    let encoded = codec.encode(None, op.set, &value).expect("is valid");
    // The next member does not fit behind the 30 bits.
    let expected: &[u8] = if cfg!(target_endian = "little") {
        &[0x21, 1, 0x00, 0x10, 0, 0, 0, 0, 5, 0, 0, 0]
    } else {
        &[0x12, 0x40, 0x00, 0x10, 0, 0, 0, 0, 0xa0, 0, 0, 0]
    };
    assert_eq!(encoded.bytes.get(4..), Some(expected));
    assert_eq!(
        refused(json!({ "packed": { "high": 16 } })),
        "packed.high: 16 is outside of 4 bits: 0 to 15"
    );
}

#[test]
fn short_structs_show_what_is_there() {
    let codec = codec();
    let op = codec.family().op("get").expect("the operation");
    let decoded = codec.decode(op.fixed_header, op.set, &[1, 0, 0, 9]);
    assert_eq!(decoded.value.get("proto"), Some(&json!("two")));
    assert_eq!(decoded.value.get("$header"), Some(&json!({ "table": 9 })));
    assert_eq!(decoded.value.get("loss"), None);
    assert_eq!(decoded.notes.len(), 1);
}
