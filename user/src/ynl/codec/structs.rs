// SPDX-License-Identifier: MIT OR Apache-2.0
//! C structs: fixed headers, and payloads of attributes.

use super::number::Number;
use super::{HEX, hint};
use genlkit_spec::model::{Family, Member, MemberType, StructId};
use serde_json::{Map, Value};

/// How a member's number is written; none for what is no number.
pub(super) fn number(member: &Member) -> Option<Number> {
    let MemberType::Scalar(scalar) = member.kind else {
        return None;
    };
    let (order, names, hint) = (member.byte_order, member.enumeration, member.display_hint);
    Some(Number {
        scalar,
        order,
        names,
        hint,
    })
}

/// Decodes the members that are there in full: older kernels send shorter structs.
pub(super) fn decode(family: &Family, id: StructId, bytes: &[u8], into: &mut Map<String, Value>) {
    for member in &family[id].members {
        let len = len(family, member.kind);
        let Some(bytes) = bytes
            .get(member.offset..)
            .and_then(|bytes| bytes.get(..len))
        else {
            // A nested struct can be there in part.
            let part = bytes.get(member.offset..).filter(|part| !part.is_empty());
            if let (MemberType::Struct(inner), Some(part)) = (member.kind, part) {
                into.insert(member.name.clone(), object(family, inner, part));
            }
            return;
        };
        let value = match member.kind {
            MemberType::Pad(_) => continue,
            MemberType::Scalar(_) => match number(member) {
                Some(number) => number
                    .read(bytes)
                    .map_or(Value::Null, |n| number.show(n, family)),
                None => continue,
            },
            MemberType::String(_) => string(bytes),
            MemberType::Binary(_) => hint::show_bytes(bytes, member.display_hint).into(),
            MemberType::Struct(inner) => object(family, inner, bytes),
        };
        into.insert(member.name.clone(), value);
    }
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

fn len(family: &Family, kind: MemberType) -> usize {
    match kind {
        MemberType::Scalar(scalar) => scalar.size(),
        MemberType::String(len) | MemberType::Binary(len) | MemberType::Pad(len) => {
            len.bytes as usize
        }
        MemberType::Struct(id) => family[id].size,
    }
}

/// Encodes a struct; members that `get` does not know are zero. The error is a path, and what
/// would be accepted.
pub(super) fn encode<'v>(
    family: &Family,
    id: StructId,
    get: impl Fn(&Member) -> Option<&'v Value>,
) -> Result<Vec<u8>, (String, String)> {
    let layout = &family[id];
    let mut out = vec![0; layout.size];
    for member in &layout.members {
        let Some(value) = get(member).filter(|value| !value.is_null()) else {
            continue;
        };
        let here = |message: String| (member.name.clone(), message);
        let bytes = match member.kind {
            MemberType::Pad(_) => continue,
            MemberType::Scalar(_) => match number(member) {
                Some(number) => {
                    let value = number.parse(value, family).map_err(here)?;
                    number.write(value).map_err(here)?
                }
                None => continue,
            },
            MemberType::String(_) => text(value).map_err(here)?,
            MemberType::Binary(_) => binary(value, member).map_err(here)?,
            MemberType::Struct(inner) => {
                let map = value.as_object();
                let map = map.ok_or_else(|| here(format!("an object is wanted, not {value}")))?;
                known(family, inner, map).map_err(|(p, m)| (format!("{}.{p}", member.name), m))?;
                encode(family, inner, member_of(map))
                    .map_err(|(path, message)| (format!("{}.{path}", member.name), message))?
            }
        };
        let len = len(family, member.kind);
        if bytes.len() > len {
            return Err(here(format!(
                "{} bytes are more than the {len} that fit",
                bytes.len()
            )));
        }
        if let Some(room) = out
            .get_mut(member.offset..)
            .and_then(|b| b.get_mut(..bytes.len()))
        {
            room.copy_from_slice(&bytes);
        }
    }
    Ok(out)
}

/// Looks members up in an object.
pub(super) fn member_of<'v>(map: &'v Map<String, Value>) -> impl Fn(&Member) -> Option<&'v Value> {
    |member| map.get(&member.name)
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
