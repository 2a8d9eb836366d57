// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an attribute is in Rust: the types that hold it, and the code that reads and writes it.

use super::names::{named_type, nest_name, view_type};
use super::{enums, sends_borrowed};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, ByteOrder, DisplayHint, Element, Kind, Scalar};

/// Why a request cannot hold the attribute, where it cannot.
pub(super) fn cannot_send(attr: &Attr) -> Option<&'static str> {
    match attr.kind {
        Kind::NestTypeValue { .. } => Some("no policy can tell a nest-type-value"),
        Kind::Flag if attr.multi => Some("a flag that is there several times says nothing"),
        _ => cannot_receive(attr),
    }
}

/// Why a view cannot hold the attribute, where it cannot.
pub(super) fn cannot_receive(attr: &Attr) -> Option<&'static str> {
    match attr.kind {
        Kind::Scalar(Scalar::Uint | Scalar::Sint) if attr.byte_order.is_some() => {
            Some("a number of either width has the machine's byte order")
        }
        Kind::Struct(_) | Kind::IndexedArray(Element::Struct(_)) => {
            Some("`genetlink` families have no structs")
        }
        Kind::SubMessage { .. } => Some("`genetlink` families have no sub-messages"),
        Kind::NestTypeValue { .. } if attr.multi => {
            Some("a nest-type-value has its several inside")
        }
        _ => None,
    }
}

/// The type of the field of a view that holds the attribute.
pub(super) fn received(family: &Family, attr: &Attr, lifetime: &str) -> String {
    let view = |set| view_type(family, &family[set], lifetime);
    let one = match &attr.kind {
        Kind::Flag => "bool".to_owned(),
        Kind::Scalar(scalar) if attr.multi => element(family, attr, *scalar),
        Kind::Scalar(scalar) => number(family, attr, *scalar),
        Kind::String => format!("Str<{lifetime}>"),
        Kind::Bitfield32 => "Bitfield32".to_owned(),
        Kind::Nest(set) if family[*set].recursive && !attr.multi => {
            format!("Nest<{lifetime}, {}>", view(*set))
        }
        Kind::Nest(set) => view(*set),
        Kind::NestTypeValue { set, levels } => {
            format!("TypeValue<{}, {}>", view(*set), levels.len())
        }
        Kind::ScalarArray(scalar) => {
            format!("Numbers<{lifetime}, {}>", ordered(attr, *scalar))
        }
        Kind::IndexedArray(of) => {
            let element = match *of {
                Element::Nest(set) => view(set),
                Element::Scalar(scalar) => element(family, attr, scalar),
                Element::String => format!("Str<{lifetime}>"),
                Element::Binary | Element::Struct(_) => format!("Bytes<{lifetime}>"),
            };
            format!("Repeated<{lifetime}, {element}>")
        }
        _ => format!("Bytes<{lifetime}>"),
    };
    match attr.kind {
        _ if attr.multi => format!("Repeated<{lifetime}, {one}>"),
        Kind::Flag | Kind::IndexedArray(_) => one,
        _ => format!("Option<{one}>"),
    }
}

/// How the library displays the attribute's value, where the spec has a hint that suits its type.
pub(super) fn hint(attr: &Attr) -> Option<&'static str> {
    let number = match &attr.kind {
        Kind::Scalar(_) | Kind::ScalarArray(_) | Kind::IndexedArray(Element::Scalar(_)) => {
            // A name says more.
            attr.enumeration.is_none()
        }
        Kind::Binary | Kind::IndexedArray(Element::Binary) => false,
        _ => return None,
    };
    Some(match attr.display_hint? {
        DisplayHint::Hex => "Hex",
        DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6 => "Ip",
        DisplayHint::Mac | DisplayHint::Fddi if !number => "Mac",
        DisplayHint::Uuid if !number => "Uuid",
        DisplayHint::Mac | DisplayHint::Fddi | DisplayHint::Uuid => return None,
    })
}

/// The statement that reads the attribute into its field of a view.
pub(super) fn read(family: &Family, attr: &Attr, field: &str) -> String {
    let number = format!("uapi::{}", attr.c_name);
    let method = match &attr.kind {
        _ if attr.multi => "repeated",
        Kind::Scalar(scalar) => &method(attr, *scalar),
        Kind::Flag => "flag",
        Kind::String => "str",
        Kind::Bitfield32 => "bitfield32",
        Kind::Nest(set) if family[*set].recursive => "deep",
        Kind::Nest(_) => "nest",
        Kind::IndexedArray(_) => "array",
        Kind::ScalarArray(_) => "numbers",
        Kind::NestTypeValue { levels, .. } => {
            return format!("attrs.type_value({number}, {levels:?}, &mut self.{field});");
        }
        _ => "bytes",
    };
    format!("attrs.{method}({number}, &mut self.{field});")
}

