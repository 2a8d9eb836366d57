// SPDX-License-Identifier: GPL-2.0-only

//! That one request was answered does not answer another.
//!
//! error: `*mut ()` cannot be sent between threads safely

#[macro_use]
mod base;
use base::prelude::*;
use kernel::sync::Mutex;

/// A handler that keeps a proof for later.
pub struct Case(Mutex<Option<genl::Sent>>);

module_of!(Case);

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}
