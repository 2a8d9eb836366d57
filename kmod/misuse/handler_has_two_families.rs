// SPDX-License-Identifier: GPL-2.0-only

//! A handler serves one family: its place in the module is taken then.
//!
//! error: conflicting implementations of trait `Home` for type `Case`

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(One in one, c"one", groups: &[], ops: &[]);

family!(Other in other, c"other", groups: &[], ops: &[]);

module_of_families!(one, other);
