// SPDX-License-Identifier: MIT OR Apache-2.0
//! Enums and flags: types that keep what the spec has no name for.

use super::text::Text;
use genlkit_spec::Family;
use genlkit_spec::model::{Enum, EnumKind, Scope};
use genlkit_spec::names::{camel, screaming};

pub(super) fn emit(family: &Family, text: &mut Text) {
    let enums = family
        .enums
        .iter()
        .filter(|e| e.scope != Scope::Kernel && e.header.is_none());
    for e in enums.clone() {
        let name = screaming(&e.name);
        text.line(&format!(
            "static {name}_NAMES: [Name; {}] = [",
            e.entries.len()
        ));
        for entry in &e.entries {
            let (value, doc) = (e.wire_value(entry, false), one_line(&entry.doc));
            let name = &entry.name;
            text.line(&format!(
                "Name {{ value: {value}, name: {name:?}, doc: {doc:?} }},"
            ));
        }
        text.line("];\n");
    }
    for e in enums {
        match e.kind {
            EnumKind::Enum => exclusive(e, text),
            EnumKind::Flags => flags(e, text),
        }
    }
}

fn flags(e: &Enum, text: &mut Text) {
    let name = camel(&e.name);
    text.line("bitflags::bitflags! {");
    text.macro_doc(4, &e.doc);
    text.line("    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]");
    text.line(&format!("    pub struct {name}: u32 {{"));
    for entry in &e.entries {
        text.macro_doc(8, &entry.doc);
        let (name, value) = (screaming(&entry.name), e.wire_value(entry, false));
        text.line(&format!("        const {name} = {value};"));
    }
    text.line("        // Newer kernels may know more.\n        const _ = !0;\n    }\n}\n");
    text.line(&format!(
        "impl_flags!({name}, {}_NAMES);\n",
        screaming(&e.name)
    ));
}

fn exclusive(e: &Enum, text: &mut Text) {
    let name = camel(&e.name);
    text.doc(0, &e.doc);
    text.line("#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]");
    text.line(&format!("pub struct {name}(pub u32);\n\nimpl {name} {{"));
    for entry in &e.entries {
        text.doc(4, &entry.doc);
        let (name, value) = (screaming(&entry.name), e.wire_value(entry, false));
        text.line(&format!("pub const {name}: Self = Self({value});"));
    }
    text.line(&format!(
        "}}\n\nimpl_enum!({name}, {}_NAMES);\n",
        screaming(&e.name)
    ));
}

/// A documentation text without line breaks.
fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
