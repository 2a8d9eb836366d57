// SPDX-License-Identifier: GPL-2.0-only

//! The parts of a dump are asked for by any thread.
//!
//! error: cannot be sent between threads safely

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    type TaskGetDump = *mut u8;

    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(start);
    method!(part);
    method!(others);
}
