// SPDX-License-Identifier: MIT OR Apache-2.0
//! C structs: fixed headers, and payloads of attributes.

use super::number::Number;
use super::{HEX, MAX_DEPTH, hint, variables};
use genlkit_spec::model::{
    Bits, DisplayHint, Family, Member, MemberType, Scalar, StructId, SubMessageId,
};
use serde_json::{Map, Value};
use std::cell::Cell;

/// How a member's number is written; none for what is no number.
pub(super) fn number(member: &Member) -> Option<Number> {
    match member.kind {
        MemberType::Scalar(scalar) => Some(element(member, scalar)),
        _ => None,
    }
}

/// Decodes the members that are there in full: older kernels send shorter structs.
pub(super) fn decode(family: &Family, id: StructId, bytes: &[u8], into: &mut Map<String, Value>) {
    let left = Cell::new(MAX_STRUCTS);
    let inside = Inside {
        addresses: None,
        depth: 0,
        left: &left,
    };
    decode_in(family, id, bytes, into, inside);
}

/// How many structs are decoded inside of one. Only a forged spec has more.
const MAX_STRUCTS: u32 = 1 << 16;

/// What a struct is inside of.
#[derive(Clone, Copy)]
struct Inside<'a> {
    /// The family of addresses.
    addresses: Option<i128>,
    /// How many structs there are around it.
    depth: usize,
    /// How many more may be decoded.
    left: &'a Cell<u32>,
}

/// As [`decode`], inside of other structs.
fn decode_in(
    family: &Family,
    id: StructId,
    bytes: &[u8],
    into: &mut Map<String, Value>,
    inside: Inside<'_>,
) {
    let addresses = address_family(family, id, bytes).or(inside.addresses);
    let object = |inner, bytes: &[u8]| {
        let depth = inside.depth + 1;
        let left = inside.left.get();
        // Only a forged spec has structs inside of themselves.
        if depth > MAX_DEPTH || left == 0 {
            return raw(bytes);
        }
        inside.left.set(left - 1);
        let mut map = Map::new();
        let inside = Inside {
            addresses,
            depth,
            ..inside
        };
        decode_in(family, inner, bytes, &mut map, inside);
        Value::Object(map)
    };
    let (mut rest, mut shared) = (bytes, bytes);
    for member in &family[id].members {
        let split = match member.bits {
            Some(bits) if bits.continues() => Some((shared, rest)),
            _ => split(family, member.kind, rest),
        };
        let Some((bytes, after)) = split else {
            // A nested struct can be there in part.
            if let (MemberType::Struct(inner), false) = (member.kind, rest.is_empty()) {
                into.insert(member.name.as_str().to_owned(), object(inner, rest));
            }
            return;
        };
        (rest, shared) = (after, bytes);
        let value = match member.kind {
            MemberType::Pad(_) => continue,
            MemberType::Scalar(_) => match number(member) {
                Some(number) => number
                    .read_bits(bytes, member.bits)
                    .map_or(Value::Null, |n| number.show(n, family)),
                None => continue,
            },
            MemberType::Numbers(scalar, _) => {
                let number = element(member, scalar);
                let numbers = bytes.chunks_exact(scalar.size());
                let numbers = numbers.filter_map(|bytes| number.read(bytes));
                numbers.map(|value| number.show(value, family)).collect()
            }
            MemberType::String(_) | MemberType::OpenString => string(bytes),
            MemberType::Binary(_) | MemberType::OpenBinary => {
                let bytes = match member.display_hint {
                    Some(DisplayHint::Ipv4OrV6) => shortened(bytes, addresses),
                    _ => bytes,
                };
                hint::show_bytes(bytes, member.display_hint).into()
            }
            MemberType::Variables => variables::decode(bytes),
            MemberType::Struct(inner) => object(inner, bytes),
            MemberType::SubMessage { message, selector } => {
                let selector = family[id].members.get(selector);
                let selected = selector.and_then(|member| into.get(member.name.as_str()));
                match selected.and_then(|value| format(family, message, value)) {
                    Some(inner) => object(inner, bytes),
                    None => raw(bytes),
                }
            }
        };
        into.insert(member.name.as_str().to_owned(), value);
    }
}

