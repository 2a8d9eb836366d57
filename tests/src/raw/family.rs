// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the controller tells about a family.

use super::{RawSocket, Request};
use genlkit::wire::Attr;

/// A family of the running kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The type of its messages.
    pub id: u16,
    /// Its multicast groups: name and number.
    pub groups: Vec<(String, u32)>,
}

/// `CTRL_CMD_GETFAMILY`.
pub(super) const GETFAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const MCAST_GROUPS: u16 = 7;
const GRP_NAME: u16 = 1;
const GRP_ID: u16 = 2;

impl Family {
    /// Asks the controller; none where there is no such family.
    ///
    /// # Panics
    ///
    /// If the controller answers with anything else.
    pub fn find(socket: &RawSocket, name: &str) -> Option<Self> {
        let answers = socket.ask(Request::nlctrl(GETFAMILY).str(FAMILY_NAME, name));
        let reply = answers.single();
        if reply.header.kind < 16 {
            assert_eq!(reply.error().errno, nix::libc::ENOENT);
            return None;
        }
        let id = reply
            .attr(FAMILY_ID)
            .expect("an id")
            .u16()
            .expect("a number");
        let groups = reply.attr(MCAST_GROUPS).map_or_else(Vec::new, |groups| {
            groups
                .nest()
                .map(|group| Self::group(&group.expect("a group")))
                .collect()
        });
        Some(Self { id, groups })
    }

    fn group(group: &Attr<'_>) -> (String, u32) {
        let find = |number| {
            let mut attrs = group.nest().map(|attr| attr.expect("an attribute"));
            attrs
                .find(|attr| attr.number() == number)
                .expect("a group has a name and an id")
        };
        let name = find(GRP_NAME).str().escaped().to_string();
        (name, find(GRP_ID).u32().expect("a number"))
    }

    /// The number of a group.
    ///
    /// # Panics
    ///
    /// If the family does not have it.
    pub fn group_id(&self, name: &str) -> u32 {
        let found = self.groups.iter().find(|(group, _)| group == name);
        found
            .unwrap_or_else(|| panic!("a group {name} in {:?}", self.groups))
            .1
    }
}
