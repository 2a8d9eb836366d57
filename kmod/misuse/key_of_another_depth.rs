// SPDX-License-Identifier: GPL-2.0-only

//! A key reads a nest's nests as what their own policies say that they are.
//!
//! error: the policy has another type for this attribute

#[macro_use]
mod base;
use base::prelude::*;

macro_rules! policy {
    ($name:ident, $entry:expr) => {
        /// A policy.
        pub enum $name {}

        impl genl::Policy for $name {
            const ENTRIES: &'static [genl::Entry] = &[genl::Entry::REJECT, $entry];
        }
    };
}

policy!(Outer, genl::Entry::nest(Middle::ENTRIES));
policy!(Middle, genl::Entry::nest(Inner::ENTRIES));
policy!(Inner, genl::Entry::of::<u8>());
policy!(Other, genl::Entry::nest(OtherInner::ENTRIES));
policy!(OtherInner, genl::Entry::of::<u64>());

use genl::Policy;

/// A key.
pub const KEY: genl::Key<Outer, genl::Nest<Other>> = genl::Key::new(1);
