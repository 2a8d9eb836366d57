// SPDX-License-Identifier: GPL-2.0-only

//! An operation's requests do not have the attributes of another's.
//!
//! error: mismatched types

#[macro_use]
mod base;
use base::prelude::*;

/// Looks for what cannot be there.
pub fn look(req: TaskGetRequest<'_>) -> bool {
    req.has(PingRequest::PAYLOAD)
}
