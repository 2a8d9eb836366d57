// SPDX-License-Identifier: MIT OR Apache-2.0
//! Says an attribute's type and limits in words.

use super::{anchor, link};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, ByteOrder, DisplayHint, Element, EnumRef, Kind, Length, Limit};

/// The type, with links to what it is made of.
pub(super) fn type_of(attr: &Attr, family: &Family) -> String {
    let order = match attr.byte_order {
        Some(ByteOrder::Big) => "big-endian ",
        Some(ByteOrder::Little) => "little-endian ",
        None => "",
    };
    let kind = match &attr.kind {
        Kind::Scalar(scalar) => format!("{order}{}", scalar.name()),
        Kind::Flag => "flag".to_owned(),
        Kind::String => "string".to_owned(),
        Kind::Binary => "binary".to_owned(),
        Kind::Struct(id) => format!("struct `{}`", family[*id].name),
        Kind::StructArray(id) => format!("struct `{}` array", family[*id].name),
        Kind::ScalarArray(scalar) => format!("{order}{} array", scalar.name()),
        Kind::Bitfield32 => "bitfield32".to_owned(),
        Kind::Nest(set) => format!("nest of {}", link(&family[*set])),
        Kind::IndexedArray(element) => {
            let element = match element {
                Element::Nest(set) => link(&family[*set]),
                Element::Scalar(scalar) => format!("{order}{}", scalar.name()),
                Element::String => "string".to_owned(),
                Element::Binary => "binary".to_owned(),
                Element::Struct(id) => format!("struct `{}`", family[*id].name),
            };
            format!("indexed array of {element}")
        }
        Kind::NestTypeValue { set, levels } => {
            format!("{} by {}", link(&family[*set]), levels.join(" by "))
        }
        Kind::SubMessage { message, selector } => {
            format!(
                "sub-message `{}` by `{}`",
                family[*message].name, selector.name
            )
        }
        Kind::Pad => "padding".to_owned(),
        Kind::Unused => "unused".to_owned(),
    };
    let names = attr
        .enumeration
        .map_or(String::new(), |names| names_of(names, family));
    let multi = if attr.multi {
        ", any number of times"
    } else {
        ""
    };
    format!("{kind}{names}{multi}{}", shown(attr.display_hint))
}

fn names_of(names: EnumRef, family: &Family) -> String {
    let e = &family[names.id];
    let kind = if e.kind == genlkit_spec::model::EnumKind::Flags {
        "flags"
    } else {
        "enum"
    };
    let link = format!(
        "[`{}`](#{})",
        e.name,
        anchor(&format!("{} ({kind})", e.name))
    );
    if names.is_bits(family) {
        format!(", bits of {link}")
    } else {
        format!(", one of {link}")
    }
}

fn shown(hint: Option<DisplayHint>) -> &'static str {
    match hint {
        None => "",
        Some(DisplayHint::Hex) => ", in hexadecimal",
        Some(DisplayHint::Mac) => ", an Ethernet address",
        Some(DisplayHint::Fddi) => ", an FDDI address",
        Some(DisplayHint::Ipv4) => ", an IPv4 address",
        Some(DisplayHint::Ipv6) => ", an IPv6 address",
        Some(DisplayHint::Ipv4OrV6) => ", an IP address",
        Some(DisplayHint::Uuid) => ", a UUID",
    }
}

/// What the kernel checks of the attribute in a request; empty when anything goes.
pub(super) fn accepted(attr: &Attr, family: &Family) -> String {
    let number = |limit: Limit| {
        let name = limit.constant.map(|id| &family[id]);
        name.map_or(limit.value.to_string(), |c| {
            format!("{} ({})", limit.value, c.name)
        })
    };
    let length = |length: Length| match length.constant.map(|id| &family[id]) {
        Some(constant) => format!("{} ({})", length.bytes, constant.name),
        None => length.bytes.to_string(),
    };
    let checks = &attr.checks;
    let mut said = Vec::new();
    said.extend(checks.min.map(|min| format!("at least {}", number(min))));
    said.extend(checks.max.map(|max| format!("at most {}", number(max))));
    said.extend(
        checks
            .min_len
            .map(|len| format!("at least {} bytes", length(len))),
    );
    said.extend(
        checks
            .max_len
            .map(|len| format!("at most {} bytes", length(len))),
    );
    said.extend(checks.exact_len.map(|len| format!("{} bytes", length(len))));
    said.extend(
        checks
            .flags_mask
            .map(|id| format!("bits of `{}`", family[id].name)),
    );
    if checks.unterminated_ok {
        said.push("NUL optional".to_owned());
    }
    said.join(", ")
}
