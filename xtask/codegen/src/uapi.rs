// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the C header that C programs, and bindgen, read: names, numbers, enums and flags.
//!
//! As data it equals what the kernel's own generator makes (`ynl_gen_c.py --mode uapi --header`);
//! it differs in carrying the documentation of attributes and commands too.

mod names;

use crate::policy::problem;
use genlkit_spec::model::{AttrSet, Const, ConstValue, Definition, Enum, EnumKind, Numbering};
use genlkit_spec::model::{Operation, Scope};
use genlkit_spec::names::c_upper;
use genlkit_spec::{Family, Problem};
use std::fmt::Write;

/// The C header of a family, without its first comment (licence and origin).
///
/// # Errors
///
/// Whatever C cannot have, or what is made for `genetlink` families alone, with its line.
pub fn emit(family: &Family) -> Result<String, Vec<Problem>> {
    if family.numbering != Numbering::Unified {
        let line = family.ops.first().map_or(1, |op| op.line);
        let message = "the C header is made for `enum-model: unified` alone";
        return Err(vec![problem(family, line, message)]);
    }
    let problems = names::collisions(family);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut c = String::new();
    let guard = guard(family);
    line(&mut c, &format!("#ifndef {guard}\n#define {guard}\n"));
    line(
        &mut c,
        &format!("#define {}\t\"{}\"", family.c_family_name, family.name),
    );
    line(
        &mut c,
        &format!("#define {}\t{}\n", family.c_version_name, family.version),
    );
    definitions(&mut c, family);
    for (_, set) in family.root_sets().filter(|(_, set)| set.header.is_none()) {
        attributes(&mut c, set, family);
    }
    commands(&mut c, family);
    for group in &family.groups {
        line(
            &mut c,
            &format!("#define {}\t\"{}\"", group.c_name, group.name),
        );
    }
    if !family.groups.is_empty() {
        c.push('\n');
    }
    line(&mut c, &format!("#endif /* {guard} */"));
    Ok(c)
}

fn line(c: &mut String, text: &str) {
    c.push_str(text);
    c.push('\n');
}

/// `_UAPI_LINUX_TASKDIAG_H`, for a header of `linux/` by its path, else by the family's name.
fn guard(family: &Family) -> String {
    let path = family
        .uapi_header
        .strip_prefix("linux/")
        .and_then(|path| path.strip_suffix(".h"));
    format!(
        "_UAPI_LINUX_{}_H",
        c_upper(path.unwrap_or(&family.name)).replace('/', "_")
    )
}

fn definitions(c: &mut String, family: &Family) {
    let mut in_defines = false;
    for definition in &family.definitions {
        match *definition {
            Definition::Const(id) if is_ours(&family[id].header, family[id].scope) => {
                constant(c, &family[id]);
                in_defines = true;
            }
            Definition::Enum(id) if is_ours(&family[id].header, family[id].scope) => {
                if std::mem::take(&mut in_defines) {
                    c.push('\n');
                }
                enumeration(c, &family[id]);
            }
            // A struct is always some other header's: the generator has never made one.
            Definition::Const(_) | Definition::Enum(_) | Definition::Struct(_) => {}
        }
    }
    if in_defines {
        c.push('\n');
    }
}

fn is_ours(header: &Option<String>, scope: Scope) -> bool {
    header.is_none() && scope == Scope::Uapi
}

fn constant(c: &mut String, constant: &Const) {
    if !constant.doc.is_empty() {
        comment(c, "/*", &[paragraph("", &constant.doc)]);
    }
    match &constant.value {
        ConstValue::Number(value) => line(c, &format!("#define {}\t{value}", constant.c_name)),
        ConstValue::Text(text) => line(c, &format!("#define {}\t\"{text}\"", constant.c_name)),
    }
}

fn enumeration(c: &mut String, e: &Enum) {
    let mut doc = Vec::new();
    let named = e
        .c_tag
        .as_ref()
        .map_or(String::new(), |tag| format!("enum {tag} - "));
    if !e.doc.is_empty() {
        doc.push(paragraph(&named, &e.doc));
    }
    for entry in e.entries.iter().filter(|entry| !entry.doc.is_empty()) {
        doc.push(paragraph(&format!("@{}: ", entry.c_name), &entry.doc));
    }
    comment(c, if named.is_empty() { "/*" } else { "/**" }, &doc);
    open(c, e.c_tag.as_deref());
    let mut next = 0;
    for entry in &e.entries {
        let value = e.wire_value(entry, false);
        if e.kind == EnumKind::Flags || value != next {
            line(c, &format!("\t{} = {value},", entry.c_name));
        } else {
            line(c, &format!("\t{},", entry.c_name));
        }
        next = value + 1;
    }
    if e.render_max {
        c.push('\n');
        line(c, "\t/* private: */");
        match e.kind {
            EnumKind::Flags => line(c, &format!("\t{} = {},", e.c_max, e.mask())),
            EnumKind::Enum => {
                line(
                    c,
                    &format!("\t{},\n\t{} = ({} - 1)", e.c_count, e.c_max, e.c_count),
                );
            }
        }
    }
    line(c, "};\n");
}

