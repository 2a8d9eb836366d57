// SPDX-License-Identifier: GPL-2.0-only

//! Events whose listeners the handler chooses.

use crate::{
    genltest::{Mcgrp, NoteNtf, NoteRequest},
    Genltest,
};
use genl::{Batch, Gfp};
use kernel::prelude::*;

/// Sends a note.
pub(crate) fn note(req: &NoteRequest<'_>) -> Result {
    let text = req.require(NoteRequest::TEXT)?;
    let note = Batch::<Genltest, NoteNtf<'_>>::one(Gfp::Kernel, |ntf| {
        ntf.text(&text);
        Ok(())
    })?;
    if req.secret() {
        return note.multicast_to(Mcgrp::Secrets, req.net()).map(drop);
    }
    note.unicast(req.net(), req.portid())
}
