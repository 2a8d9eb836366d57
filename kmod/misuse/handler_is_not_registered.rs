// SPDX-License-Identifier: GPL-2.0-only

//! A handler that the module does not register is an error.
//!
//! error: the handler `Case` is not registered by this module

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}
