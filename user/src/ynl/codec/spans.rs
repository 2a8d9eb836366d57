// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which attribute is where in an encoded message: offsets of extended ACKs become paths.

use super::Codec;
use crate::wire::Attr;
use genlkit_spec::model::{self, SetId};
use std::ops::Range;

/// Where the attributes of an encoded message are.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    spans: Vec<Span>,
}

#[derive(Debug, Clone)]
struct Span {
    /// The attribute's header, in bytes from the start of what was encoded.
    start: usize,
    /// One past its payload.
    end: usize,
    /// The attribute's path.
    path: String,
    /// The set of what is nested in it.
    inside: Option<SetId>,
    /// The set that has it, and its number there; none for an element of an array, or where the spec
    /// does not have it.
    attr: Option<(SetId, u16)>,
}

/// What is at an offset.
pub(crate) struct Place<'s> {
    /// The attribute's path.
    pub(crate) path: &'s str,
    /// The set that has it, and its number there.
    pub(crate) attr: Option<(SetId, u16)>,
    /// Where its payload is.
    pub(crate) payload: Range<usize>,
}

impl Spans {
    /// Opens a span that [`close`](Self::close) gives its end.
    pub(super) fn open(&mut self, start: usize, path: String, inside: Option<SetId>) -> usize {
        self.spans.push(Span {
            start,
            end: start,
            path,
            inside,
            attr: None,
        });
        self.spans.len() - 1
    }

    /// How many there are: what the next one is for [`is_of`](Self::is_of).
    pub(super) fn count(&self) -> usize {
        self.spans.len()
    }

    /// Says which attribute of which set a span is.
    pub(super) fn is_of(&mut self, span: usize, set: SetId, number: u16) {
        if let Some(span) = self.spans.get_mut(span) {
            span.attr = Some((set, number));
        }
    }

    pub(super) fn close(&mut self, span: usize, end: usize) {
        if let Some(span) = self.spans.get_mut(span) {
            span.end = end;
        }
    }

    /// The path of the innermost attribute at `offset`, in bytes from the start of what was
    /// encoded (the fixed header's start); `linkinfo.kind`.
    #[must_use]
    pub fn path(&self, offset: usize) -> Option<&str> {
        self.innermost(offset).map(|span| span.path.as_str())
    }

    /// The innermost attribute at `offset`, in bytes from the start of what was encoded.
    pub(crate) fn place(&self, offset: usize) -> Option<Place<'_>> {
        self.innermost(offset).map(|span| Place {
            path: &span.path,
            attr: span.attr,
            payload: span.start + Attr::HEADER_LEN..span.end,
        })
    }

    /// The path of an attribute that is missing: the number that the kernel names, in the nest at
    /// `nest`, or in the message itself (of `root`).
    #[must_use]
    pub fn missing(
        &self,
        codec: &Codec,
        root: Option<SetId>,
        nest: Option<usize>,
        number: u16,
    ) -> String {
        let attr = self.missing_attr(codec, root, nest, number);
        let name = attr.map_or_else(|| super::unknown_key(number), |attr| attr.name.to_string());
        match nest.and_then(|offset| self.innermost(offset)) {
            Some(span) => format!("{}.{name}", span.path),
            None => name,
        }
    }

    /// What the spec says of it.
    pub(crate) fn missing_attr<'c>(
        &self,
        codec: &'c Codec,
        root: Option<SetId>,
        nest: Option<usize>,
        number: u16,
    ) -> Option<&'c model::Attr> {
        let set = match nest {
            Some(offset) => self.innermost(offset)?.inside,
            None => root,
        };
        codec.by_number(set?, number)
    }

    /// Spans are in the order of their starts, outer before inner: the last that holds the offset
    /// is the innermost.
    fn innermost(&self, offset: usize) -> Option<&Span> {
        self.spans
            .iter()
            .rev()
            .find(|span| (span.start..span.end).contains(&offset))
    }
}
