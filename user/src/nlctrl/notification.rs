// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the controller tells its group `notify`: families and groups that come and go.

use super::{DELFAMILY, DELMCAST_GRP, FAMILY, FamilyReply, NEWFAMILY, NEWMCAST_GRP};
use crate::request::{self, Decode};
use crate::schema::Family;
use crate::wire::{Bytes, Malformed};

/// A notification of the controller's.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Notification<'b> {
    /// A family was registered.
    NewFamily(FamilyReply<'b>),
    /// A family was unregistered.
    DelFamily(FamilyReply<'b>),
    /// A multicast group was registered.
    NewGroup(FamilyReply<'b>),
    /// A multicast group was unregistered.
    DelGroup(FamilyReply<'b>),
    /// One that this program is too old to know.
    Unknown {
        /// The notification's number.
        cmd: u8,
        /// What follows the generic header.
        body: Bytes<'b>,
    },
}

impl request::Notification for Notification<'_> {
    type At<'b> = Notification<'b>;

    const FAMILY: &'static Family = &FAMILY;

    fn decode(cmd: u8, body: &[u8]) -> Result<Notification<'_>, Malformed> {
        let is = |op: &crate::schema::Op| op.cmd == cmd;
        Ok(match () {
            () if is(&NEWFAMILY) => Notification::NewFamily(FamilyReply::decode(body)?),
            () if is(&DELFAMILY) => Notification::DelFamily(FamilyReply::decode(body)?),
            () if is(&NEWMCAST_GRP) => Notification::NewGroup(FamilyReply::decode(body)?),
            () if is(&DELMCAST_GRP) => Notification::DelGroup(FamilyReply::decode(body)?),
            () => Notification::Unknown {
                cmd,
                body: Bytes(body),
            },
        })
    }
}
