// SPDX-License-Identifier: MIT OR Apache-2.0

//! Changes to messages: of their structure, and of their bytes.

use super::message::{Message, Node, Payload};
use fastrand::Rng;

/// Changes a message in a few places; `other` lends attributes.
pub(super) fn message(message: &mut Message, other: &Message, rng: &mut Rng) {
    for _ in 0..=rng.u8(..4) {
        match rng.u8(..16) {
            0 => header(message, rng),
            1 => message.skew = skew(rng).into(),
            2 => message.genl[rng.usize(..4)] = rng.u8(..),
            3 => message.genl[0] = rng.u8(..24),
            4 => message.attrs.extend(other.attrs.iter().cloned()),
            _ => {
                let mut count = 0;
                message.lists(&mut |_| count += 1);
                let mut chosen = rng.usize(..count);
                message.lists(&mut |nodes| {
                    if chosen == 0 {
                        list(nodes, other, rng);
                    }
                    chosen = chosen.wrapping_sub(1);
                });
            }
        }
    }
}

/// Changes bytes without looking at what they mean.
pub(super) fn bytes(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..=rng.u8(..4) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.u8(..)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.u8(..8);
                }
            }
        }
    }
}

fn header(message: &mut Message, rng: &mut Rng) {
    let header = &mut message.header;
    match rng.u8(..6) {
        // Another type: control messages, other families.
        0 => header.kind = rng.u16(..48),
        1 => header.portid = rng.u32(..),
        2 => header.flags = rng.u16(..),
        _ => header.flags ^= 1 << rng.u8(..16),
    }
}

fn list(nodes: &mut Vec<Node>, other: &Message, rng: &mut Rng) {
    let at = if nodes.is_empty() {
        0
    } else {
        rng.usize(..nodes.len())
    };
    match rng.u8(..6) {
        0 => nodes.extend(nodes.get(at).cloned()),
        1 if !nodes.is_empty() => drop(nodes.remove(at)),
        2 => {
            if !other.attrs.is_empty() {
                nodes.insert(at, other.attrs[rng.usize(..other.attrs.len())].clone());
            }
        }
        3 => rng.shuffle(nodes),
        _ => {
            if let Some(node) = nodes.get_mut(at) {
                self::node(node, rng);
            }
        }
    }
}

fn node(node: &mut Node, rng: &mut Rng) {
    match rng.u8(..8) {
        0 => node.kind = rng.u16(..),
        1 => node.kind ^= 1 << rng.u8(..16),
        2 => node.kind = (node.kind & 0xc000) | rng.u16(..40),
        3 => node.skew = skew(rng),
        4 => {
            let inner = std::mem::take(node);
            node.kind = inner.kind;
            node.payload = Payload::Nest(vec![inner]);
        }
        _ => payload(&mut node.payload, rng),
    }
}

fn payload(payload: &mut Payload, rng: &mut Rng) {
    match payload {
        Payload::Nest(nodes) => nodes.push(Node::default()),
        Payload::Bytes(bytes) => match rng.u8(..6) {
            0 => bytes.clear(),
            1 => bytes.resize(rng.usize(..70), rng.u8(..)),
            2 => bytes.resize(rng.usize(..9000), rng.u8(..)),
            3 => bytes.fill([0, 0xff, 0x7f, 0x80][rng.usize(..4)]),
            _ => self::bytes(bytes, rng),
        },
    }
}

/// What a length is off by: mostly little.
fn skew(rng: &mut Rng) -> i16 {
    match rng.u8(..4) {
        0 => rng.i16(..),
        _ => rng.i16(-8..=8),
    }
}
