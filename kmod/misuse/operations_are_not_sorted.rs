// SPDX-License-Identifier: GPL-2.0-only

//! The core wants operations sorted by command.
//!
//! error: operations are not sorted by command

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"other", groups: &[], ops: &[
    genl::SplitOp::of_do::<Second>(),
    genl::SplitOp::of_do::<First>(),
]);

module_of_families!(other);

operation!(do First of Other, 1);

operation!(do Second of Other, 2);
