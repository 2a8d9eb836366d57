// SPDX-License-Identifier: GPL-2.0-only

//! A nest cannot be kept when its request has been served.
//!
//! error: lifetime may not live long enough

#[macro_use]
mod base;
use base::prelude::*;

use base::genltest::{CheckRequest, LimitsAttrs};

/// Keeps a nest.
pub fn keep(req: CheckRequest<'_>) -> Option<LimitsAttrs<'static>> {
    req.inner()
}
