// SPDX-License-Identifier: GPL-2.0-only

//! No key is beyond the table that the core fills.
//!
//! error: the policy has no such attribute

#[macro_use]
mod base;
use base::prelude::*;

/// A key.
pub const KEY: genl::Key<PingDoPolicy, u32> = genl::Key::new(2);