/// `AF_INET`.
const INET: i128 = 2;

/// The number in the struct's member of enum `address-family`; none where it has none, or 0.
fn address_family(family: &Family, id: StructId, bytes: &[u8]) -> Option<i128> {
    let mut members = family[id].members.iter();
    let member = members.find(|member| {
        let names = member.enumeration.map(|names| &family[names.id]);
        names.is_some_and(|names| names.name == "address-family")
    })?;
    let (_, rest) = bytes.split_at_checked(member.offset)?;
    let (bytes, _) = split(family, member.kind, rest)?;
    number(member)?.read(bytes).filter(|number| *number != 0)
}

/// An address without the zeros that its family has no use for.
fn shortened(bytes: &[u8], addresses: Option<i128>) -> &[u8] {
    match bytes.split_at_checked(4) {
        Some((address, rest)) if addresses == Some(INET) && rest.iter().all(|byte| *byte == 0) => {
            address
        }
        _ => bytes,
    }
}

/// What to say of bytes after a struct; nothing where they only fill it up to a multiple of its
/// widest number, as a C compiler does.
pub(super) fn excess(family: &Family, id: StructId, payload: &[u8]) -> Option<String> {
    let layout = &family[id];
    let (_, more) = payload.split_at_checked(layout.size)?;
    let filled = layout
        .size
        .next_multiple_of(widest(family, id, &mut Vec::new()));
    let padding = payload.len() == filled && more.iter().all(|byte| *byte == 0);
    if more.is_empty() || layout.open || padding {
        return None;
    }
    Some(format!(
        "{} bytes follow struct {}",
        more.len(),
        layout.name
    ))
}

/// The size of the widest number in a struct that was not seen.
fn widest(family: &Family, id: StructId, seen: &mut Vec<StructId>) -> usize {
    if seen.contains(&id) {
        return 1;
    }
    seen.push(id);
    let widths = family[id].members.iter().map(|member| match member.kind {
        MemberType::Scalar(scalar) | MemberType::Numbers(scalar, _) => scalar.size(),
        MemberType::Struct(inner) => widest(family, inner, seen),
        _ => 1,
    });
    widths.max().unwrap_or(1)
}

/// Splits off a member's bytes; none where they are not all there.
fn split<'b>(family: &Family, kind: MemberType, bytes: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
    match kind {
        MemberType::OpenString => {
            let end = bytes.iter().position(|byte| *byte == 0);
            let end = end.map_or(bytes.len(), |end| end + 1);
            bytes
                .split_at_checked(end)
                .filter(|(text, _)| !text.is_empty())
        }
        kind if is_open(family, kind) => Some((bytes, &[])),
        kind => bytes.split_at_checked(len(family, kind)),
    }
}

/// The struct that a selector's value selects.
fn format(family: &Family, message: SubMessageId, value: &Value) -> Option<StructId> {
    let number = value.as_u64().map(|number| number.to_string());
    let text = number.as_deref().or_else(|| value.as_str())?;
    let mut formats = family[message].formats.iter();
    formats.find(|format| format.value == text)?.fixed_header
}

/// A struct as an object.
pub(super) fn object(family: &Family, id: StructId, bytes: &[u8]) -> Value {
    let mut map = Map::new();
    decode(family, id, bytes, &mut map);
    Value::Object(map)
}

/// Text up to its NUL; bytes that are no text stay visible.
pub(super) fn string(bytes: &[u8]) -> Value {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    let text = bytes.get(..end).unwrap_or_default();
    match std::str::from_utf8(text) {
        Ok(text) => text.into(),
        Err(_) => raw(text),
    }
}

