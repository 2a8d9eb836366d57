// SPDX-License-Identifier: MIT OR Apache-2.0

//! Keeps messages from taking seconds: what a request for much does, it does for little.

use super::message::{Message, Node, Payload};
use fastrand::Rng;
use genlkit_spec::Family;

/// The attributes that say how much, and what is enough. No time at all passes of the first.
const ENOUGH: [(&str, u32); 4] = [
    ("delay", 0),
    ("count", 20),
    ("size", 20_000),
    ("ring-size", 8192),
];

/// Has a message ask for little, but for one of a thousand, which has only to be quick about it.
pub(super) fn message(message: &mut Message, spec: &Family, rng: &mut Rng) {
    let (quick, rest) = ENOUGH.split_at(1);
    let rest = if rng.u16(..1000) == 0 { &[] } else { rest };
    let value = message.genl[0].into();
    let op = spec.ops.iter().find(|op| op.request_value == Some(value));
    let Some(set) = op.and_then(|op| op.set).map(|set| &spec[set]) else {
        return;
    };
    for node in &mut message.attrs {
        let Some(attr) = set.attr_by_number(node.kind & 0x3fff) else {
            continue;
        };
        let mut limits = quick.iter().chain(rest);
        if let Some((_, limit)) = limits.find(|(name, _)| attr.name == *name) {
            clamp(node, *limit);
        }
    }
}

/// Limits what is a number of 32 bits.
fn clamp(node: &mut Node, limit: u32) {
    if let Payload::Bytes(bytes) = &mut node.payload
        && let Some(number) = bytes.first_chunk_mut::<4>()
    {
        let value = u32::from_ne_bytes(*number);
        if value > limit {
            *number = (value % (limit + 1)).to_ne_bytes();
        }
    }
}
