// SPDX-License-Identifier: GPL-2.0-only

//! The text of an extended ACK is read when the handler has returned.
//!
//! error: `text` does not live long enough

#[macro_use]
mod base;
use base::prelude::*;

/// Says something that is gone.
pub fn say(req: PingRequest<'_>, text: kernel::str::CString) {
    req.extack().text(&text);
}
