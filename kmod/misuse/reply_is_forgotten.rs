// SPDX-License-Identifier: GPL-2.0-only

//! An operation that has a reply always answers.
//!
//! error: mismatched types

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    method!(state);
    method!(init);
    method!(task_get);
    method!(dump);

    fn ping(&self, _: PingRequest<'_>) -> Result<genl::Sent> {
        Ok(())
    }
    method!(others);
}
