// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages as trees, whose headers need not tell the truth.

use genlkit::wire::Header;

/// A message: what its headers say, and its attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    pub(super) header: Header,
    /// The generic netlink header: operation, version, and what is reserved.
    pub(super) genl: [u8; 4],
    pub(super) attrs: Vec<Node>,
    /// Added to the length that the header tells.
    pub(super) skew: i32,
}

/// An attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// Number and flags, as the header has them.
    pub(super) kind: u16,
    pub(super) payload: Payload,
    /// Added to the length that the header tells.
    pub(super) skew: i16,
}

/// What is in an attribute.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    Bytes(Vec<u8>),
    Nest(Vec<Node>),
}

impl Default for Payload {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Message {
    /// The message's bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; Header::LEN];
        bytes.extend(self.genl);
        put(&mut bytes, &self.attrs);
        let header = Header {
            len: (bytes.len() as u32).wrapping_add_signed(self.skew),
            ..self.header
        };
        bytes[..Header::LEN].copy_from_slice(&header.to_bytes());
        bytes
    }

    /// The lists of attributes, the message's own first.
    pub(super) fn lists(&mut self, visit: &mut impl FnMut(&mut Vec<Node>)) {
        lists(&mut self.attrs, visit);
    }
}

fn lists(nodes: &mut Vec<Node>, visit: &mut impl FnMut(&mut Vec<Node>)) {
    visit(nodes);
    for node in nodes {
        if let Payload::Nest(inner) = &mut node.payload {
            lists(inner, visit);
        }
    }
}

fn put(bytes: &mut Vec<u8>, nodes: &[Node]) {
    for node in nodes {
        let start = bytes.len();
        bytes.extend([0; 2]);
        bytes.extend(node.kind.to_ne_bytes());
        match &node.payload {
            Payload::Bytes(payload) => bytes.extend(payload),
            Payload::Nest(inner) => put(bytes, inner),
        }
        let len = (bytes.len() - start) as u16;
        let told = len.wrapping_add_signed(node.skew);
        bytes[start..start + 2].copy_from_slice(&told.to_ne_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
}
