// SPDX-License-Identifier: GPL-2.0-only

//! An unsigned number has no negative limit.
//!
//! error: an unsigned attribute has a negative limit

#[macro_use]
mod base;
use base::prelude::*;

/// An entry of a policy.
pub const ENTRY: genl::Entry = genl::Entry::of::<u32>().min(-1);
