// SPDX-License-Identifier: GPL-2.0-only

//! A cookie has 8 bytes at most.
//!
//! error: a cookie has 1 to 8 bytes

#[macro_use]
mod base;
use base::prelude::*;

/// Sets a cookie.
pub fn cookie(req: PingRequest<'_>) {
    req.extack().cookie(&[0; 9]);
}
