// SPDX-License-Identifier: GPL-2.0-only

//! What the core has checked, and what it cannot check: that something is there.

use crate::genltest::{CheckRequest, LimitsAttrs, LimitsItemAttrs};
use kernel::prelude::*;

/// Succeeds where every nest has what it must have, and every name of a number is known.
pub(crate) fn check(req: &CheckRequest<'_>) -> Result {
    let mut nest = req.inner();
    while let Some(inner) = nest {
        inner.require(LimitsAttrs::DEMANDED)?;
        nest = inner.deeper();
    }
    for item in req.inners().into_iter().flatten() {
        item.require(LimitsItemAttrs::DEMANDED)?;
    }
    names(req)
}

/// The policy lets no number pass that has no name; `EPROTO` where it did.
fn names(req: &CheckRequest<'_>) -> Result {
    let known = [
        req.has(CheckRequest::COLOUR) == req.colour().is_some(),
        req.has(CheckRequest::LEVEL) == req.level().is_some(),
        req.has(CheckRequest::SPARSE) == req.sparse().is_some(),
        req.has(CheckRequest::WIDE) == req.wide().is_some(),
        req.has(CheckRequest::OPTIONS) == req.options().is_some(),
        req.has(CheckRequest::MODE) == req.mode().is_some(),
        req.has(CheckRequest::TAIL) == req.tail().is_some(),
    ];
    if known.contains(&false) {
        return Err(EPROTO);
    }
    Ok(())
}
