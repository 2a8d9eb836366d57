// SPDX-License-Identifier: GPL-2.0-only

//! What requests say, as values that can be kept.

use kernel::prelude::*;

/// A text, padded with NULs; what is too long has been refused.
pub(crate) fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    for (to, from) in padded.iter_mut().zip(text) {
        *to = *from;
    }
    padded
}

/// How many numbers a request repeats: `count` can panic.
fn count(numbers: impl Iterator<Item = u32>) -> usize {
    numbers.fold(0, |n, _| n.saturating_add(1))
}

/// The numbers that a request repeats, which it can be asked for twice.
pub(crate) fn listed<I: Iterator<Item = u32>>(numbers: impl Fn() -> I) -> Result<KVec<u32>> {
    // `push` can panic.
    let mut list = KVec::from_elem(0, count(numbers()), GFP_KERNEL)?;
    for (to, number) in list.iter_mut().zip(numbers()) {
        *to = number;
    }
    Ok(list)
}

/// The most processes that somebody can name to hear of no others.
const NAMED: usize = 256;

/// The processes that a request names to be told of no others. Of too many, `refuse` makes an error
/// with a text.
pub(crate) fn named<I: Iterator<Item = u32>>(
    pids: impl Fn() -> I,
    refuse: impl FnOnce(&'static CStr) -> Error,
) -> Result<KVec<u32>> {
    if count(pids()) > NAMED {
        return Err(refuse(c"at most 256 processes can be named"));
    }
    listed(pids)
}
