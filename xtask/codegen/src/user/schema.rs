// SPDX-License-Identifier: MIT OR Apache-2.0
//! The family as data: operations and attributes by name and number.

use super::names::names_static;
use super::root;
use super::text::Text;
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, AttrSet, ByteOrder, DisplayHint, Element, Kind, Scalar};
use genlkit_spec::names::screaming;

pub(super) fn emit(family: &Family, text: &mut Text) {
    let ops = family
        .ops
        .iter()
        .map(|op| format!("&{}", screaming(&op.name)));
    let groups = family
        .groups
        .iter()
        .map(|group| format!("uapi::{}", group.c_name));
    text.doc(0, "The family.");
    text.line(&format!(
        "pub static FAMILY: Family = Family {{
            name: uapi::{},
            version: uapi::{},
            header_len: 0,
            ops: &[{}],
            groups: &[{}],
        }};\n",
        family.c_family_name,
        family.c_version_name,
        ops.collect::<Vec<_>>().join(", "),
        groups.collect::<Vec<_>>().join(", "),
    ));
    for op in &family.ops {
        let what = if op.is_async() {
            "Notification"
        } else {
            "Operation"
        };
        text.doc(0, &format!("{what} `{}`: {}", op.name, op.doc));
        let set = op.set.map(|id| &family[id]);
        let attrs = set.map_or("NO_ATTRS".to_owned(), |set| set_static(family, set));
        text.line(&format!(
            "pub static {}: Op = Op {{ family: &FAMILY, name: \"{}\", cmd: uapi::{}, attrs: &{attrs} }};\n",
            screaming(&op.name),
            op.name,
            op.c_name,
        ));
    }
    if family.ops.iter().any(|op| op.set.is_none()) {
        text.line("static NO_ATTRS: AttrSet = AttrSet { name: \"\", attrs: &[] };\n");
    }
    for (_, set) in family.root_sets() {
        attr_set(family, set, text);
    }
}

/// The name of the static that describes a set: a subset's is that of the whole.
pub(super) fn set_static(family: &Family, set: &AttrSet) -> String {
    format!("{}_ATTRS", screaming(&root(family, set).name))
}

fn attr_set(family: &Family, set: &AttrSet, text: &mut Text) {
    text.doc(0, &format!("Attribute set `{}`.", set.name));
    text.line(&format!(
        "pub static {}: AttrSet = AttrSet {{ name: \"{}\", attrs: &[",
        set_static(family, set),
        set.name
    ));
    let mut attrs: Vec<&Attr> = set.attrs.iter().filter(|attr| attr.is_data()).collect();
    attrs.sort_by_key(|attr| attr.number);
    for attr in attrs {
        let (kind, number, name) = (kind(family, attr), &attr.c_name, &attr.name);
        text.line(&match len(attr) {
            Len::Any => format!("Attr::any(uapi::{number}, \"{name}\", {kind}),"),
            Len::Either => format!("Attr::either(uapi::{number}, \"{name}\", {kind}),"),
            Len::Bytes(len) => format!("Attr::fixed(uapi::{number}, \"{name}\", {kind}, {len}),"),
        });
    }
    text.line("] };\n");
}

/// How long an attribute's payload is.
enum Len {
    Any,
    Either,
    Bytes(usize),
}

fn len(attr: &Attr) -> Len {
    match attr.kind {
        Kind::Scalar(Scalar::Uint | Scalar::Sint) => Len::Either,
        Kind::Scalar(scalar) => Len::Bytes(scalar.size()),
        Kind::Flag => Len::Bytes(0),
        Kind::Bitfield32 => Len::Bytes(8),
        _ => Len::Any,
    }
}

/// What an attribute's payload is, as `schema::Kind` says it.
fn kind(family: &Family, attr: &Attr) -> String {
    let names = |suffix: &str| match attr.enumeration {
        Some(names) => {
            let names = names_static(family, names.id, names.as_flags);
            format!("{suffix}(&{names})")
        }
        None => suffix.to_owned(),
    };
    let kind = match &attr.kind {
        Kind::Scalar(_) if attr.byte_order == Some(ByteOrder::Big) => "BigEndian".to_owned(),
        Kind::Scalar(_) if attr.enumeration.is_some() && attr.is_bits(family) => names("Flags"),
        Kind::Scalar(_) if attr.enumeration.is_some() => names("Enum"),
        Kind::Scalar(_) if attr.display_hint == Some(DisplayHint::Hex) => "Hex".to_owned(),
        Kind::Scalar(scalar) if scalar.is_signed() => "Signed".to_owned(),
        Kind::Scalar(_) => "Unsigned".to_owned(),
        Kind::Flag => "Flag".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Bitfield32 => "Bitfield32".to_owned(),
        Kind::Nest(set) => format!("Nest(&{})", set_static(family, &family[*set])),
        Kind::IndexedArray(Element::Nest(set)) => {
            format!("Array(&{})", set_static(family, &family[*set]))
        }
        _ => "Binary".to_owned(),
    };
    format!("Kind::{kind}")
}