/// Bytes that have no other form.
pub(super) fn raw(bytes: &[u8]) -> Value {
    Value::Object(Map::from_iter([(
        HEX.to_owned(),
        hint::hex(bytes, "").into(),
    )]))
}

/// The bytes of a value that [`raw`] made; none for any other value.
pub(super) fn unraw(value: &Value) -> Option<Result<Vec<u8>, String>> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let text = map.get(HEX)?;
    let bytes = text.as_str().and_then(hint::unhex);
    Some(bytes.ok_or_else(|| format!("{text} are not hexadecimal digits, two a byte")))
}

/// Whether a member ends with the payload.
fn is_open(family: &Family, kind: MemberType) -> bool {
    match kind {
        MemberType::Struct(id) => family[id].open,
        kind => kind.is_open(),
    }
}

/// The bytes of a member that does not end with the payload.
fn len(family: &Family, kind: MemberType) -> usize {
    match kind {
        MemberType::Scalar(scalar) => scalar.size(),
        MemberType::String(len)
        | MemberType::Binary(len)
        | MemberType::Numbers(_, len)
        | MemberType::Pad(len) => len.bytes as usize,
        MemberType::Struct(id) => family[id].size,
        _ => 0,
    }
}

/// Encodes a struct; members that `get` does not know have their default, or are zero. The error
/// is a path, and what would be accepted.
pub(super) fn encode<'v>(
    family: &Family,
    id: StructId,
    get: impl Fn(&Member) -> Option<&'v Value>,
) -> Result<Vec<u8>, (String, String)> {
    let layout = &family[id];
    let mut out = Vec::with_capacity(layout.size);
    for member in &layout.members {
        let len = len(family, member.kind);
        let shares = member.bits.is_some_and(Bits::continues);
        let start = match shares {
            true => out.len().saturating_sub(len),
            false => out.len(),
        };
        let given = get(member).filter(|value| !value.is_null());
        let default = member.default.map(Value::from);
        if let Some(value) = given.or(default.as_ref()) {
            let union = |message, selector: usize| {
                let selector = layout.members.get(selector)?;
                let default = selector.default.map(Value::from);
                let number = number(selector)?;
                let value = number
                    .parse(get(selector).or(default.as_ref())?, family)
                    .ok()?;
                format(family, message, &number.show(value, family))
            };
            let mut bytes = encode_member(family, member, value, union)?;
            if shares {
                // The members before it have other bits of the number.
                let before = out.split_off(start);
                bytes
                    .iter_mut()
                    .zip(before)
                    .for_each(|(byte, other)| *byte |= other);
            }
            out.extend_from_slice(&bytes);
        }
        if is_open(family, member.kind) {
            // What is not given is all zero, but for what has no length.
            out.resize(out.len().max(start + len), 0);
            continue;
        }
        if out.len() - start > len {
            let message = format!(
                "{} bytes are more than the {len} that fit",
                out.len() - start
            );
            return Err((member.name.to_string(), message));
        }
        out.resize(start + len, 0);
    }
    Ok(out)
}

