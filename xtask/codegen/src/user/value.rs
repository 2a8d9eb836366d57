// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an attribute is in Rust: the types that hold it, and the code that reads and writes it.

use super::names::{named_type, nest_name, view_type};
use super::{enums, sends_borrowed};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, ByteOrder, Element, Kind, Scalar};

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
        Kind::ScalarArray(scalar) => format!("&'a [{}]", scalar.rust_type()),
        Kind::IndexedArray(of) => match *of {
            Element::Nest(set) => format!("&'a [{}]", nest_type(family, set)),
            Element::Scalar(scalar) => format!("&'a [{}]", number(family, attr, scalar)),
            Element::String => "&'a [Str<'a>]".to_owned(),
            Element::Binary | Element::Struct(_) => "&'a [Bytes<'a>]".to_owned(),
        },
        _ => "Bytes<'a>".to_owned(),
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
    let name = format!("uapi::{}", attr.c_name);
    let statement = match &attr.kind {
        Kind::Flag => return format!("if self.{field} {{ to.flag({name}); }}"),
        Kind::Scalar(scalar) => write_number(family, attr, *scalar, &name),
        Kind::String => format!("to.str({name}, value.as_bytes());"),
        Kind::Bitfield32 => format!("to.bitfield32({name}, value);"),
        Kind::Nest(_) => format!("to.nest({name}, |to| value.encode(to));"),
        Kind::ScalarArray(_) => {
            let bytes = match attr.byte_order {
                None => "to_ne_bytes",
                Some(ByteOrder::Big) => "to_be_bytes",
                Some(ByteOrder::Little) => "to_le_bytes",
            };
            format!("to.numbers({name}, value.iter().map(|number| number.{bytes}()));")
        }
        Kind::IndexedArray(of) => {
            let (pattern, each) = match of {
                Element::Nest(_) => ("value", "to.nest(index, |to| value.encode(to))".to_owned()),
                Element::Scalar(scalar) => ("&value", write_number(family, attr, *scalar, "index")),
                Element::String => ("value", "to.str(index, value.as_bytes())".to_owned()),
                _ => ("value", "to.attr(index, value)".to_owned()),
            };
            let each = each.trim_end_matches(';');
            format!("to.array({name}, value, |to, index, {pattern}| {each});")
        }
        _ => format!("to.attr({name}, &value);"),
    };
    match (attr.multi, &attr.kind) {
        (true, Kind::Nest(_)) => format!("for value in self.{field} {{ {statement} }}"),
        (true, _) => format!("for &value in self.{field} {{ {statement} }}"),
        (false, _) => format!("if let Some(value) = self.{field} {{ {statement} }}"),
    }
}

fn write_number(family: &Family, attr: &Attr, scalar: Scalar, number: &str) -> String {
    let value = match attr.enumeration {
        None => "value".to_owned(),
        Some(names) => {
            let inner = match names.is_bits(family) {
                true => "value.bits()",
                false => "value.0",
            };
            let (of, held) = (
                scalar.rust_type(),
                enums::number_type(family, names.id, names.as_flags),
            );
            if of == held {
                inner.to_owned()
            } else {
                format!("{inner} as {of}")
            }
        }
    };
    format!("to.{}({number}, {value});", method(attr, scalar))
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
