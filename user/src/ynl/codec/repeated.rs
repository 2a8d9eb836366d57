// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attributes that a message or a nest has more than once.

use serde_json::{Map, Value};
use std::collections::HashSet;

/// Numbers that were seen in a nest, outside of its lists.
#[derive(Default)]
pub(super) struct Seen {
    once: HashSet<u16>,
    repeated: HashSet<u16>,
}

/// How often an attribute was seen before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Never.
    First,
    /// Once: a list begins.
    Second,
    /// More often, or it is always in a list.
    Listed,
}

impl Seen {
    /// Takes note of an attribute of this number.
    pub(super) fn again(&mut self, number: u16) -> Again {
        if self.once.insert(number) {
            Again::First
        } else if self.repeated.insert(number) {
            Again::Second
        } else {
            Again::Listed
        }
    }
}

/// Adds a value; one that is there already makes a list, so that nothing is lost.
pub(super) fn add(map: &mut Map<String, Value>, key: String, value: Value, again: Again) {
    let slot = map.entry(key).or_insert(Value::Null);
    match (slot, again) {
        (slot, Again::First) => *slot = value,
        (slot, Again::Second) => *slot = Value::Array(vec![slot.take(), value]),
        (Value::Array(list), Again::Listed) => list.push(value),
        (slot, Again::Listed) => *slot = Value::Array(vec![value]),
    }
}
