// SPDX-License-Identifier: GPL-2.0-only

//! A dump goes on when its family is gone.
//!
//! error: lifetime may not live long enough

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case(u32);

module_of!(Case);

impl Handler for Case {
    type TaskGetDump = &'static u32;

    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(part);

    fn task_get_start(&self, _: TaskGetDumpRequest<'_>) -> Result<&'static u32> {
        Ok(&self.0)
    }
    method!(others);
}
