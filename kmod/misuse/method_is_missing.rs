// SPDX-License-Identifier: GPL-2.0-only

//! Every mode of every operation has a method.
//!
//! error: not all trait items implemented, missing: `task_get`

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
    method!(dump);
    method!(others);
}
