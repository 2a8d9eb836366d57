// SPDX-License-Identifier: GPL-2.0-only

//! A family has at most 255 operations.
//!
//! error: a family has more than 255 operations

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"other", groups: &[], ops: &[
    const { genl::SplitOp::of_do::<First>() }; 256
]);

module_of_families!(other);

operation!(do First of Other, 1);
