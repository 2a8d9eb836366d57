// SPDX-License-Identifier: GPL-2.0-only

//! A nest has attributes.
//!
//! error: a nest without attributes

#[macro_use]
mod base;
use base::prelude::*;

/// An entry of a policy.
pub const ENTRY: genl::Entry = genl::Entry::nest(&[]);
