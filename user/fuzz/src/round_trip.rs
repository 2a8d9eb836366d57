// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing and reading back.

use genlkit::wire::{Attr, Attrs, Builder, Header, Messages};

/// Writes attributes as the bytes say and reads them back.
///
/// Each two bytes are an attribute: what it is, and its number; what follows is its payload, up to
/// seven bytes of it.
///
/// # Panics
/// Where what is read is not what was written.
pub fn round_trip(bytes: &[u8]) {
    let mut buffer = vec![0xff; bytes.len() * 8 + 64];
    let mut builder = Builder::new(&mut buffer);
    let header = Header {
        kind: 20,
        seq: 1,
        ..Header::default()
    };
    builder.message(header, |message| write(bytes, message, 0));
    let datagram = builder.finish().expect("room");
    let mut messages = Messages::new(datagram);
    let message = messages.next().expect("one").expect("whole");
    assert!(messages.next().is_none());
    assert_eq!(message.header.len as usize, datagram.len());
    let mut attrs = Attrs::new(message.body());
    read(bytes, &mut attrs, 0);
    assert!(attrs.next().is_none());
}

/// What each step takes: the rest, and what is written.
fn step(bytes: &[u8]) -> Option<(&[u8], u8, u16, &[u8])> {
    let (&[what, number], rest) = bytes.split_first_chunk()?;
    let len = usize::from(what >> 5).min(rest.len());
    let (payload, rest) = rest.split_at_checked(len)?;
    Some((rest, what & 7, number.into(), payload))
}

fn number(payload: &[u8]) -> u64 {
    payload.iter().fold(0, |n, &byte| n << 8 | u64::from(byte))
}

fn text(payload: &[u8]) -> Vec<u8> {
    payload.iter().map(|&byte| byte.max(1)).collect()
}

fn write(mut bytes: &[u8], to: &mut Builder<'_>, depth: usize) {
    while let Some((rest, what, attr, payload)) = step(bytes) {
        bytes = rest;
        let value = number(payload);
        match what {
            0 => to.u8(attr, value as u8),
            1 => to.u16_be(attr, value as u16),
            2 => to.u32(attr, value as u32),
            3 => to.uint(attr, value),
            4 => to.sint(attr, (value as i64).wrapping_neg()),
            5 => to.str(attr, text(payload)),
            6 if depth < 4 => to.nest(attr, |nest| write(payload, nest, depth + 1)),
            _ => to.attr(attr, payload),
        }
    }
}

fn read(mut bytes: &[u8], attrs: &mut Attrs<'_>, depth: usize) {
    while let Some((rest, what, attr, payload)) = step(bytes) {
        bytes = rest;
        let found: Attr<'_> = attrs.next().expect("as many").expect("whole");
        assert_eq!(found.number(), attr);
        let value = number(payload);
        match what {
            0 => assert_eq!(found.u8(), Ok(value as u8)),
            1 => assert_eq!(found.u16_be(), Ok(value as u16)),
            2 => assert_eq!(found.u32(), Ok(value as u32)),
            3 => assert_eq!(found.uint(), Ok(value)),
            4 => assert_eq!(found.sint(), Ok((value as i64).wrapping_neg())),
            5 => assert_eq!(found.str().as_bytes(), text(payload)),
            6 if depth < 4 => {
                assert!(found.is_marked_nested());
                let mut nest = found.nest();
                read(payload, &mut nest, depth + 1);
                assert!(nest.next().is_none());
            }
            _ => assert_eq!(found.payload(), payload),
        }
    }
}
