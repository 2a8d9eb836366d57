// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which attribute is where in an encoded message: offsets of extended ACKs become paths.

use super::Codec;
use genlkit_spec::model::SetId;

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
}

impl Spans {
    /// Opens a span that [`close`](Self::close) gives its end.
    pub(super) fn open(&mut self, start: usize, path: String, inside: Option<SetId>) -> usize {
        self.spans.push(Span {
            start,
            end: start,
            path,
            inside,
        });
        self.spans.len() - 1
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
        let span = nest.and_then(|offset| self.innermost(offset));
        let set = if nest.is_some() {
            span.and_then(|span| span.inside)
        } else {
            root
        };
        let attr = set.and_then(|set| codec.by_number(set, number));
        let name = attr.map_or_else(|| super::unknown_key(number), |attr| attr.name.to_string());
        match span {
            Some(span) => format!("{}.{name}", span.path),
            None => name,
        }
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
