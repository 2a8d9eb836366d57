// SPDX-License-Identifier: GPL-2.0-only

//! A command has one do mode.
//!
//! error: a command is not do, then dump

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"other", groups: &[], ops: &[
    genl::SplitOp::of_do::<First>(),
    genl::SplitOp::of_do::<Second>(),
]);

module_of_families!(other);

operation!(do First of Other, 1);

operation!(do Second of Other, 1);
