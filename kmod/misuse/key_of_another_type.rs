// SPDX-License-Identifier: GPL-2.0-only

//! A key reads an attribute as what its policy says that it is.
//!
//! error: the policy has another type for this attribute

#[macro_use]
mod base;
use base::prelude::*;

/// A key.
pub const KEY: genl::Key<PingDoPolicy, u32> = genl::Key::new(1);
