// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a generated file takes from the library.

use std::collections::BTreeSet;

/// What the library has and generated files name.
const LIBRARY: [(&str, &[&str]); 4] = [
    (
        "request",
        &["Decode", "Do", "Dump", "Encode", "Fields", "Request"],
    ),
    ("schema", &["Attr", "AttrSet", "Family", "Op"]),
    ("view", &["Hint", "Hinted", "View", "Visitor"]),
    ("wire", &WIRE),
];

const WIRE: [&str; 12] = [
    "Be",
    "Bitfield32",
    "Builder",
    "Bytes",
    "Le",
    "Malformed",
    "Nest",
    "Numbers",
    "Reader",
    "Repeated",
    "Str",
    "TypeValue",
];

/// The library's macros.
const MACROS: [&str; 4] = ["enum_type", "flags_type", "impl_view", "message"];

/// Imports what the source names; `library` is the library's path.
pub(super) fn of(source: &str, library: &str) -> String {
    let words = words(source);
    let used = |names: &[&'static str]| -> Vec<&str> {
        names
            .iter()
            .copied()
            .filter(|name| words.contains(name))
            .collect()
    };
    let mut imports = String::new();
    for (module, names) in LIBRARY {
        let mut used = used(names);
        // Not `fn request`, which every file with arguments has.
        if module == "request" && source.contains(" request::") {
            used.insert(0, "self");
        }
        imports += &format!("use {library}::{module}::{{{}}};\n", used.join(", "));
    }
    imports + &format!("use {library}::{{{}}};\n", used(&MACROS).join(", "))
}

/// What the source names: the first words of all paths, outside of comments.
fn words(source: &str) -> BTreeSet<&str> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let paths =
        code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c)));
    let firsts = paths.filter_map(|path| path.split("::").next());
    firsts.map(|word| word.trim_end_matches(':')).collect()
}
