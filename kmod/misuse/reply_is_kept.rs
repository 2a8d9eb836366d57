// SPDX-License-Identifier: GPL-2.0-only

//! A reply cannot be written to when it was sent.
//!
//! error: borrowed data escapes outside of closure

#[macro_use]
mod base;
use base::prelude::*;

/// Keeps a reply.
pub fn keep(req: PingRequest<'_>) -> Result<genl::Sent> {
    let mut kept = None;
    let sent = req.reply(|m| {
        kept = Some(m);
        Ok(())
    });
    if let Some(m) = kept {
        m.abi(1);
    }
    sent
}
