// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an offset into a message to the path of the attribute there.

use crate::schema::{AttrSet, Kind, Op};
use crate::wire::{Attr, Attrs, GenlHeader, Header};
use std::fmt::Write;

/// Deeper nests than this are not looked into; no family nests that deep.
const MAX_DEPTH: usize = 16;

/// What numbers mean at a level.
#[derive(Clone, Copy)]
enum Level {
    /// Attributes of a set.
    Set(&'static AttrSet),
    /// Places in an array of nests of a set.
    Places(&'static AttrSet),
    /// Nobody knows.
    Unknown,
}

impl Level {
    fn kind(self, number: u16) -> Option<Kind> {
        match self {
            Self::Set(set) => set.attr(number).map(|entry| entry.kind),
            Self::Places(set) => Some(Kind::Nest(set)),
            Self::Unknown => None,
        }
    }

    /// The level inside an attribute.
    fn inside(kind: Option<Kind>) -> Self {
        match kind {
            Some(Kind::Nest(set)) => Self::Set(set),
            Some(Kind::Array(set)) => Self::Places(set),
            _ => Self::Unknown,
        }
    }

    fn push_name(self, path: &mut String, number: u16) {
        let known = match self {
            Self::Set(set) => set.attr(number),
            Self::Places(_) | Self::Unknown => None,
        };
        // Writing to a string does not fail.
        let _ = match (known, self) {
            (Some(entry), _) => path.write_str(entry.name),
            (None, Self::Places(_)) => write!(path, "{number}"),
            (None, _) => write!(path, "attribute {number}"),
        };
    }
}

/// The path of the attribute that covers byte `offset` of `message`: `filter.pids`, with numbers
/// where there are no names. None where no attribute is there.
pub(crate) fn at_offset(message: &[u8], op: &'static Op, offset: usize) -> Option<String> {
    let start = body_offset(op);
    let mut path = String::new();
    find(
        message.get(start..)?,
        Level::Set(op.attrs),
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
    let mut level = Level::Set(op.attrs);
    if let Some(offset) = nest.and_then(|nest| nest.checked_sub(start)) {
        let body = message.get(start..).unwrap_or_default();
        if let Some(kind) = find(body, level, offset, 0, &mut path) {
            level = Level::inside(kind);
            path.push('.');
        }
    }
    level.push_name(&mut path, number);
    path
}

fn body_offset(op: &Op) -> usize {
    Header::LEN + GenlHeader::LEN + op.family.header_len
}

/// Looks for the innermost attribute that `offset` points to, and appends its path.
///
/// An offset to an attribute's header means the attribute itself, one into its payload what is
/// nested there, where its schema knows it for a nest or an array of them.
fn find(
    attributes: &[u8],
    level: Level,
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
        let kind = level.kind(attr.number());
        level.push_name(path, attr.number());
        let inside = offset.checked_sub(start + Attr::HEADER_LEN);
        if let (Some(inside), Some(Kind::Nest(_) | Kind::Array(_))) = (inside, kind)
            && depth < MAX_DEPTH
        {
            let len = path.len();
            path.push('.');
            let level = Level::inside(kind);
            if let Some(kind) = find(attr.payload(), level, inside, depth + 1, path) {
                return Some(kind);
            }
            path.truncate(len);
        }
        return Some(kind);
    }
}
