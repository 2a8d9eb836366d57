// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests that a spec allows, or nearly.

use super::message::{Message, Node, Payload};
use fastrand::Rng;
use genlkit::wire::{Header, flags};
use genlkit_spec::{
    Family,
    model::{Attr, ByteOrder, Element, Kind, Message as Shape, Scalar, SetId},
};

/// How deep nests are put into each other; the kernel takes 10.
const DEPTH: u32 = 12;

/// How many bytes of no meaning are chosen each.
const NOISE: usize = 64;

/// `NLA_F_NESTED`
const NESTED: u16 = 0x8000;

/// A request for one of the family's operations, as a do or a dump.
pub(super) fn request(spec: &Family, id: u16, rng: &mut Rng) -> Message {
    let asked: Vec<_> = spec.ops.iter().filter(|op| !op.is_async()).collect();
    let op = asked[rng.usize(..asked.len())];
    let (dump, mode) = match (&op.r#do, &op.dump) {
        (Some(mode), None) => (false, mode),
        (None, Some(mode)) => (true, mode),
        (Some(one), Some(many)) => {
            let dump = rng.bool();
            (dump, if dump { many } else { one })
        }
        (None, None) => return Message::default(),
    };
    let mode_flags = if dump { flags::DUMP } else { 0 };
    let ack = if rng.bool() { flags::ACK } else { 0 };
    let echo = if rng.u8(..4) == 0 { flags::ECHO } else { 0 };
    Message {
        header: Header {
            kind: id,
            flags: flags::REQUEST | mode_flags | ack | echo,
            ..Header::default()
        },
        genl: [op.request_value.unwrap_or(0) as u8, spec.version, 0, 0],
        attrs: mode
            .request
            .as_ref()
            .map_or_else(Vec::new, |shape| attrs(spec, shape, rng)),
        skew: 0,
    }
}

/// Some of the attributes that a request can have, some of them twice.
fn attrs(spec: &Family, shape: &Shape, rng: &mut Rng) -> Vec<Node> {
    let all: Vec<&Attr> = shape.attrs(spec).collect();
    some(&all, spec, rng, 0)
}

fn some(all: &[&Attr], spec: &Family, rng: &mut Rng, depth: u32) -> Vec<Node> {
    // None, a few or all, each as often.
    let share = rng.usize(..=all.len());
    let mut nodes = Vec::new();
    for attr in all {
        if rng.usize(..all.len()) < share {
            let times = if attr.multi { rng.usize(..6) } else { 1 };
            nodes.extend((0..times).map(|_| node(attr, spec, rng, depth)));
        }
    }
    nodes
}

fn set(id: SetId, spec: &Family, rng: &mut Rng, depth: u32) -> Vec<Node> {
    if depth >= DEPTH {
        return Vec::new();
    }
    let all: Vec<&Attr> = spec[id].attrs.iter().collect();
    some(&all, spec, rng, depth + 1)
}

fn nest(kind: u16, nodes: Vec<Node>) -> Node {
    Node {
        kind: kind | NESTED,
        payload: Payload::Nest(nodes),
        skew: 0,
    }
}

fn bytes(kind: u16, payload: Vec<u8>) -> Node {
    Node {
        kind,
        payload: Payload::Bytes(payload),
        skew: 0,
    }
}

