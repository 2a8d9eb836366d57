// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an offset into a message to the path of the attribute there.

use crate::schema::{AttrSet, Kind, Op};
use crate::wire::{Attr, Attrs, GenlHeader, Header};
use std::fmt::Write;

/// Deeper nests than this are not looked into; no family nests that deep.
const MAX_DEPTH: usize = 16;

/// The path of the attribute that covers byte `offset` of `message`: `filter.pids`, with numbers
/// where there are no names. None where no attribute is there.
pub(crate) fn at_offset(message: &[u8], op: &'static Op, offset: usize) -> Option<String> {
    let start = body_offset(op);
    let mut path = String::new();
    find(
        message.get(start..)?,
        Some(op.attrs),
        offset.checked_sub(start)?,
        0,
        &mut path,
    )
    .map(|_| path)
}

/// The path of an attribute that is missing: from the nest at `nest`, or from the message itself.
pub(crate) fn missing(message: &[u8], op: &'static Op, nest: Option<usize>, number: u16) -> String {
    let start = body_offset(op);
    let mut path = String::new();
    let mut set = Some(op.attrs);
    if let Some(offset) = nest.and_then(|nest| nest.checked_sub(start)) {
        let body = message.get(start..).unwrap_or_default();
        if let Some(kind) = find(body, set, offset, 0, &mut path) {
            set = nested_set(kind);
            path.push('.');
        }
    }
    push_name(&mut path, set, number);
    path
}

fn body_offset(op: &Op) -> usize {
    Header::LEN + GenlHeader::LEN + op.family.header_len
}

/// Looks for the innermost attribute that `offset` points to, and appends its path.
///
/// An offset to an attribute's header means the attribute itself, one into its payload what is
/// nested there, where its schema knows it for a nest.
fn find(
    attributes: &[u8],
    set: Option<&'static AttrSet>,
    offset: usize,
    depth: usize,
    path: &mut String,
) -> Option<Option<Kind>> {
    let mut attrs = Attrs::new(attributes);
    loop {
        let start = attributes.len() - attrs.rest().len();
        let attr = attrs.next()?.ok()?;
        let end = start + Attr::HEADER_LEN + attr.payload().len();
        if offset < start || offset >= end {
            continue;
        }
        let kind = set
            .and_then(|set| set.attr(attr.number()))
            .map(|entry| entry.kind);
        push_name(path, set, attr.number());
        let inside = offset.checked_sub(start + Attr::HEADER_LEN);
        if let (Some(inside), Some(Kind::Nest(set))) = (inside, kind)
            && depth < MAX_DEPTH
        {
            let len = path.len();
            path.push('.');
            if let Some(kind) = find(attr.payload(), Some(set), inside, depth + 1, path) {
                return Some(kind);
            }
            path.truncate(len);
        }
        return Some(kind);
    }
}

fn nested_set(kind: Option<Kind>) -> Option<&'static AttrSet> {
    match kind {
        Some(Kind::Nest(set)) => Some(set),
        _ => None,
    }
}

fn push_name(path: &mut String, set: Option<&'static AttrSet>, number: u16) {
    match set.and_then(|set| set.attr(number)) {
        Some(entry) => path.push_str(entry.name),
        // Writing to a string does not fail.
        None => drop(write!(path, "attribute {number}")),
    }
}
