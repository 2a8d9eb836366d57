// SPDX-License-Identifier: MIT OR Apache-2.0
//! The names of the Rust types, each there once.

use super::{borrows, nests, views};
use genlkit_spec::Family;
use genlkit_spec::model::{AttrSet, EnumId, EnumRef, Operation};
use genlkit_spec::names::camel;
use std::collections::BTreeMap;

/// Names that the generated file uses for something else.
const TAKEN: &[&str] = &[
    "Attr",
    "AttrSet",
    "Be",
    "Bitfield32",
    "Builder",
    "Bytes",
    "Decode",
    "Do",
    "Dump",
    "Encode",
    "Err",
    "Family",
    "Fields",
    "Hint",
    "Hinted",
    "Kind",
    "Le",
    "Malformed",
    "Named",
    "Nest",
    "None",
    "Notification",
    "Numbers",
    "Ok",
    "Op",
    "Option",
    "Reader",
    "Repeated",
    "Request",
    "Result",
    "Self",
    "Some",
    "Str",
    "TypeValue",
    "Vec",
    "View",
    "Visitor",
];

/// The type of an enum's values, or of the bits that they count.
pub(super) fn enum_type(family: &Family, id: EnumId, as_flags: bool) -> String {
    let name = free(camel(&family[id].name));
    if as_flags {
        return camel(&family[id].name) + "Flags";
    }
    name
}

/// The type of the values that an attribute names.
pub(super) fn named_type(family: &Family, names: EnumRef) -> String {
    enum_type(family, names.id, names.as_flags)
}

/// The type that a set's attributes decode to, without its lifetime.
pub(super) fn view_name(family: &Family, set: &AttrSet) -> String {
    let name = free(camel(&set.name));
    let enums = family.enums.iter().map(|e| free(camel(&e.name)));
    let of_enum = enums.into_iter().any(|other| other == name);
    if of_enum { name + "Attrs" } else { name }
}

/// The type that a set's attributes decode to, with its lifetime.
pub(super) fn view_type(family: &Family, set: &AttrSet, lifetime: &str) -> String {
    let name = view_name(family, set);
    match borrows(family, set) {
        true => format!("{name}<{lifetime}>"),
        false => name,
    }
}

/// The type of a nest that is sent, without its lifetime.
pub(super) fn nest_name(set: &AttrSet) -> String {
    camel(&set.name) + "Nest"
}

/// The type of an operation's requests, without its lifetime.
pub(super) fn request_type(op: &Operation, mode: &str) -> String {
    match mode {
        "dump" => camel(&op.name) + "Dump",
        _ => camel(&op.name) + "Request",
    }
}

/// The type of the arguments of an operation's requests.
pub(super) fn args_type(op: &Operation, mode: &str) -> String {
    match mode {
        "dump" => camel(&op.name) + "DumpArgs",
        _ => camel(&op.name) + "Args",
    }
}

/// The type of the arguments of a nest: its path from the request, and its set where that has
/// another name than the attribute.
pub(super) fn nest_args_type(path: &str, attr: &str, set: &AttrSet) -> String {
    let of = if set.name == attr {
        String::new()
    } else {
        camel(&set.name)
    };
    camel(path) + &of + "NestArgs"
}

fn free(name: String) -> String {
    match TAKEN.contains(&name.as_str()) {
        true => name + "_",
        false => name,
    }
}

/// Refuses names that would be there twice.
pub(super) fn refuse_twins(family: &Family, refuse: &mut impl FnMut(u32, String)) {
    let enums = family.enums.iter().map(|e| (free(camel(&e.name)), e.line));
    let flags = family
        .sets
        .iter()
        .flat_map(|set| &set.attrs)
        .filter_map(|attr| attr.enumeration.filter(|names| names.as_flags))
        .map(|names| (named_type(family, names), family[names.id].line))
        .collect::<BTreeMap<_, _>>();
    let views = views(family).map(|(_, set)| (view_name(family, set), set.line));
    let nests = nests(family).map(|(_, set)| (nest_name(set), set.line));
    let requests = family.ops.iter().filter(|op| !op.is_async());
    let requests = requests.flat_map(|op| {
        op.modes().flat_map(|(mode, _)| {
            [request_type(op, mode), args_type(op, mode)].map(|name| (name, op.line))
        })
    });
    let mut names: BTreeMap<String, u32> =
        TAKEN.iter().map(|name| ((*name).to_owned(), 0)).collect();
    for (name, line) in enums.chain(flags).chain(views).chain(nests).chain(requests) {
        if names.insert(name.clone(), line).is_some() {
            let message = format!("the Rust type `{name}` would be there twice: rename this");
            refuse(line, message);
        }
    }
}