fn open(c: &mut String, tag: Option<&str>) {
    match tag {
        Some(tag) => line(c, &format!("enum {tag} {{")),
        None => line(c, "enum {"),
    }
}

/// The end of an enum that counts: its highest entry, and one past it.
fn close(c: &mut String, count: &str, max: &str, by_define: bool) {
    c.push('\n');
    if by_define {
        line(c, &format!("\t{count}\n}};\n#define {max} ({count} - 1)\n"));
    } else {
        line(c, &format!("\t{count},\n\t{max} = ({count} - 1)\n}};\n"));
    }
}

fn attributes(c: &mut String, set: &AttrSet, family: &Family) {
    let mut doc = vec![paragraph(
        &format!("Attribute set {}. ", set.name),
        &set.doc,
    )];
    for attr in set.attrs.iter().filter(|attr| !attr.doc.is_empty()) {
        doc.push(paragraph(&format!("@{}: ", attr.c_name), &attr.doc));
    }
    comment(c, "/*", &doc);
    open(c, set.c_enum.as_deref());
    let numbered = set
        .attrs
        .iter()
        .map(|attr| (attr.c_name.as_str(), u32::from(attr.number)));
    entries(c, numbered);
    close(c, &set.c_count, &set.c_max, family.max_by_define);
}

fn entries<'n>(c: &mut String, numbered: impl Iterator<Item = (&'n str, u32)>) {
    let mut next = 0;
    for (name, number) in numbered {
        if number == next {
            line(c, &format!("\t{name},"));
        } else {
            line(c, &format!("\t{name} = {number},"));
        }
        next = number + 1;
    }
}

fn commands(c: &mut String, family: &Family) {
    let names = &family.op_names;
    let separate = names.c_async_prefix.is_some();
    let value = |op: &Operation| op.request_value.or(op.reply_value).unwrap_or(0);
    let documented = |ops: &[&Operation]| -> Vec<String> {
        let docs = ops.iter().filter(|op| !op.doc.is_empty());
        docs.map(|op| paragraph(&format!("@{}: ", op.c_name), &op.doc))
            .collect()
    };
    let (announced, called): (Vec<&Operation>, Vec<&Operation>) =
        family.ops.iter().partition(|op| separate && op.is_async());
    comment(c, "/*", &documented(&called));
    open(c, names.c_enum.as_deref());
    entries(c, called.iter().map(|op| (op.c_name.as_str(), value(op))));
    close(c, &names.c_count, &names.c_max, family.max_by_define);
    if separate {
        comment(c, "/*", &documented(&announced));
        open(c, names.c_async_enum.as_deref());
        entries(
            c,
            announced.iter().map(|op| (op.c_name.as_str(), value(op))),
        );
        line(c, "};\n");
    }
}

/// A paragraph of a comment: one line of text, wherever the spec breaks it.
fn paragraph(label: &str, doc: &str) -> String {
    let text = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{label}{text}").trim_end().to_owned()
}

/// A C comment, wrapped; nothing when there is nothing to say.
fn comment(c: &mut String, start: &str, paragraphs: &[String]) {
    if paragraphs.is_empty() {
        return;
    }
    if let [one] = paragraphs
        && start == "/*"
        && one.len() <= 73
    {
        line(c, &format!("/* {one} */"));
        return;
    }
    line(c, start);
    for text in paragraphs {
        let text = text.replace("*/", "* /");
        let mut indent = " * ";
        let mut row = String::new();
        for word in text.split(' ') {
            if !row.is_empty() && indent.len() + row.len() + 1 + word.len() > 79 {
                let _ = writeln!(c, "{indent}{row}");
                row.clear();
                indent = if text.starts_with('@') {
                    " *   "
                } else {
                    " * "
                };
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        let _ = writeln!(c, "{indent}{row}");
    }
    line(c, " */");
}
