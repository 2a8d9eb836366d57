// SPDX-License-Identifier: MIT OR Apache-2.0
//! One attribute as its schema entry says, for traces.

use crate::schema;
use crate::wire::{Bytes, Str};
use core::fmt;

/// Displays one attribute as its schema entry says; what does not fit it, as bytes.
pub(crate) struct Shown<'a, 'b>(pub &'a schema::Attr, pub crate::wire::Attr<'b>);

impl fmt::Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use schema::Kind;

        let Self(entry, attr) = self;
        let payload = attr.payload();
        match (entry.kind, unsigned(payload)) {
            (Kind::Unsigned, Some(number)) => write!(f, "{number}"),
            (Kind::Hex, Some(number)) => write!(f, "{number:#x}"),
            (Kind::BigEndian, Some(_)) => {
                let number = payload
                    .iter()
                    .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
                write!(f, "{number}")
            }
            (Kind::Signed, Some(number)) => {
                let unused = 64 - 8 * payload.len() as u32;
                write!(f, "{}", (number << unused) as i64 >> unused)
            }
            (Kind::Enum(names), Some(number)) => schema::fmt_enum(names, number, f),
            (Kind::Flags(names), Some(bits)) => schema::fmt_flags(names, bits, f),
            (Kind::Flag, _) if payload.is_empty() => f.write_str("set"),
            (Kind::String, _) => write!(f, "\"{}\"", Str::until_nul(payload).escaped()),
            (Kind::Bitfield32, _) => match attr.bitfield32() {
                Ok(bits) => write!(f, "{bits}"),
                Err(_) => write!(f, "{}", Bytes(payload)),
            },
            _ => write!(f, "{}", Bytes(payload)),
        }
    }
}

/// The payload as a number in the machine's byte order, where it has a number's width.
fn unsigned(payload: &[u8]) -> Option<u64> {
    Some(match *payload {
        [b] => u64::from(b),
        [a, b] => u64::from(u16::from_ne_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_ne_bytes([a, b, c, d])),
        _ => u64::from_ne_bytes(payload.try_into().ok()?),
    })
}
