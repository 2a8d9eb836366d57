// SPDX-License-Identifier: GPL-2.0-only

//! A family serves its own operations only: another's would notify groups that it does not have.
//!
//! error: type mismatch resolving `<Case as Home>::Family == One`

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"other", groups: &[], ops: &[genl::SplitOp::of_do::<First>()]);

module_of_families!(other);

/// The family of the operation.
pub enum One {}

impl genl::Interface for One {
    const NAME: &'static CStr = c"one";
    const VERSION: u8 = 1;
    const GROUPS: &'static [genl::MulticastGroup] = &[];
}

operation!(do First of One, 1);
