// SPDX-License-Identifier: GPL-2.0-only

//! Only numbers have limits.
//!
//! error: only numbers have limits

#[macro_use]
mod base;
use base::prelude::*;

/// An entry of a policy.
pub const ENTRY: genl::Entry = genl::Entry::of::<CStr>().max(9);