fn node(attr: &Attr, spec: &Family, rng: &mut Rng, depth: u32) -> Node {
    let number = attr.number;
    match &attr.kind {
        Kind::Scalar(scalar) => bytes(number, scalar_of(attr, *scalar, spec, rng)),
        Kind::Nest(id) => nest(number, set(*id, spec, rng, depth)),
        Kind::IndexedArray(element) => {
            let count = rng.u16(..5);
            let items = (1..=count).map(|index| match element {
                Element::Nest(id) => nest(index, set(*id, spec, rng, depth)),
                Element::Scalar(scalar) => bytes(index, number_of(*scalar, None, rng)),
                _ => bytes(index, noise(16, rng)),
            });
            nest(number, items.collect())
        }
        Kind::ScalarArray(scalar) => {
            let count = rng.usize(..20);
            let numbers = (0..count).flat_map(|_| number_of(*scalar, None, rng));
            bytes(number, numbers.collect())
        }
        Kind::Flag => bytes(number, Vec::new()),
        Kind::Bitfield32 => {
            let [value, selector] = [rng.u32(..16), rng.u32(..16)].map(u32::to_ne_bytes);
            bytes(number, [value, selector].concat())
        }
        Kind::String => {
            let mut text: Vec<u8> = (0..length(attr, rng))
                .map(|_| rng.alphanumeric() as u8)
                .collect();
            text.push(0);
            bytes(number, text)
        }
        _ => bytes(number, noise(length(attr, rng), rng)),
    }
}

/// A length that the checks allow, or one beside their limits.
fn length(attr: &Attr, rng: &mut Rng) -> usize {
    let checks = &attr.checks;
    let limits = [checks.exact_len, checks.max_len, checks.min_len];
    let limits: Vec<usize> = limits
        .iter()
        .flatten()
        .map(|len| len.bytes as usize)
        .collect();
    match limits.as_slice() {
        [] => rng.usize(..40),
        limits => {
            let limit = limits[rng.usize(..limits.len())];
            match rng.u8(..8) {
                0 => limit,
                1 => limit + 1,
                2 => limit.saturating_sub(1),
                3 => rng.usize(..=limit),
                // What is large takes long, and is all alike.
                _ => rng.usize(..=limit.min(NOISE)),
            }
        }
    }
}

/// Bytes of no meaning, at their end all alike: the kernel does not look at each, and who reads them
/// has less to read.
fn noise(len: usize, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = vec![0; len.min(NOISE)];
    rng.fill(&mut bytes);
    bytes.resize(len, rng.u8(..));
    bytes
}

fn scalar_of(attr: &Attr, scalar: Scalar, spec: &Family, rng: &mut Rng) -> Vec<u8> {
    if let Some(names) = attr.enumeration.filter(|_| rng.u8(..8) != 0) {
        let entries = &spec[names.id].entries;
        let some = |rng: &mut Rng| &entries[rng.usize(..entries.len())];
        let mut value = spec[names.id].wire_value(some(rng), names.as_flags);
        if names.is_bits(spec) {
            value |= spec[names.id].wire_value(some(rng), names.as_flags);
        }
        return encoded(value, scalar, attr.byte_order, rng);
    }
    let limits = [attr.checks.min, attr.checks.max];
    let limits: Vec<i128> = limits.iter().flatten().map(|limit| limit.value).collect();
    if !limits.is_empty() && rng.bool() {
        let limit = limits[rng.usize(..limits.len())] + i128::from(rng.i8(-1..=1));
        return encoded(limit, scalar, attr.byte_order, rng);
    }
    number_of(scalar, attr.byte_order, rng)
}

/// A number of any magnitude, each as often.
fn number_of(scalar: Scalar, order: Option<ByteOrder>, rng: &mut Rng) -> Vec<u8> {
    let bits = rng.u32(..=scalar.size() as u32 * 8);
    let value = i128::from(rng.u64(..)) & ((1 << bits) - 1);
    let value = if scalar.is_signed() && rng.bool() {
        -value
    } else {
        value
    };
    encoded(value, scalar, order, rng)
}

fn encoded(value: i128, scalar: Scalar, order: Option<ByteOrder>, rng: &mut Rng) -> Vec<u8> {
    let size = match scalar {
        Scalar::Uint | Scalar::Sint if rng.bool() => 4,
        scalar => scalar.size(),
    };
    let mut bytes = value.to_le_bytes()[..size].to_vec();
    if order == Some(ByteOrder::Big) || (order.is_none() && cfg!(target_endian = "big")) {
        bytes.reverse();
    }
    bytes
}
