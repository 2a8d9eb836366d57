// SPDX-License-Identifier: GPL-2.0-only

//! A notification goes to a group that its family has.
//!
//! error: the family has no such multicast group

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}

/// A notification.
pub enum Lost {}

impl genl::Builder for Lost {
    type At<'w> = genl::Empty<'w>;

    const ROOM: usize = 0;

    fn at(writer: genl::Writer<'_>) -> genl::Empty<'_> {
        <genl::Empty<'_> as genl::Builder>::at(writer)
    }
}

impl genl::Notification for Lost {
    type Family = taskdiag::Family;

    const CMD: u8 = 9;
}

impl genl::Multicast for Lost {
    const GROUP: usize = <taskdiag::Family as genl::Interface>::GROUPS.len();
}

/// Sends it.
pub fn send(batch: genl::Batch<Case, Lost>) -> Result<bool> {
    batch.multicast(genl::Net::init())
}
