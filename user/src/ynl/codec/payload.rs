// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON to the payloads of attributes that hold no attributes.

use super::number::Number;
use super::{hint, structs};
use genlkit_spec::model::{Attr, DisplayHint, Family, Kind, Scalar};
use serde_json::Value;

/// The payload of what holds no attributes; the error says what would be accepted.
pub(super) fn encode(family: &Family, attr: &Attr, value: &Value) -> Result<Vec<u8>, String> {
    let write = |scalar: Scalar, value: &Value| -> Result<Vec<u8>, String> {
        let number = Number {
            scalar,
            order: attr.byte_order,
            names: attr.enumeration,
            hint: attr.display_hint,
        };
        number.write(number.parse(value, family)?)
    };
    match &attr.kind {
        Kind::Scalar(scalar) => write(*scalar, value),
        Kind::String => {
            let mut bytes = structs::text(value)?;
            bytes.push(0);
            Ok(bytes)
        }
        Kind::Binary => binary(attr, value),
        Kind::ScalarArray(_) if value.is_string() => binary(attr, value),
        Kind::ScalarArray(scalar) => {
            let list = value
                .as_array()
                .ok_or("a list of numbers, or hexadecimal digits, are wanted")?;
            let parts: Result<Vec<_>, _> = list.iter().map(|v| write(*scalar, v)).collect();
            Ok(parts?.concat())
        }
        Kind::Bitfield32 => {
            let number = Number {
                scalar: Scalar::U32,
                order: None,
                names: attr.enumeration,
                hint: attr.display_hint,
            };
            let half = |key: &str| {
                let half = value.get(key).ok_or("`value` and `selector` are wanted")?;
                number.write(number.parse(half, family)?)
            };
            Ok([half("value")?, half("selector")?].concat())
        }
        _ => Err("the type has no payload of its own".to_owned()),
    }
}

fn binary(attr: &Attr, value: &Value) -> Result<Vec<u8>, String> {
    if let Value::Array(list) = value {
        let bytes = list
            .iter()
            .map(|byte| u8::try_from(byte.as_u64()?).ok())
            .collect();
        return Option::ok_or(
            bytes,
            "a list of bytes holds numbers from 0 to 255".to_owned(),
        );
    }
    let text = value
        .as_str()
        .ok_or_else(|| format!("hexadecimal digits are wanted, not {value}"))?;
    hint::read_bytes(text, attr.display_hint).ok_or_else(|| match attr.display_hint {
        Some(DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6) => {
            format!("`{text}` is no IP address, and no hexadecimal digits, two a byte")
        }
        _ => format!("`{text}` are not hexadecimal digits, two a byte"),
    })
}
