// SPDX-License-Identifier: GPL-2.0-only

//! A dump outlives the call that begins it.
//!
//! error: lifetime may not live long enough

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    type TaskGetDump = &'static genl::Net;

    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(part);

    fn task_get_start(&self, req: TaskGetDumpRequest<'_>) -> Result<&'static genl::Net> {
        Ok(req.net())
    }
    method!(others);
}
