// SPDX-License-Identifier: MIT OR Apache-2.0
//! The controller: the family `nlctrl`, which every kernel has, and which knows all others.

mod notification;
mod policy;

pub use notification::Notification;
pub use policy::{GetPolicy, OpPolicy, PolicyReply};

use crate::request::{Do, Fields, Request};
use crate::schema::{Attr, AttrSet, Family, Op};
#[cfg(feature = "std")]
use crate::wire::Attrs;
use crate::wire::{Builder, Reader, Repeated, Str};

/// The type of the controller's messages: the only family whose number is fixed.
pub const ID: u16 = crate::wire::kind::FIRST;

/// The number of its group `notify`, the only group whose number is fixed: the controller's own.
pub const NOTIFY: u32 = ID as u32;

/// The family.
pub static FAMILY: Family = Family {
    name: "nlctrl",
    version: 2,
    header_len: 0,
    ops: &[
        &GETFAMILY,
        &NEWFAMILY,
        &DELFAMILY,
        &NEWMCAST_GRP,
        &DELMCAST_GRP,
        &GETPOLICY,
    ],
    groups: &["notify"],
};

/// Operation `getfamily`: tells about one family, or all.
pub static GETFAMILY: Op = op("getfamily", c::CTRL_CMD_GETFAMILY);
/// What `getfamily` replies, and a notification: a family was registered.
pub static NEWFAMILY: Op = op("newfamily", c::CTRL_CMD_NEWFAMILY);
/// Notification: a family was unregistered.
pub static DELFAMILY: Op = op("delfamily", c::CTRL_CMD_DELFAMILY);
/// Notification: a multicast group was registered.
pub static NEWMCAST_GRP: Op = op("newmcast-grp", c::CTRL_CMD_NEWMCAST_GRP);
/// Notification: a multicast group was unregistered.
pub static DELMCAST_GRP: Op = op("delmcast-grp", c::CTRL_CMD_DELMCAST_GRP);

/// Operation `getpolicy`: tells what a family accepts.
pub static GETPOLICY: Op = op("getpolicy", c::CTRL_CMD_GETPOLICY);

static ATTRS: AttrSet = AttrSet {
    name: "ctrl",
    attrs: &[
        Attr::u16(c::CTRL_ATTR_FAMILY_ID, "family-id"),
        Attr::string(c::CTRL_ATTR_FAMILY_NAME, "family-name"),
        Attr::u32(c::CTRL_ATTR_VERSION, "version"),
        Attr::u32(c::CTRL_ATTR_HDRSIZE, "hdrsize"),
        Attr::u32(c::CTRL_ATTR_MAXATTR, "maxattr"),
        Attr::array(c::CTRL_ATTR_OPS, "ops", &OP_ATTRS),
        Attr::array(c::CTRL_ATTR_MCAST_GROUPS, "mcast-groups", &GROUP_ATTRS),
    ],
};

static OP_ATTRS: AttrSet = AttrSet {
    name: "op",
    attrs: &[
        Attr::u32(c::CTRL_ATTR_OP_ID, "id"),
        Attr::u32(c::CTRL_ATTR_OP_FLAGS, "flags").hex(),
    ],
};

static GROUP_ATTRS: AttrSet = AttrSet {
    name: "mcast-group",
    attrs: &[
        Attr::string(c::CTRL_ATTR_MCAST_GRP_NAME, "name"),
        Attr::u32(c::CTRL_ATTR_MCAST_GRP_ID, "id"),
    ],
};

const fn op(name: &'static str, cmd: u8) -> Op {
    Op {
        family: &FAMILY,
        name,
        cmd,
        attrs: &ATTRS,
    }
}

/// The numbers of `linux/genetlink.h`, as wide as they are on the wire.
mod c {
    macro_rules! narrow {
        ($($name:ident: $type:ty;)*) => {
            $(pub(super) const $name: $type = libc::$name as $type;)*
        };
    }
    // libc does not have these.
    pub(super) const CTRL_CMD_GETPOLICY: u8 = 10;
    pub(super) const CTRL_ATTR_POLICY: u16 = 8;
    pub(super) const CTRL_ATTR_OP_POLICY: u16 = 9;
    pub(super) const CTRL_ATTR_POLICY_DO: u16 = 1;
    pub(super) const CTRL_ATTR_POLICY_DUMP: u16 = 2;

    narrow! {
        CTRL_CMD_NEWFAMILY: u8;
        CTRL_CMD_DELFAMILY: u8;
        CTRL_CMD_GETFAMILY: u8;
        CTRL_CMD_NEWMCAST_GRP: u8;
        CTRL_CMD_DELMCAST_GRP: u8;
        CTRL_ATTR_FAMILY_ID: u16;
        CTRL_ATTR_FAMILY_NAME: u16;
        CTRL_ATTR_VERSION: u16;
        CTRL_ATTR_HDRSIZE: u16;
        CTRL_ATTR_MAXATTR: u16;
        CTRL_ATTR_OPS: u16;
        CTRL_ATTR_MCAST_GROUPS: u16;
        CTRL_ATTR_OP_ID: u16;
        CTRL_ATTR_OP_FLAGS: u16;
        CTRL_ATTR_MCAST_GRP_NAME: u16;
        CTRL_ATTR_MCAST_GRP_ID: u16;
    }
}