fn encode_member(
    family: &Family,
    member: &Member,
    value: &Value,
    union: impl FnOnce(SubMessageId, usize) -> Option<StructId>,
) -> Result<Vec<u8>, (String, String)> {
    let here = |message: String| (member.name.to_string(), message);
    let inside = |(path, message)| (format!("{}.{path}", member.name), message);
    let structure = |inner| {
        let map = value.as_object();
        let map = map.ok_or_else(|| here(format!("an object is wanted, not {value}")))?;
        known(family, inner, map).map_err(inside)?;
        encode(family, inner, member_of(map)).map_err(inside)
    };
    match member.kind {
        MemberType::Pad(_) => Ok(Vec::new()),
        MemberType::Scalar(_) => match number(member) {
            Some(number) => {
                let value = number.parse(value, family).map_err(here)?;
                number.write_bits(value, member.bits).map_err(here)
            }
            None => Ok(Vec::new()),
        },
        MemberType::Numbers(scalar, _) => {
            let list = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let number = element(member, scalar);
            let parts = list
                .iter()
                .map(|value| number.write(number.parse(value, family)?));
            let parts: Result<Vec<_>, _> = parts.collect();
            Ok(parts.map_err(here)?.concat())
        }
        MemberType::String(_) => text(value).map_err(here),
        MemberType::OpenString => {
            let mut bytes = text(value).map_err(here)?;
            bytes.push(0);
            Ok(bytes)
        }
        MemberType::Binary(_) | MemberType::OpenBinary => binary(value, member).map_err(here),
        MemberType::Variables => variables::encode(value).map_err(here),
        MemberType::Struct(inner) => structure(inner),
        MemberType::SubMessage { message, selector } => {
            match (unraw(value), union(message, selector)) {
                (Some(bytes), _) => bytes.map_err(here),
                (None, Some(inner)) => structure(inner),
                (None, None) => Err(here(
                    "what selects the format is missing or unknown".to_owned(),
                )),
            }
        }
    }
}

/// How the numbers of a list are written.
fn element(member: &Member, scalar: Scalar) -> Number {
    let (order, names, hint) = (member.byte_order, member.enumeration, member.display_hint);
    Number {
        scalar,
        order,
        names,
        hint,
    }
}

/// Looks members up in an object.
pub(super) fn member_of<'v>(map: &'v Map<String, Value>) -> impl Fn(&Member) -> Option<&'v Value> {
    |member| map.get(member.name.as_str())
}

/// Refuses keys that are no members of the struct.
pub(super) fn known(
    family: &Family,
    id: StructId,
    map: &Map<String, Value>,
) -> Result<(), (String, String)> {
    let layout = &family[id];
    let unknown = map
        .keys()
        .find(|key| !layout.members.iter().any(|member| member.name == **key));
    let Some(key) = unknown else { return Ok(()) };
    let known: Vec<&str> = layout
        .members
        .iter()
        .filter(|member| !matches!(member.kind, MemberType::Pad(_)))
        .map(|member| member.name.as_str())
        .collect();
    let name = &layout.name;
    Err((
        key.clone(),
        format!(
            "struct {name} has no such member: it has {}",
            known.join(", ")
        ),
    ))
}

/// The bytes of a string, without a NUL.
pub(super) fn text(value: &Value) -> Result<Vec<u8>, String> {
    if let Some(bytes) = unraw(value) {
        return bytes;
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => return Err(format!("a string is wanted, not {other}")),
    };
    if text.contains('\0') {
        return Err("a string cannot hold a NUL".to_owned());
    }
    Ok(text.into_bytes())
}

fn binary(value: &Value, member: &Member) -> Result<Vec<u8>, String> {
    if let Some(bytes) = unraw(value) {
        return bytes;
    }
    let text = value
        .as_str()
        .ok_or_else(|| format!("hexadecimal digits are wanted, not {value}"))?;
    hint::read_bytes(text, member.display_hint)
        .ok_or_else(|| format!("`{text}` are not hexadecimal digits, two a byte"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "name: demo
protocol: genetlink-legacy
doc: A demonstration.
definitions:
  - { name: inner, type: struct, members: [ { name: id, type: u32 } ] }
  - name: outer
    type: struct
    members: [ { name: a, type: binary, struct: inner }, { name: b, type: binary, struct: inner } ]
attribute-sets: []
operations: { list: [] }
";

    #[test]
    fn a_struct_of_no_size_that_is_twice_in_itself_is_decoded_in_bounded_time() {
        let mut family = Family::from_yaml("demo.yaml", SPEC).expect("is valid");
        let members = family.structs[1].members.clone();
        let MemberType::Struct(inner) = members[0].kind else {
            panic!("{members:?}")
        };
        family.structs[0].members = members;
        family.structs[0].size = 0;
        assert!(object(&family, inner, &[]).is_object());
        assert_eq!(widest(&family, inner, &mut Vec::new()), 1);
    }
}