/// The type of one value of the attribute in a request or a nest that is sent.
pub(super) fn sent_one(family: &Family, attr: &Attr) -> String {
    match &attr.kind {
        Kind::Flag => "bool".to_owned(),
        Kind::Scalar(scalar) => number(family, attr, *scalar),
        Kind::String => "Str<'a>".to_owned(),
        Kind::Bitfield32 => "Bitfield32".to_owned(),
        Kind::Nest(set) => {
            let name = nest_type(family, *set);
            let by = if family[*set].recursive { "&'a " } else { "" };
            format!("{by}{name}")
        }
        Kind::ScalarArray(scalar) => format!("&'a [{}]", ordered(attr, *scalar)),
        Kind::IndexedArray(of) => match *of {
            Element::Nest(set) => format!("&'a [{}]", nest_type(family, set)),
            Element::Scalar(scalar) => format!("&'a [{}]", number(family, attr, scalar)),
            Element::String => "&'a [Str<'a>]".to_owned(),
            Element::Binary | Element::Struct(_) => "&'a [Bytes<'a>]".to_owned(),
        },
        _ => match attr.checks.exact_len {
            Some(len) => format!("&'a [u8; {}]", len.bytes),
            None => "Bytes<'a>".to_owned(),
        },
    }
}

/// The type of the field of a request or a nest that is sent.
pub(super) fn sent(family: &Family, attr: &Attr) -> String {
    let one = sent_one(family, attr);
    match attr.kind {
        _ if attr.multi => format!("&'a [{one}]"),
        Kind::Flag => one,
        _ => format!("Option<{one}>"),
    }
}

fn nest_type(family: &Family, set: genlkit_spec::model::SetId) -> String {
    let set = &family[set];
    match sends_borrowed(family, set) {
        true => format!("{}<'a>", nest_name(set)),
        false => nest_name(set),
    }
}

/// The statement that writes the attribute's field.
pub(super) fn write(family: &Family, attr: &Attr, field: &str) -> String {
    let (name, field) = (format!("uapi::{}", attr.c_name), format!("self.{field}"));
    let one = |write: String| match attr.multi {
        true => format!("to.each({name}, {field}, {write});"),
        false => format!("to.put({name}, {field}, {write});"),
    };
    match &attr.kind {
        Kind::Flag => format!("to.flag_if({name}, {field});"),
        Kind::Scalar(scalar) => one(write_number(family, attr, *scalar)),
        Kind::String => one("Builder::str".to_owned()),
        Kind::Bitfield32 => one("Builder::bitfield32".to_owned()),
        Kind::Nest(_) => one("Builder::encode".to_owned()),
        Kind::ScalarArray(_) => one("Builder::numbers".to_owned()),
        Kind::IndexedArray(of) => {
            let each = match of {
                Element::Nest(_) => "Builder::encode".to_owned(),
                Element::Scalar(scalar) => write_number(family, attr, *scalar),
                Element::String => "Builder::str".to_owned(),
                Element::Binary | Element::Struct(_) => "Builder::attr".to_owned(),
            };
            match attr.multi {
                true => format!(
                    "to.each({name}, {field}, |to, name, value| to.array(name, Some(value), {each}));"
                ),
                false => format!("to.array({name}, {field}, {each});"),
            }
        }
        _ => one("Builder::attr".to_owned()),
    }
}

/// What writes a number.
fn write_number(family: &Family, attr: &Attr, scalar: Scalar) -> String {
    let method = method(attr, scalar);
    let Some(names) = attr.enumeration else {
        return format!("Builder::{method}");
    };
    let inner = match names.is_bits(family) {
        true => "value.bits()",
        false => "value.0",
    };
    let held = enums::number_type(family, names.id, names.as_flags);
    let cast = match scalar.rust_type() {
        of if of == held => String::new(),
        of => format!(" as {of}"),
    };
    format!("|to, name, value| to.{method}(name, {inner}{cast})")
}

/// The type of a number that is there once: of its enum, else the number itself.
fn number(family: &Family, attr: &Attr, scalar: Scalar) -> String {
    match attr.enumeration {
        Some(names) => named_type(family, names),
        None => scalar.rust_type().to_owned(),
    }
}

/// The type of a number of which there are several: it alone says how it is decoded.
fn element(family: &Family, attr: &Attr, scalar: Scalar) -> String {
    match attr.byte_order {
        Some(_) => ordered(attr, scalar),
        None => number(family, attr, scalar),
    }
}

/// The number's type, with its byte order.
fn ordered(attr: &Attr, scalar: Scalar) -> String {
    let number = scalar.rust_type();
    match attr.byte_order {
        None => number.to_owned(),
        Some(ByteOrder::Big) => format!("Be<{number}>"),
        Some(ByteOrder::Little) => format!("Le<{number}>"),
    }
}

/// The method that reads or writes a number.
fn method(attr: &Attr, scalar: Scalar) -> String {
    let order = match attr.byte_order {
        _ if scalar.size() == 1 => "",
        None => "",
        Some(ByteOrder::Big) => "_be",
        Some(ByteOrder::Little) => "_le",
    };
    format!("{}{order}", scalar.name())
}
