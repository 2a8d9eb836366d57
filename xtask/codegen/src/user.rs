// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the user side of a family in Rust, for the `genlkit` crate: typed requests tied to their
//! replies, views of what is received, enums, notifications, command line arguments, constants,
//! and what errors and traces read.

mod args;
mod enums;
mod imports;
mod names;
mod request;
mod schema;
mod text;
mod uapi;
mod value;
mod view;

use crate::policy::problem;
use genlkit_spec::model::{Attr, AttrSet, Kind, Message, Protocol, SetId};
use genlkit_spec::{Family, Problem};
use std::collections::BTreeSet;
use text::Text;

/// The Rust source of a family's user side, without its first comment (licence and origin), and
/// not formatted.
///
/// `library` is the path of the `genlkit` crate: `crate` inside of it.
///
/// # Errors
///
/// What this does not make, or Rust cannot have, each with its line.
pub fn emit(family: &Family, library: &str) -> Result<String, Vec<Problem>> {
    let problems = refused(family);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut text = Text::default();
    text.module_doc(&family.doc);
    let mut body = Text::default();
    schema::emit(family, &mut body);
    enums::emit(family, &mut body);
    for op in family.ops.iter().filter(|op| !op.is_async()) {
        request::requests(family, op, &mut body);
    }
    for (_, set) in nests(family) {
        request::nest(family, set, &mut body);
    }
    for (_, set) in views(family) {
        view::view(family, set, &mut body);
    }
    view::impls(family, &mut body);
    view::notifications(family, &mut body);
    args::emit(family, library, &mut body);
    uapi::emit(family, &mut body);
    let body = body.into_string();
    text.line(&imports::of(&body, library));
    text.line(&body);
    Ok(text.into_string())
}

/// The sets that the kernel sends, in the order of the spec.
fn views(family: &Family) -> impl Iterator<Item = (SetId, &AttrSet)> {
    let sets = family.sets.iter().enumerate();
    sets.filter(|(_, set)| set.usage.root_reply || set.usage.nested_reply)
        .map(|(index, set)| (SetId(index), set))
}

/// The sets of the nests that are sent, in the order of the spec.
fn nests(family: &Family) -> impl Iterator<Item = (SetId, &AttrSet)> {
    let sets = family.sets.iter().enumerate();
    sets.filter(|(_, set)| set.usage.nested_request)
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

/// The attributes that a message can hold.
fn data(set: &AttrSet) -> Vec<&Attr> {
    set.attrs.iter().filter(|attr| attr.is_data()).collect()
}

/// Whether a view borrows the received message.
fn borrows(family: &Family, set: &AttrSet) -> bool {
    set.recursive
        || view_attrs(family, set)
            .into_iter()
            .any(|attr| match attr.kind {
                _ if attr.multi => true,
                Kind::String | Kind::Binary | Kind::ScalarArray(_) | Kind::IndexedArray(_) => true,
                Kind::Nest(set) | Kind::NestTypeValue { set, .. } => borrows(family, &family[set]),
                _ => false,
            })
}

/// Whether a nest that is sent borrows what it holds.
fn sends_borrowed(family: &Family, set: &AttrSet) -> bool {
    let mut attrs = set.attrs.iter();
    set.recursive || attrs.any(|attr| is_sent_borrowed(family, attr))
}

/// Whether an attribute that is sent borrows what it holds.
fn is_sent_borrowed(family: &Family, attr: &Attr) -> bool {
    match attr.kind {
        _ if attr.multi => true,
        Kind::String | Kind::Binary | Kind::ScalarArray(_) | Kind::IndexedArray(_) => true,
        Kind::Nest(set) => sends_borrowed(family, &family[set]),
        _ => false,
    }
}

/// The set that has the numbers: of a subset, the one that it is of.
fn root<'f>(family: &'f Family, set: &'f AttrSet) -> &'f AttrSet {
    set.subset_of.map_or(set, |id| root(family, &family[id]))
}

/// What is not made: everything that only old families have, and what cannot be.
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
    for op in family.ops.iter().filter(|op| op.fixed_header.is_some()) {
        refuse(
            op.line,
            format!(
                "`{}` has a fixed header, as `genetlink` families have none",
                op.name
            ),
        );
    }
    let requests = family.ops.iter().flat_map(|op| op.modes());
    let requests = requests.filter_map(|(_, mode)| mode.request.as_ref());
    let sent = requests.flat_map(|request| request.attrs(family));
    let sent = sent.chain(nests(family).flat_map(|(_, set)| &set.attrs));
    for attr in sent {
        if let Some(reason) = value::cannot_send(attr) {
            refuse(attr.line, format!("`{}` in a request: {reason}", attr.name));
        }
    }
    for attr in views(family).flat_map(|(_, set)| view_attrs(family, set)) {
        if let Some(reason) = value::cannot_receive(attr) {
            refuse(attr.line, format!("`{}` in a reply: {reason}", attr.name));
        }
    }
    names::refuse_twins(family, &mut refuse);
    problems.sort_by_key(|problem| problem.position);
    problems.dedup();
    problems
}
