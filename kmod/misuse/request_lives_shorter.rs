// SPDX-License-Identifier: GPL-2.0-only

//! One request cannot pass for another by a shorter life: the wrong attribute that an answer names would be another request's.
//!
//! error: lifetime may not live long enough

#[macro_use]
mod base;
use base::prelude::*;

/// Shortens a request's life.
pub fn shorten<'short, 'long: 'short>(req: PingRequest<'long>) -> PingRequest<'short> {
    req
}
