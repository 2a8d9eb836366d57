// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the user side of a family in Rust, for the `genlkit` crate: typed requests tied to their
//! replies, views of what is received, enums, notifications, command line arguments, constants,
//! and what errors and traces read.

mod args;
mod enums;
mod message;
mod schema;
mod text;
mod uapi;
mod value;

use crate::policy::problem;
use genlkit_spec::model::{Attr, AttrSet, Kind, Message, Operation, Protocol, SetId};
use genlkit_spec::names::camel;
use genlkit_spec::{Family, Problem};
use std::collections::{BTreeMap, BTreeSet};
use text::Text;

/// Names that the generated file uses for something else.
const TAKEN: &[&str] = &[
    "Attr",
    "AttrSet",
    "Bitfield32",
    "Builder",
    "Bytes",
    "Decode",
    "Do",
    "Dump",
    "Err",
    "Family",
    "Kind",
    "Malformed",
    "Name",
    "None",
    "Notification",
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
    "View",
    "Visitor",
];

/// The Rust source of a family's user side, without its first comment (licence and origin), and
/// not formatted.
///
/// # Errors
///
/// What this does not make, or Rust cannot have, each with its line.
pub fn emit(family: &Family) -> Result<String, Vec<Problem>> {
    let problems = refused(family);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut text = Text::default();
    text.module_doc(&family.doc);
    text.line(
        "use crate::request::{self, Decode, Do, Dump, Request};
        use crate::schema::{Attr, AttrSet, Family, Kind, Name, Op};
        use crate::view::{View, Visitor, impl_enum, impl_flags, impl_view};",
    );
    text.line(&format!("use crate::wire::{{{}}};\n", wire_types(family)));
    schema::emit(family, &mut text);
    enums::emit(family, &mut text);
    for op in family.ops.iter().filter(|op| !op.is_async()) {
        message::requests(family, op, &mut text);
    }
    for (_, set) in views(family) {
        message::view(family, set, &mut text);
    }
    message::impls(family, &mut text);
    message::notifications(family, &mut text);
    for op in family.ops.iter().filter(|op| !op.is_async()) {
        args::emit(family, op, &mut text);
    }
    uapi::emit(family, &mut text);
    Ok(text.into_string())
}

/// The types of `genlkit::wire` that the file names.
fn wire_types(family: &Family) -> String {
    let mut types = BTreeSet::from(["Builder", "Bytes", "Malformed", "Reader"]);
    for attr in family.sets.iter().flat_map(|set| &set.attrs) {
        match attr.kind {
            Kind::String => types.insert("Str"),
            Kind::Bitfield32 => types.insert("Bitfield32"),
            _ => false,
        };
        if attr.multi || matches!(attr.kind, Kind::IndexedArray(_)) {
            types.insert("Repeated");
        }
    }
    types.into_iter().collect::<Vec<_>>().join(", ")
}

/// The sets that the kernel sends, in the order of the spec.
fn views(family: &Family) -> impl Iterator<Item = (SetId, &AttrSet)> {
    let sets = family.sets.iter().enumerate();
    sets.filter(|(_, set)| set.usage.root_reply || set.usage.nested_reply)
        .map(|(index, set)| (SetId(index), set))
}

/// The attributes of a view: all of a nest's, of a message's those that some message holds.
fn view_attrs<'f>(family: &'f Family, set: &'f AttrSet) -> Vec<&'f Attr> {
    let sent: BTreeSet<&str> = messages(family)
        .filter(|message| message.set.is_some_and(|id| std::ptr::eq(&family[id], set)))
        .flat_map(|message| message.attrs(family))
        .map(|attr| attr.name.as_str())
        .collect();
    let all = set.usage.nested_reply;
    let attrs = set.attrs.iter().filter(|attr| attr.is_data());
    attrs
        .filter(|attr| all || sent.contains(attr.name.as_str()))
        .collect()
}