/// Asks for the family with the given name.
#[derive(Clone, Copy, Debug)]
pub struct GetFamily<'a> {
    /// The family's name, at most 15 bytes.
    pub name: &'a str,
}

impl Request for GetFamily<'_> {
    type Reply<'b> = FamilyReply<'b>;

    const OP: &'static Op = &GETFAMILY;

    fn encode(&self, to: &mut Builder<'_>) {
        to.str(c::CTRL_ATTR_FAMILY_NAME, self.name.as_bytes());
    }
}

impl Do for GetFamily<'_> {}

/// Asks for all families.
#[derive(Clone, Copy, Debug, Default)]
pub struct GetFamilies;

impl Request for GetFamilies {
    type Reply<'b> = FamilyReply<'b>;

    const OP: &'static Op = &GETFAMILY;

    fn encode(&self, _: &mut Builder<'_>) {}
}

impl crate::request::Dump for GetFamilies {}

/// What the controller tells of a family.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct FamilyReply<'b> {
    /// The type of the family's messages.
    pub id: Option<u16>,
    /// The family's name.
    pub name: Option<Str<'b>>,
    /// The family's version.
    pub version: Option<u32>,
    /// Length in bytes of the family's own header.
    pub hdrsize: Option<u32>,
    /// The highest attribute number, of all operations.
    pub maxattr: Option<u32>,
    /// The operations.
    pub ops: Repeated<'b, OpEntry>,
    /// The multicast groups.
    pub groups: Repeated<'b, GroupEntry<'b>>,
}

impl<'b> Fields<'b> for FamilyReply<'b> {
    const SET: &'static AttrSet = &ATTRS;

    #[inline(always)]
    fn ask<const PLAIN: bool>(&mut self, attrs: &mut Reader<'b, PLAIN>) {
        // In the order in which the kernel writes them.
        attrs.str(c::CTRL_ATTR_FAMILY_NAME, &mut self.name);
        attrs.u16(c::CTRL_ATTR_FAMILY_ID, &mut self.id);
        attrs.u32(c::CTRL_ATTR_VERSION, &mut self.version);
        attrs.u32(c::CTRL_ATTR_HDRSIZE, &mut self.hdrsize);
        attrs.u32(c::CTRL_ATTR_MAXATTR, &mut self.maxattr);
        attrs.unmarked_array(c::CTRL_ATTR_OPS, &mut self.ops);
        attrs.unmarked_array(c::CTRL_ATTR_MCAST_GROUPS, &mut self.groups);
    }
}

/// An operation of a family.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct OpEntry {
    /// The number on the wire.
    pub id: Option<u32>,
    /// Bits `GENL_*`: what it can do, and who may.
    pub flags: Option<u32>,
}

impl<'b> Fields<'b> for OpEntry {
    const SET: &'static AttrSet = &OP_ATTRS;

    #[inline(always)]
    fn ask<const PLAIN: bool>(&mut self, attrs: &mut Reader<'b, PLAIN>) {
        attrs.u32(c::CTRL_ATTR_OP_ID, &mut self.id);
        attrs.u32(c::CTRL_ATTR_OP_FLAGS, &mut self.flags);
    }
}

/// A multicast group of a family.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GroupEntry<'b> {
    /// The group's name.
    pub name: Option<Str<'b>>,
    /// The group's number, which changes when the family is registered anew.
    pub id: Option<u32>,
}

impl<'b> Fields<'b> for GroupEntry<'b> {
    const SET: &'static AttrSet = &GROUP_ATTRS;

    #[inline(always)]
    fn ask<const PLAIN: bool>(&mut self, attrs: &mut Reader<'b, PLAIN>) {
        // In the order in which the kernel writes them.
        attrs.u32(c::CTRL_ATTR_MCAST_GRP_ID, &mut self.id);
        attrs.str(c::CTRL_ATTR_MCAST_GRP_NAME, &mut self.name);
    }
}

/// What a request to the controller asks for; none where it is no name.
#[cfg(feature = "std")]
pub(crate) fn family_asked_for(attributes: &[u8]) -> Option<&str> {
    let mut attrs = Attrs::new(attributes).map_while(Result::ok);
    let name = attrs.find(|attr| attr.number() == c::CTRL_ATTR_FAMILY_NAME)?;
    name.str().to_str().ok()
}

/// Writes what the controller tells of a family.
#[cfg(feature = "std")]
pub(crate) fn write_family<'a>(
    to: &mut Builder<'_>,
    name: &str,
    id: u16,
    groups: impl Iterator<Item = (&'a str, u32)>,
) {
    to.str(c::CTRL_ATTR_FAMILY_NAME, name.as_bytes());
    to.u16(c::CTRL_ATTR_FAMILY_ID, id);
    to.u32(c::CTRL_ATTR_VERSION, 1);
    to.nest(c::CTRL_ATTR_MCAST_GROUPS, |to| {
        for (place, (name, id)) in (1..).zip(groups) {
            to.nest(place, |to| {
                to.u32(c::CTRL_ATTR_MCAST_GRP_ID, id);
                to.str(c::CTRL_ATTR_MCAST_GRP_NAME, name.as_bytes());
            });
        }
    });
}
