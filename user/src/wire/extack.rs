// SPDX-License-Identifier: MIT OR Apache-2.0
//! Extended ACKs: what the kernel says beside an errno.

use super::{Attrs, Policy, Str};
use linux_raw_sys::netlink::nlmsgerr_attrs as c;

/// What an extended ACK says.
///
/// Decoding is lenient: an attribute that makes no sense is taken for absent, because the errno
/// that came with it matters more.
///
/// C header: `linux/netlink.h`, `enum nlmsgerr_attrs`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtAck<'b> {
    /// What is wrong, in words.
    pub msg: Option<Str<'b>>,
    /// How far into the request, its header included, the offending attribute is, in bytes.
    pub offset: Option<u32>,
    /// What the family put into its success ACK.
    pub cookie: Option<&'b [u8]>,
    /// What the offending attribute's policy would accept.
    pub policy: Option<Policy>,
    /// The number of an attribute that is missing.
    pub miss_type: Option<u32>,
    /// How far into the request the nest is that an attribute is missing from; absent where it is
    /// missing from the message itself.
    pub miss_nest: Option<u32>,
}

impl<'b> ExtAck<'b> {
    /// Decodes the attributes that follow an error's or DONE's fixed part.
    pub fn decode(attributes: &'b [u8]) -> Self {
        let mut ack = Self::default();
        for attr in Attrs::new(attributes).map_while(Result::ok) {
            match u32::from(attr.number()) {
                n if n == c::NLMSGERR_ATTR_MSG as u32 => ack.msg = Some(attr.str()),
                n if n == c::NLMSGERR_ATTR_OFFS as u32 => ack.offset = attr.u32().ok(),
                n if n == c::NLMSGERR_ATTR_COOKIE as u32 => ack.cookie = Some(attr.payload()),
                n if n == c::NLMSGERR_ATTR_POLICY as u32 => {
                    ack.policy = Some(Policy::decode(attr.nest()));
                }
                n if n == c::NLMSGERR_ATTR_MISS_TYPE as u32 => ack.miss_type = attr.u32().ok(),
                n if n == c::NLMSGERR_ATTR_MISS_NEST as u32 => ack.miss_nest = attr.u32().ok(),
                _ => {}
            }
        }
        ack
    }

    /// Whether the kernel said nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
