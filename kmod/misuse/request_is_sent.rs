// SPDX-License-Identifier: GPL-2.0-only

//! A request cannot be served by another thread, which would go on when the sender has its answer.
//!
//! error: `NonNull<genl_info>` cannot be sent between threads safely
//! error: `NonNull<kernel::bindings::sk_buff>` cannot be sent between threads safely

#[macro_use]
mod base;
use base::prelude::*;

fn send(_: impl Send) {}

/// Sends a request.
pub fn pass_on(req: PingRequest<'static>) {
    send(req);
}
