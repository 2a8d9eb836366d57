// SPDX-License-Identifier: GPL-2.0-only

//! A family's name has at most 15 bytes.
//!
//! error: a family's name has 1 to 15 bytes

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"a-name-of-sixteen", groups: &[], ops: &[]);

module_of_families!(other);
