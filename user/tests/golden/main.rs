// SPDX-License-Identifier: MIT OR Apache-2.0
//! Golden bytes: a message of every kind, as it is on the wire, both ways.
#![cfg(target_endian = "little")]

mod answers;
mod controller;
mod requests;

use genlkit::wire::{Message, Messages};

/// Hexadecimal digits; what stands behind `#` on a line is what they mean.
fn bytes(text: &str) -> Vec<u8> {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let digits: Vec<u32> = lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).expect("a digit"))
        .collect();
    let pairs = digits.chunks_exact(2);
    assert!(pairs.remainder().is_empty(), "half a byte: {text}");
    pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// The messages of a datagram.
fn messages(datagram: &[u8]) -> Vec<Message<'_>> {
    Messages::new(datagram)
        .map(|message| message.expect("whole"))
        .collect()
}
