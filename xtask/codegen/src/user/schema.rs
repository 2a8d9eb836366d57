// SPDX-License-Identifier: MIT OR Apache-2.0
//! The family as data: operations and attributes by name and number.

use super::names::named_type;
use super::root;
use super::text::Text;
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, AttrSet, ByteOrder, Checks, DisplayHint, Element, Kind};
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
        let (number, name) = (&attr.c_name, &attr.name);
        let shown = shown(family, attr);
        text.line(&match &attr.kind {
            Kind::Nest(set) => {
                let set = set_static(family, &family[*set]);
                format!("Attr::nest(uapi::{number}, {name:?}, &{set}),")
            }
            Kind::IndexedArray(Element::Nest(set)) => {
                let set = set_static(family, &family[*set]);
                format!("Attr::array(uapi::{number}, {name:?}, &{set}),")
            }
            other => format!(
                "Attr::{}(uapi::{number}, {name:?}){shown}{},",
                type_of(other),
                checks(family, attr)
            ),
        });
    }
    text.line("] };\n");
}

/// The type of a payload as the library knows it.
fn type_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Scalar(scalar) => scalar.name(),
        Kind::Flag => "flag",
        Kind::String => "string",
        Kind::Bitfield32 => "bitfield32",
        _ => "binary",
    }
}

/// What the kernel checks, but for limits that only a C header knows.
fn checks(family: &Family, attr: &Attr) -> String {
    let Checks {
        min,
        max,
        min_len,
        max_len,
        exact_len,
        ..
    } = attr.checks;
    let (shortest, longest) = (exact_len.or(min_len), exact_len.or(max_len));
    let checks = [
        ("at_least", family.limit(min)),
        ("at_most", family.limit(max)),
        ("shortest", family.length(shortest).map(i128::from)),
        ("longest", family.length(longest).map(i128::from)),
    ];
    let known = checks
        .into_iter()
        .filter_map(|(method, limit)| Some((method, limit?)));
    known
        .map(|(method, limit)| format!(".{method}({limit})"))
        .collect()
}

/// How a number is shown, where it is not as itself.
fn shown(family: &Family, attr: &Attr) -> String {
    let Kind::Scalar(_) = attr.kind else {
        return String::new();
    };
    if attr.byte_order == Some(ByteOrder::Big) {
        return ".big_endian()".to_owned();
    }
    if let Some(names) = attr.enumeration {
        let method = if names.is_bits(family) {
            "flags"
        } else {
            "named"
        };
        return format!(".{method}::<{}>()", named_type(family, names));
    }
    match attr.display_hint {
        Some(DisplayHint::Hex) => ".hex()".to_owned(),
        _ => String::new(),
    }
}
