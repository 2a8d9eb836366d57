// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every constant of the C header, under its name there.

use super::text::Text;
use genlkit_spec::Family;
use genlkit_spec::model::{ConstValue, Definition, Scope};

pub(super) fn emit(family: &Family, text: &mut Text) {
    text.doc(0, "Constants, under the names of the C header.");
    text.line("///");
    text.doc(0, &format!("C header: `{}`", family.uapi_header));
    text.line(
        "#[expect(missing_docs, reason = \"what they number is documented where it is typed\")]
        pub mod uapi {",
    );
    text.line(&format!(
        "pub const {}: &str = {:?};",
        family.c_family_name, family.name
    ));
    text.line(&format!(
        "pub const {}: u8 = {};",
        family.c_version_name, family.version
    ));
    for definition in &family.definitions {
        match *definition {
            Definition::Const(id)
                if family[id].header.is_none() && family[id].scope == Scope::Uapi =>
            {
                let name = &family[id].c_name;
                text.line(&match &family[id].value {
                    ConstValue::Number(value) => number(name, *value),
                    ConstValue::Text(value) => format!("pub const {name}: &str = {value:?};"),
                });
            }
            Definition::Enum(id)
                if family[id].header.is_none() && family[id].scope == Scope::Uapi =>
            {
                let e = &family[id];
                for entry in &e.entries {
                    text.line(&number(&entry.c_name, e.wire_value(entry, false)));
                }
            }
            _ => {}
        }
    }
    for (_, set) in family.root_sets() {
        for attr in &set.attrs {
            text.line(&format!(
                "pub const {}: u16 = {};",
                attr.c_name, attr.number
            ));
        }
    }
    for op in &family.ops {
        if let Some(value) = op.request_value.or(op.reply_value) {
            text.line(&format!("pub const {}: u8 = {value};", op.c_name));
        }
    }
    for group in &family.groups {
        text.line(&format!(
            "pub const {}: &str = {:?};",
            group.c_name, group.name
        ));
    }
    text.line("}");
}

/// A number, of the first type that holds it.
fn number(name: &str, value: i128) -> String {
    let of = match value {
        0..=0xffff_ffff => "u32",
        -0x8000_0000..0 => "i32",
        0x1_0000_0000..=0xffff_ffff_ffff_ffff => "u64",
        _ => "i64",
    };
    format!("pub const {name}: {of} = {value};")
}
