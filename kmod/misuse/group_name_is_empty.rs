// SPDX-License-Identifier: GPL-2.0-only

//! A multicast group has a name.
//!
//! error: a multicast group's name has 1 to 15 bytes

#[macro_use]
mod base;
use base::prelude::*;

/// A group.
pub const GROUP: genl::MulticastGroup = genl::MulticastGroup::const_new(c"", genl::Join::Any);
