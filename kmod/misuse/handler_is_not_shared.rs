// SPDX-License-Identifier: GPL-2.0-only

//! A handler serves many threads at once.
//!
//! error: `core::cell::Cell<u32>` cannot be shared between threads safely

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case(core::cell::Cell<u32>);

module_of!(Case);

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}
