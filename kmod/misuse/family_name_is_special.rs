// SPDX-License-Identifier: GPL-2.0-only

//! The core gives some families the groups of others.
//!
//! error: the core treats a family of this name specially

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"NET_DM", groups: &[], ops: &[]);

module_of_families!(other);