/// What the kernel sends: replies, and what it announces.
fn messages(family: &Family) -> impl Iterator<Item = &Message> {
    family.ops.iter().flat_map(|op| {
        let replies = op.modes().filter_map(|(_, mode)| mode.reply.as_ref());
        replies.chain(op.announced(family))
    })
}

/// The type that a set's attributes decode to, with its lifetime.
fn view_type(family: &Family, set: &AttrSet, lifetime: &str) -> String {
    match borrows(family, set) {
        true => format!("{}<{lifetime}>", camel(&set.name)),
        false => camel(&set.name),
    }
}

/// Whether a view borrows the received message.
fn borrows(family: &Family, set: &AttrSet) -> bool {
    view_attrs(family, set)
        .into_iter()
        .any(|attr| match attr.kind {
            Kind::String | Kind::Binary | Kind::IndexedArray(_) => true,
            Kind::Nest(nested) if !attr.multi => borrows(family, &family[nested]),
            _ => attr.multi,
        })
}

/// The set that has the numbers: of a subset, the one that it is of.
fn root<'f>(family: &'f Family, set: &'f AttrSet) -> &'f AttrSet {
    set.subset_of.map_or(set, |id| root(family, &family[id]))
}

/// The name of the type of an operation's requests.
fn request_type(op: &Operation, mode: &str) -> String {
    match mode {
        "dump" => format!("{}Dump", camel(&op.name)),
        _ => format!("{}Request", camel(&op.name)),
    }
}

/// What is not made: everything that only old families have, and nests that are sent.
fn refused(family: &Family) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |line, message: String| problems.push(problem(family, line, message));
    if family.protocol != Protocol::Genetlink {
        let name = family.protocol.name();
        refuse(
            1,
            format!("the user side is made for `genetlink` alone, not for `{name}`"),
        );
    }
    for op in &family.ops {
        if op.fixed_header.is_some() {
            refuse(
                op.line,
                format!("`{}` has a fixed header: not made yet", op.name),
            );
        }
        for attr in op
            .modes()
            .filter_map(|(_, mode)| mode.request.as_ref())
            .flat_map(|request| {
                request
                    .attrs(family)
                    .filter(|attr| attr.multi || !value::can_send(attr))
            })
        {
            let name = &attr.name;
            refuse(
                attr.line,
                format!("`{name}` is a nest or several in a request: not made yet"),
            );
        }
    }
    for (_, set) in views(family) {
        if set.recursive {
            refuse(
                set.line,
                format!("`{}` nests itself: not made yet", set.name),
            );
        }
        for attr in view_attrs(family, set)
            .iter()
            .filter(|attr| !value::can_receive(attr))
        {
            refuse(
                attr.line,
                format!("`{}` has a type that is not made yet", attr.name),
            );
        }
    }
    for e in &family.enums {
        let fits = |entry| u32::try_from(e.wire_value(entry, false)).is_ok();
        if let Some(entry) = e.entries.iter().find(|entry| !fits(entry)) {
            refuse(
                entry.line,
                format!("`{}` does not fit into 32 bits: not made yet", entry.name),
            );
        }
    }
    type_names(family, &mut refuse);
    problems.sort_by_key(|problem| problem.position);
    problems.dedup();
    problems
}

/// Refuses type names that would be there twice.
fn type_names(family: &Family, refuse: &mut impl FnMut(u32, String)) {
    let mut names: BTreeMap<String, u32> =
        TAKEN.iter().map(|name| ((*name).to_owned(), 0)).collect();
    let enums = family.enums.iter().map(|e| (camel(&e.name), e.line));
    let sets = views(family).map(|(_, set)| (camel(&set.name), set.line));
    let requests = family
        .ops
        .iter()
        .filter(|op| !op.is_async())
        .flat_map(|op| {
            op.modes()
                .map(|(mode, _)| (request_type(op, mode), op.line))
        });
    for (name, line) in enums.chain(sets).chain(requests) {
        if names.insert(name.clone(), line).is_some() {
            refuse(
                line,
                format!("the Rust type `{name}` would be there twice: rename this"),
            );
        }
    }
}
