// SPDX-License-Identifier: GPL-2.0-only

//! Strings on their way into a message.

use crate::{
    cursor::{Fault, MAX_PAYLOAD},
    writer::Writer,
};

/// Bytes of a short string with its NUL, which is put without a loop and without a call.
const SHORT: usize = 16;

/// Appends a string: the bytes up to the first NUL, or all, but at most `max`, and a NUL.
#[inline(always)]
pub(crate) fn put(writer: &mut Writer<'_>, id: u16, value: &[u8], max: usize) {
    if max < SHORT {
        if let Some(value) = value.first_chunk::<SHORT>() {
            return short(writer, id, value, max);
        }
    }
    let value = value.get(..max).unwrap_or(value);
    let text = value.split(|byte| *byte == 0).next().unwrap_or(value);
    if text.len() >= MAX_PAYLOAD {
        return writer.0.fail(Fault::Long);
    }
    if let Some(at) = writer.0.attr(id, text.len().wrapping_add(1)) {
        // SAFETY: The payload is one byte longer than the text and is in a message being written,
        // which no slice can borrow.
        unsafe { core::ptr::copy_nonoverlapping(text.as_ptr(), at, text.len()) };
        // SAFETY: As above.
        unsafe { at.add(text.len()).write(0) };
    }
}

/// [`put`] for a string in an array of which `max`, less than its length, bytes count.
#[inline(always)]
fn short(writer: &mut Writer<'_>, id: u16, value: &[u8; SHORT], max: usize) {
    // Little-endian: the first byte of the string is the lowest. The NUL that ends the string is
    // set, if there is none before.
    let end = 0xff_u128.wrapping_shl((max as u32).wrapping_mul(8));
    let word = u128::from_le_bytes(*value) & !end;
    let low = first_nul(word as u64);
    let (first, second, len) = if low < 8 {
        (keep(word as u64, low), 0, low)
    } else {
        let high = first_nul((word >> 64) as u64);
        (
            word as u64,
            keep((word >> 64) as u64, high),
            high.wrapping_add(8),
        )
    };
    let len = len as usize;
    // All 16 bytes are stored, whatever of them is the string.
    if !writer.0.has(SHORT.wrapping_add(crate::attr::HDRLEN)) {
        return;
    }
    if let Some(at) = writer.0.attr(id, len.wrapping_add(1)) {
        // SAFETY: There is room for 16 bytes, as checked.
        unsafe { at.cast::<u64>().write_unaligned(first.to_le()) };
        // SAFETY: As above.
        unsafe { at.add(8).cast::<u64>().write_unaligned(second.to_le()) };
    }
}

/// The index of the first zero byte, from the lowest; 8 where there is none.
#[inline(always)]
fn first_nul(word: u64) -> u32 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    // The lowest bit that is set belongs to the first zero byte; bits above it may be wrong.
    (word.wrapping_sub(ONES) & !word & TOPS).trailing_zeros() / 8
}

/// The lowest `len` bytes, at most 7, and zeros.
#[inline(always)]
fn keep(word: u64, len: u32) -> u64 {
    word & (1_u64.wrapping_shl(len.wrapping_mul(8))).wrapping_sub(1)
}
