// SPDX-License-Identifier: GPL-2.0-only

//! While a nest is open, nothing can be put around it.
//!
//! error: cannot borrow `*m` as mutable because previous closure requires unique access
//! error: closure requires unique access to `*m` but it is already borrowed

#[macro_use]
mod base;
use base::prelude::*;

/// Writes to a message from within its nest.
pub fn mix(m: &mut TaskGetReply<'_>) {
    m.cred(|cred| {
        cred.uid(0);
        m.pid(1);
    });
}
