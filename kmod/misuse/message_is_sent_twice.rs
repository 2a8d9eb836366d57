// SPDX-License-Identifier: GPL-2.0-only

//! Sending consumes a message, even where it fails.
//!
//! error: use of moved value: `batch`

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}

/// Sends a batch twice.
pub fn twice(batch: genl::Batch<Case, TaskNtf<'_>>) -> Result<bool> {
    batch.multicast(genl::Net::init())?;
    batch.multicast(genl::Net::init())
}
