// SPDX-License-Identifier: GPL-2.0-only

//! A key reads a nest's attributes as what the nest's own policy says that they are.
//!
//! error: the policy has another type for this attribute

#[macro_use]
mod base;
use base::prelude::*;

use base::genltest::{CheckDoPolicy, PointPolicy};

/// A key.
pub const KEY: genl::Key<CheckDoPolicy, genl::Nest<PointPolicy>> = genl::Key::new(28);
