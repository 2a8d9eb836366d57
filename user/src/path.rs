// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an offset into a message to the path of the attribute there.

use crate::schema::{self, AttrSet, Kind, Op};
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

/// An attribute of a message.
pub(crate) struct Place<'m> {
    /// Its path: `filter.pids`, with numbers where there are no names.
    pub(crate) path: String,
    /// What is known of it.
    pub(crate) entry: Option<&'static schema::Attr>,
    /// Its payload.
    pub(crate) payload: &'m [u8],
}

/// What is at an offset.
struct Found<'m> {
    kind: Option<Kind>,
    entry: Option<&'static schema::Attr>,
    payload: &'m [u8],
}

impl Level {
    fn kind(self, number: u16) -> Option<Kind> {
        match self {
            Self::Places(set) => Some(Kind::Nest(set)),
            _ => self.entry(number).map(|entry| entry.kind),
        }
    }

    fn entry(self, number: u16) -> Option<&'static schema::Attr> {
        match self {
            Self::Set(set) => set.attr(number),
            Self::Places(_) | Self::Unknown => None,
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
        // Writing to a string does not fail.
        let _ = match (self.entry(number), self) {
            (Some(entry), _) => path.write_str(entry.name),
            (None, Self::Places(_)) => write!(path, "{number}"),
            (None, _) => write!(path, "attribute {number}"),
        };
    }
}

/// The attribute that covers byte `offset` of `message`. None where no attribute is there.
pub(crate) fn at_offset<'m>(
    message: &'m [u8],
    op: &'static Op,
    offset: usize,
) -> Option<Place<'m>> {
    let start = body_offset(op);
    let mut path = String::new();
    let found = find(
        message.get(start..)?,
        Level::Set(op.attrs),
        offset.checked_sub(start)?,
        0,
        &mut path,
    )?;
    Some(Place {
        path,
        entry: found.entry,
        payload: found.payload,
    })
}

/// The path of an attribute that is missing, from the nest at `nest` or from the message itself, and what
/// is known of it.
pub(crate) fn missing(
    message: &[u8],
    op: &'static Op,
    nest: Option<usize>,
    number: u16,
) -> (String, Option<&'static schema::Attr>) {
    let start = body_offset(op);
    let mut path = String::new();
    let mut level = Level::Set(op.attrs);
    if let Some(offset) = nest.and_then(|nest| nest.checked_sub(start)) {
        let body = message.get(start..).unwrap_or_default();
        if let Some(found) = find(body, level, offset, 0, &mut path) {
            level = Level::inside(found.kind);
            path.push('.');
        }
    }
    level.push_name(&mut path, number);
    (path, level.entry(number))
}

fn body_offset(op: &Op) -> usize {
    Header::LEN + GenlHeader::LEN + op.family.header_len
}

/// Looks for the innermost attribute that `offset` points to, and appends its path.
///
/// An offset to an attribute's header means the attribute itself, one into its payload what is
/// nested there, where its schema knows it for a nest or an array of them.
fn find<'m>(
    attributes: &'m [u8],
    level: Level,
    offset: usize,
    depth: usize,
    path: &mut String,
) -> Option<Found<'m>> {
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
            if let Some(found) = find(attr.payload(), level, inside, depth + 1, path) {
                return Some(found);
            }
            path.truncate(len);
        }
        return Some(Found {
            kind,
            entry: level.entry(attr.number()),
            payload: attr.payload(),
        });
    }
}
