// SPDX-License-Identifier: GPL-2.0-only

//! A family sends its own notifications only.
//!
//! error: type mismatch resolving `<TickNtf<'_> as Notification>::Family == Family`

#[macro_use]
mod base;
use base::prelude::*;

use base::genltest::TickNtf;

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

/// Makes a notification.
pub fn send() -> Result<genl::Batch<Case, TickNtf<'static>>> {
    genl::Batch::new(100, genl::Gfp::Kernel)
}
