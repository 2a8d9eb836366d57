// SPDX-License-Identifier: MIT OR Apache-2.0
//! The headers of messages: netlink's own and generic netlink's.

use super::{Malformed, Reason};

/// Message types below 16, which netlink keeps for itself.
///
/// C header: `linux/netlink.h`
pub mod kind {
    use linux_raw_sys::netlink as c;

    /// Nothing: to be skipped.
    pub const NOOP: u16 = c::NLMSG_NOOP as u16;
    /// The answer to a request: an error, or an ACK where the error is 0.
    pub const ERROR: u16 = c::NLMSG_ERROR as u16;
    /// The end of a dump.
    pub const DONE: u16 = c::NLMSG_DONE as u16;
    /// Messages were lost.
    pub const OVERRUN: u16 = c::NLMSG_OVERRUN as u16;
    /// The first type that a family can have.
    pub const FIRST: u16 = c::NLMSG_MIN_TYPE as u16;
}

/// Bits of [`Header::flags`].
///
/// C header: `linux/netlink.h`
pub mod flags {
    use linux_raw_sys::netlink as c;

    /// A request; without it the kernel ignores the message.
    pub const REQUEST: u16 = c::NLM_F_REQUEST as u16;
    /// Part of a dump, which ends with `NLMSG_DONE`.
    pub const MULTI: u16 = c::NLM_F_MULTI as u16;
    /// Asks for an ACK.
    pub const ACK: u16 = c::NLM_F_ACK as u16;
    /// Asks for the notification of what the request changed.
    pub const ECHO: u16 = c::NLM_F_ECHO as u16;
    /// The dump is inconsistent: what it lists changed meanwhile.
    pub const DUMP_INTR: u16 = c::NLM_F_DUMP_INTR as u16;
    /// The dump was filtered as the request asked.
    pub const DUMP_FILTERED: u16 = c::NLM_F_DUMP_FILTERED as u16;
    /// Asks for a dump.
    pub const DUMP: u16 = c::NLM_F_DUMP as u16;
    /// Replaces what exists (requests that create).
    pub const REPLACE: u16 = c::NLM_F_REPLACE as u16;
    /// Fails where it exists (requests that create).
    pub const EXCL: u16 = c::NLM_F_EXCL as u16;
    /// Creates where it does not exist.
    pub const CREATE: u16 = c::NLM_F_CREATE as u16;
    /// Adds to the end.
    pub const APPEND: u16 = c::NLM_F_APPEND as u16;
    /// An ACK or error does not carry the body of the request.
    pub const CAPPED: u16 = c::NLM_F_CAPPED as u16;
    /// An ACK, error or DONE carries extended ACK attributes.
    pub const ACK_TLVS: u16 = c::NLM_F_ACK_TLVS as u16;
}

/// What every netlink message starts with (`struct nlmsghdr`), 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Length of the message in bytes, this header included, padding not.
    pub len: u32,
    /// The message's type: one of [`kind`], or what the family uses.
    pub kind: u16,
    /// Bits of [`flags`].
    pub flags: u16,
    /// The request's number, which its answers repeat.
    pub seq: u32,
    /// The port id of the socket that the message is for or from.
    pub portid: u32,
}

impl Header {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Reads the header that `bytes` start with; none where they are shorter.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<{ Self::LEN }>()?;
        let [
            l0,
            l1,
            l2,
            l3,
            k0,
            k1,
            f0,
            f1,
            s0,
            s1,
            s2,
            s3,
            p0,
            p1,
            p2,
            p3,
        ] = *head;
        Some(Self {
            len: u32::from_ne_bytes([l0, l1, l2, l3]),
            kind: u16::from_ne_bytes([k0, k1]),
            flags: u16::from_ne_bytes([f0, f1]),
            seq: u32::from_ne_bytes([s0, s1, s2, s3]),
            portid: u32::from_ne_bytes([p0, p1, p2, p3]),
        })
    }

    /// The header's bytes.
    #[inline]
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let [l0, l1, l2, l3] = self.len.to_ne_bytes();
        let [k0, k1] = self.kind.to_ne_bytes();
        let [f0, f1] = self.flags.to_ne_bytes();
        let [s0, s1, s2, s3] = self.seq.to_ne_bytes();
        let [p0, p1, p2, p3] = self.portid.to_ne_bytes();
        [
            l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3,
        ]
    }
}

/// What every generic netlink message's body starts with (`struct genlmsghdr`), 4 bytes.
///
/// C header: `linux/genetlink.h`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenlHeader {
    /// The operation's number.
    pub cmd: u8,
    /// The family's version; the kernel does not check it.
    pub version: u8,
}

impl GenlHeader {
    /// Length in bytes.
    pub const LEN: usize = 4;

    /// Splits a message's body into this header and what follows it.
    ///
    /// # Errors
    /// [`Reason::HeaderShort`] where the body is shorter.
    #[inline]
    pub fn split(body: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        match body.split_first_chunk::<{ Self::LEN }>() {
            Some((&[cmd, version, _, _], rest)) => Ok((Self { cmd, version }, rest)),
            None => Err(Malformed::new(body, Reason::HeaderShort(body.len()))),
        }
    }

    /// The header's bytes; the last two are reserved and 0.
    #[inline]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        [self.cmd, self.version, 0, 0]
    }
}
