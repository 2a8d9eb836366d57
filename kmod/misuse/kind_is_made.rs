// SPDX-License-Identifier: GPL-2.0-only

//! What an attribute may be read as is not for safe code to say.
//!
//! error: the trait `Kind` requires an `unsafe impl` declaration

#[macro_use]
mod base;
use base::prelude::*;

/// A type of attribute.
pub struct Pointer;

impl genl::Kind for Pointer {
    type Value<'r> = &'r u64;

    const ENTRY: genl::Entry = genl::Entry::REJECT;

    unsafe fn read(_: genl::RawAttr<'_>) -> Option<&u64> {
        None
    }
}
