// SPDX-License-Identifier: GPL-2.0-only

//! Events without a cause of their own.

use crate::{
    entry::ZEROS,
    genltest::{TickNtf, TickRequest},
    Genltest,
};
use genl::{Batch, Gfp, Sent};
use kernel::prelude::*;

/// Sends ticks; replies how many of them somebody listened to.
pub(crate) fn tick(req: &TickRequest<'_>) -> Result<Sent> {
    let padding = req.padding().unwrap_or(0) as usize;
    let filling = ZEROS.get(..padding).unwrap_or(&ZEROS);
    let mut sent = 0_u32;
    for seq in 0..req.count().unwrap_or(1) {
        let heard = one(req, seq, filling)?;
        sent = sent.wrapping_add(heard.into());
    }
    req.reply(|reply| {
        reply.sent(sent);
        Ok(())
    })
}

/// Sends a tick; says whether anybody listened.
fn one(req: &TickRequest<'_>, seq: u32, filling: &[u8]) -> Result<bool> {
    let tick = Batch::<Genltest, TickNtf<'_>>::one(Gfp::Kernel, |ntf| {
        ntf.seq(seq);
        if !filling.is_empty() {
            ntf.filling(filling);
        }
        Ok(())
    })?;
    if let Some(port) = req.port() {
        return tick
            .unicast(req.net(), port)
            .map(|()| true)
            .map_err(|error| {
                req.reject(
                    TickRequest::PORT,
                    error,
                    c"no socket of this port id, or its queue is full",
                )
            });
    }
    if req.everywhere() {
        return tick.multicast_all();
    }
    tick.multicast(req.net())
}
