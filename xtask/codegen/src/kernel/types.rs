// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constants, enums and flags, and the Rust type of each attribute.

use super::Context;
use super::text::{Text, or};
use genlkit_spec::model::{Attr, ByteOrder, ConstValue, Definition, Enum, Scalar, Scope};
use genlkit_spec::names::{camel, screaming};

pub(super) fn emit(context: &Context<'_>, text: &mut Text) {
    let family = context.family;
    for definition in &family.definitions {
        match *definition {
            Definition::Const(id) => {
                let constant = &family[id];
                if constant.scope == Scope::User || constant.header.is_some() {
                    continue;
                }
                text.doc(&or(&constant.doc, || format!("`{}`", constant.name)));
                let name = screaming(&constant.name);
                match &constant.value {
                    ConstValue::Number(value) => {
                        let kind = number_type(*value, *value);
                        text.line(&format!("pub const {name}: {kind} = {value};\n"));
                    }
                    ConstValue::Text(value) => {
                        text.line(&format!("pub const {name}: &CStr = c{value:?};\n"));
                    }
                }
            }
            Definition::Enum(id) => {
                if let Some(name) = context.names.enumeration(id) {
                    enumeration(&family[id], name, text);
                }
                if let Some(name) = context.names.flags(id) {
                    flags(&family[id], name, text);
                }
            }
            Definition::Struct(_) => {}
        }
    }
}

/// A type that holds both.
fn number_type(low: i128, high: i128) -> &'static str {
    match () {
        () if low >= 0 && high <= u32::MAX.into() => "u32",
        () if low >= 0 => "u64",
        () if low >= i32::MIN.into() && high <= i32::MAX.into() => "i32",
        () => "i64",
    }
}

fn enumeration(e: &Enum, name: &str, text: &mut Text) {
    let (low, high) = e.range();
    let repr = number_type(low.into(), high.into());
    text.doc(&or(&e.doc, || format!("`{}`", e.name)));
    text.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    text.line(&format!("#[repr({repr})]\npub enum {name} {{"));
    for entry in &e.entries {
        text.doc(&or(&entry.doc, || format!("`{}`", entry.name)));
        text.line(&format!("{} = {},", camel(&entry.name), entry.value));
    }
    text.line("}\n");
    text.line(&format!("impl genl::Enum for {name} {{"));
    text.line("#[inline]\nfn from_raw(raw: u64) -> Option<Self> {");
    // Negative numbers are sign-extended on their way here.
    let signed = if low < 0 { " as i64" } else { "" };
    text.line(&format!("Some(match raw{signed} {{"));
    for entry in &e.entries {
        text.line(&format!("{} => Self::{},", entry.value, camel(&entry.name)));
    }
    text.line("_ => return None,\n})\n}\n");
    let signed = if low < 0 { " as i64" } else { "" };
    text.line("#[inline]\nfn into_raw(self) -> u64 {");
    text.line(&format!("self{signed} as u64\n}}\n}}\n"));
}

fn flags(e: &Enum, name: &str, text: &mut Text) {
    let raw = if u32::try_from(e.mask()).is_ok() {
        "u32"
    } else {
        "u64"
    };
    text.doc(&or(&e.doc, || format!("`{}`", e.name)));
    text.line("#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]");
    text.line(&format!("pub struct {name}({raw});\n"));
    text.line(&format!("impl {name} {{"));
    for entry in &e.entries {
        text.doc(&or(&entry.doc, || format!("`{}`", entry.name)));
        let constant = screaming(&entry.name);
        text.line(&format!(
            "pub const {constant}: Self = Self(1 << {});",
            entry.value
        ));
    }
    text.line("}\n");
    text.line(&format!("genl::flags!({name}: {raw} = {:#x});\n", e.mask()));
}

/// The layer's kind for a number.
pub(super) fn number(scalar: Scalar, order: Option<ByteOrder>) -> String {
    let plain = scalar.rust_type();
    match (scalar, order) {
        (Scalar::Uint, _) => "genl::Uint".to_owned(),
        (Scalar::Sint, _) => "genl::Sint".to_owned(),
        (Scalar::U8 | Scalar::S8, _) | (_, None) => plain.to_owned(),
        (_, Some(ByteOrder::Big)) => format!("genl::Be<{plain}>"),
        (_, Some(ByteOrder::Little)) => format!("genl::Le<{plain}>"),
    }
}

/// The Rust type of an attribute's names, if it has any.
pub(super) fn named<'c>(attr: &Attr, context: &'c Context<'_>) -> Option<&'c str> {
    let names = attr.enumeration?;
    if names.is_bits(context.family) {
        context.names.flags(names.id)
    } else {
        context.names.enumeration(names.id)
    }
}
