// SPDX-License-Identifier: GPL-2.0-only

//! A network namespace without a reference cannot be kept when the request has been served.
//!
//! error: lifetime may not live long enough

#[macro_use]
mod base;
use base::prelude::*;

/// Keeps a namespace.
pub fn keep(req: PingRequest<'_>) -> &'static genl::Net {
    req.net()
}
