// SPDX-License-Identifier: GPL-2.0-only

//! The control: this one compiles, so that the others fail for what they do.

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
