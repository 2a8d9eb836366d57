// SPDX-License-Identifier: GPL-2.0-only

//! Flags are unsigned.
//!
//! error: only an unsigned number has a mask

#[macro_use]
mod base;
use base::prelude::*;

/// An entry of a policy.
pub const ENTRY: genl::Entry = genl::Entry::of::<i32>().mask(1);
