// SPDX-License-Identifier: GPL-2.0-only

//! Only sending a reply proves that it was sent.
//!
//! error: cannot initialize a tuple struct which contains private fields

#[macro_use]
mod base;
use base::prelude::*;

/// Says that a reply was sent.
pub fn forge() -> Result<genl::Sent> {
    Ok(genl::Sent(()))
}
