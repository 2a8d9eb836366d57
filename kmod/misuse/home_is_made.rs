// SPDX-License-Identifier: GPL-2.0-only

//! Where a handler lives is for the module macro to say.
//!
//! error: the trait `Home` requires an `unsafe impl` declaration

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

impl genl::Home for Case {
    type Family = taskdiag::Family;

    fn slot() -> &'static genl::Slot<Self> {
        loop {}
    }
}

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}
