// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an attribute is in Rust: its type, and the methods that read and write it.

use super::view_type;
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, ByteOrder, Element, Kind, Scalar};
use genlkit_spec::names::camel;

/// Whether a request can hold the attribute once.
pub(super) fn can_send(attr: &Attr) -> bool {
    match attr.kind {
        Kind::Scalar(scalar) => method(attr, scalar).is_some() && has_enum_type(attr, scalar),
        Kind::Flag | Kind::String | Kind::Binary | Kind::Bitfield32 => true,
        _ => false,
    }
}

/// Whether the type of the attribute's enum, if it has one, is made of such numbers.
fn has_enum_type(attr: &Attr, scalar: Scalar) -> bool {
    match attr.enumeration {
        Some(names) => !names.as_flags && !scalar.is_signed() && scalar.size() <= 4,
        None => true,
    }
}

/// Whether a view can hold the attribute.
pub(super) fn can_receive(attr: &Attr) -> bool {
    match attr.kind {
        // Occurrences decode by their type alone, which knows no byte order and no names.
        Kind::Scalar(_) if attr.multi => attr.byte_order.is_none() && attr.enumeration.is_none(),
        Kind::Bitfield32 => !attr.multi,
        Kind::Nest(_) => true,
        Kind::IndexedArray(Element::Nest(_) | Element::String | Element::Binary) => !attr.multi,
        Kind::IndexedArray(Element::Scalar(_)) => !attr.multi && attr.byte_order.is_none(),
        _ => can_send(attr),
    }
}

/// The type of the attribute's value.
pub(super) fn type_of(family: &Family, attr: &Attr, lifetime: &str) -> String {
    match (&attr.kind, attr.enumeration) {
        (_, Some(names)) => camel(&family[names.id].name),
        (Kind::Scalar(scalar) | Kind::IndexedArray(Element::Scalar(scalar)), None) => {
            scalar.rust_type().to_owned()
        }
        (Kind::Nest(set) | Kind::IndexedArray(Element::Nest(set)), None) => {
            view_type(family, &family[*set], lifetime)
        }
        (Kind::String | Kind::IndexedArray(Element::String), None) => format!("Str<{lifetime}>"),
        (Kind::Bitfield32, None) => "Bitfield32".to_owned(),
        (Kind::Flag, None) => "bool".to_owned(),
        _ => format!("Bytes<{lifetime}>"),
    }
}

/// The type of the field that holds the attribute.
pub(super) fn field_type(family: &Family, attr: &Attr, lifetime: &str) -> String {
    let value = type_of(family, attr, lifetime);
    match attr.kind {
        Kind::Flag => value,
        Kind::IndexedArray(_) => format!("Repeated<{lifetime}, {value}>"),
        _ if attr.multi => format!("Repeated<{lifetime}, {value}>"),
        _ => format!("Option<{value}>"),
    }
}

/// The method of `Reader` that reads the attribute into its field.
pub(super) fn reader(attr: &Attr) -> &'static str {
    match attr.kind {
        _ if attr.multi => "repeated",
        Kind::Scalar(scalar) => method(attr, scalar).unwrap_or("bytes"),
        Kind::Flag => "flag",
        Kind::String => "str",
        Kind::Bitfield32 => "bitfield32",
        Kind::Nest(_) => "nest",
        Kind::IndexedArray(_) => "array",
        _ => "bytes",
    }
}

/// The statement that writes the attribute's field.
pub(super) fn write(family: &Family, attr: &Attr, field: &str, number: &str) -> String {
    let statement = match (&attr.kind, attr.enumeration) {
        (Kind::Flag, _) => return format!("if self.{field} {{ to.flag({number}); }}"),
        (Kind::Scalar(scalar), Some(names)) => {
            let inner = match names.is_bits(family) {
                true => "value.bits()",
                false => "value.0",
            };
            let (method, of) = (method(attr, *scalar).unwrap_or("u32"), scalar.rust_type());
            match of {
                "u32" => format!("to.{method}({number}, {inner});"),
                "u64" | "i64" => format!("to.{method}({number}, {inner}.into());"),
                _ => format!("to.{method}({number}, {inner} as {of});"),
            }
        }
        (Kind::Scalar(scalar), None) => {
            format!(
                "to.{}({number}, value);",
                method(attr, *scalar).unwrap_or("u32")
            )
        }
        (Kind::String, _) => format!("to.str({number}, value.as_bytes());"),
        (Kind::Bitfield32, _) => format!("to.bitfield32({number}, value);"),
        _ => format!("to.attr({number}, &value);"),
    };
    format!("if let Some(value) = self.{field} {{ {statement} }}")
}

/// The method that reads or writes a number.
fn method(attr: &Attr, scalar: Scalar) -> Option<&'static str> {
    let host = match scalar {
        Scalar::U8 => return Some("u8"),
        Scalar::S8 => return Some("s8"),
        Scalar::U16 => "u16",
        Scalar::U32 => "u32",
        Scalar::U64 => "u64",
        Scalar::S16 => "s16",
        Scalar::S32 => "s32",
        Scalar::S64 => "s64",
        Scalar::Uint => "uint",
        Scalar::Sint => "sint",
    };
    match (attr.byte_order, scalar) {
        (None, _) => Some(host),
        (Some(ByteOrder::Big), Scalar::U16) => Some("u16_be"),
        (Some(ByteOrder::Big), Scalar::U32) => Some("u32_be"),
        (Some(ByteOrder::Big), Scalar::U64) => Some("u64_be"),
        _ => None,
    }
}
