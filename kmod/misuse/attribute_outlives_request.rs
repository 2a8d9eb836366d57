// SPDX-License-Identifier: GPL-2.0-only

//! A payload cannot be kept when its request has been served.
//!
//! error: lifetime may not live long enough

#[macro_use]
mod base;
use base::prelude::*;

/// Keeps a payload.
pub fn keep(req: PingRequest<'_>) -> &'static [u8] {
    req.payload().unwrap_or(&[])
}
