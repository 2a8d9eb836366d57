// SPDX-License-Identifier: GPL-2.0-only

//! A family has at most 255 multicast groups.
//!
//! error: a family has more than 255 multicast groups

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

/// A group.
pub const GROUP: genl::MulticastGroup = genl::MulticastGroup::const_new(c"g", genl::Join::Any);

family!(Other in other, c"other", groups: &[GROUP; 256], ops: &[]);

module_of_families!(other);
