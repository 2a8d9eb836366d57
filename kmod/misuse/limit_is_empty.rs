// SPDX-License-Identifier: GPL-2.0-only

//! Some number must be in a range.
//!
//! error: the range is empty

#[macro_use]
mod base;
use base::prelude::*;

/// An entry of a policy.
pub const ENTRY: genl::Entry = genl::Entry::of::<u32>().range(5..=4);
