// SPDX-License-Identifier: GPL-2.0-only

//! A nest cannot be written to when it was closed.
//!
//! error: borrowed data escapes outside of closure

#[macro_use]
mod base;
use base::prelude::*;

/// Keeps a nest.
pub fn keep(m: &mut TaskGetReply<'_>) {
    let mut kept = None;
    m.cred(|cred| kept = Some(cred));
    if let Some(cred) = kept {
        cred.uid(0);
    }
}
