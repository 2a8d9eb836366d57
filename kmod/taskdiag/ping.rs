// SPDX-License-Identifier: GPL-2.0-only

//! `ping`: whether the module answers, and which it is.

use crate::taskdiag::{self, PingRequest};
use kernel::prelude::*;

/// The module's version.
const VERSION: &[u8] = b"0.1.0";

/// Sends the payload back, if there is one.
pub(crate) fn ping(req: &PingRequest<'_>) -> Result<genl::Sent> {
    req.reply(|m| {
        m.abi(taskdiag::ABI);
        if let Some(payload) = req.payload() {
            m.payload(payload);
        }
        m.version(VERSION);
        Ok(())
    })
}
