// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client's side of docs/conformance.md: what it sends, and what it makes of what comes, row by
//! row, against a kernel that does all that the rows say and all that none does.

mod answers;
mod attributes;
mod dumps;
mod events;
mod requests;
mod stream;

use genlkit::wire::{Attrs, Header, Message};

/// The request with another header, to answer it otherwise than it asked.
fn with_header<'b>(request: &Message<'b>, header: Header) -> Message<'b> {
    Message {
        header,
        bytes: request.bytes,
    }
}

/// The bytes of a reply to `request` with the attributes given, padded.
fn reply_bytes(request: &Message<'_>, attributes: &[u8]) -> Vec<u8> {
    let mut bytes = request.bytes[..20].to_vec();
    bytes.extend_from_slice(attributes);
    let len = u32::try_from(bytes.len()).expect("a short message");
    bytes[..4].copy_from_slice(&len.to_ne_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// An attribute of the type given, flags included, with its padding.
fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 4).expect("a short attribute");
    let mut bytes = len.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// How many attributes there are.
fn count(attributes: &[u8]) -> usize {
    Attrs::new(attributes).count()
}
