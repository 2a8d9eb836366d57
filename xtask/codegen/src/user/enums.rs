// SPDX-License-Identifier: MIT OR Apache-2.0
//! Enums and flags: types that keep what the spec has no name for.

use super::names::enum_type;
use super::text::Text;
use genlkit_spec::Family;
use genlkit_spec::model::{Element, Enum, EnumId, EnumKind, Kind, Scalar, Scope};
use genlkit_spec::names::screaming;

pub(super) fn emit(family: &Family, text: &mut Text) {
    for (id, as_flags) in types(family) {
        one(family, id, as_flags, text);
    }
}

/// The enums that become types, each as itself, as bits, or both.
fn types(family: &Family) -> impl Iterator<Item = (EnumId, bool)> {
    let ids = (0..family.enums.len()).map(EnumId);
    ids.flat_map(|id| {
        let e = &family[id];
        let own = e.scope != Scope::Kernel && e.header.is_none();
        let used = |as_flags| uses(family, id, as_flags).next().is_some();
        [(id, false, own || used(false)), (id, true, used(true))]
    })
    .filter(|&(_, _, is_there)| is_there)
    .map(|(id, as_flags, _)| (id, as_flags))
}

/// The types of the numbers that an enum names.
fn uses(family: &Family, id: EnumId, as_flags: bool) -> impl Iterator<Item = Scalar> {
    let attrs = family.sets.iter().flat_map(|set| &set.attrs);
    attrs.filter_map(move |attr| {
        let names = attr.enumeration?;
        if names.id != id || names.as_flags != as_flags {
            return None;
        }
        match attr.kind {
            Kind::Scalar(scalar) | Kind::IndexedArray(Element::Scalar(scalar)) => Some(scalar),
            _ => None,
        }
    })
}

/// The number that a type holds: of the width of the attributes that have it, and of all entries.
pub(super) fn number_type(family: &Family, id: EnumId, as_flags: bool) -> &'static str {
    let e = &family[id];
    let values = e.entries.iter().map(|entry| e.wire_value(entry, as_flags));
    let (low, high) = values.fold((0, 0), |(low, high), value| {
        (value.min(low), value.max(high))
    });
    let used: Vec<Scalar> = uses(family, id, as_flags).collect();
    let is_signed = low < 0 || used.iter().any(|scalar| scalar.is_signed());
    let fits = |scalar: &&Scalar| {
        let (min, max) = scalar.range();
        let holds = |other: &Scalar| min <= other.range().0 && other.range().1 <= max;
        min <= low && high <= max && used.iter().all(holds)
    };
    let of = |scalars: &[Scalar]| scalars.iter().find(fits).map(|scalar| scalar.rust_type());
    let (narrow, wide) = match is_signed {
        true => ([Scalar::S8, Scalar::S16], [Scalar::S32, Scalar::S64]),
        false => ([Scalar::U8, Scalar::U16], [Scalar::U32, Scalar::U64]),
    };
    // What no attribute has is as wide as in C.
    let narrow = if used.is_empty() { None } else { of(&narrow) };
    narrow.or(of(&wide)).unwrap_or("i64")
}

fn one(family: &Family, id: EnumId, as_flags: bool, text: &mut Text) {
    let e = &family[id];
    let number = number_type(family, id, as_flags);
    let name = enum_type(family, id, as_flags);
    let kind = match e.kind {
        EnumKind::Enum if !as_flags => "enum_type",
        _ => "flags_type",
    };
    text.line(&format!("{kind}! {{"));
    text.macro_doc(4, &doc(e));
    text.line(&format!("    pub struct {name}({number}) {{"));
    for entry in &e.entries {
        text.macro_doc(8, &entry_doc(e, &entry.doc));
        let value = e.wire_value(entry, as_flags);
        let (name, spec) = (screaming(&entry.name), &entry.name);
        text.line(&format!("        {name} = {value}, {spec:?};"));
    }
    text.line("    }\n}\n");
}

/// What an enum is, where its spec does not say.
fn doc(e: &Enum) -> String {
    match e.doc.is_empty() {
        true => format!("`{}` of the spec.", e.name),
        false => e.doc.to_string(),
    }
}

fn entry_doc(e: &Enum, doc: &str) -> String {
    match doc.is_empty() {
        true => format!("A value of `{}`.", e.name),
        false => doc.to_owned(),
    }
}
