// SPDX-License-Identifier: GPL-2.0-only

//! The core has room for one kind of limit.
//!
//! error: an attribute can have one kind of limit only

#[macro_use]
mod base;
use base::prelude::*;

/// An entry of a policy.
pub const ENTRY: genl::Entry = genl::Entry::of::<u32>().min(1).max(9);
