// SPDX-License-Identifier: GPL-2.0-only

//! Whole messages: both headers, then attributes.

use crate::{
    cursor::{Cursor, Fault},
    gfp::Gfp,
    skb::NetlinkSkBuff,
    writer::{Builder, Writer},
};
use kernel::bindings;
use kernel::prelude::*;

/// Bytes of both headers (`NLMSG_HDRLEN + GENL_HDRLEN`).
pub(crate) const HEADERS: usize =
    size_of::<bindings::nlmsghdr>() + size_of::<bindings::genlmsghdr>();

/// What the headers of a message say.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// The family's id.
    pub(crate) family: u16,
    /// `NLM_F_*`.
    pub(crate) flags: u16,
    /// The request's sequence number; 0 in a notification.
    pub(crate) seq: u32,
    /// Whom the message is for; 0 in a notification.
    pub(crate) portid: u32,
    pub(crate) cmd: u8,
    pub(crate) version: u8,
}

impl Header {
    /// Appends a message with what the closure puts into it.
    ///
    /// On an error the cursor has moved, and what it has moved over is no message. `EMSGSIZE`
    /// where the message did not fit; else the closure's own.
    #[inline(always)]
    pub(crate) fn message<B: Builder>(
        self,
        cursor: &mut Cursor,
        fill: impl FnOnce(&mut B::At<'_>) -> Result,
    ) -> Result {
        // One check for the headers and all attributes of fixed size; from here on the compiler
        // knows that each of them fits.
        if !cursor.has(const { HEADERS + B::ROOM }) {
            return Err(EMSGSIZE);
        }
        let start = cursor.take(HEADERS).ok_or(EMSGSIZE)?;
        // SAFETY: `take` gave the start of `HEADERS` bytes, of which this is the first part.
        unsafe {
            start
                .cast::<bindings::nlmsghdr>()
                .write_unaligned(bindings::nlmsghdr {
                    nlmsg_len: 0,
                    nlmsg_type: self.family,
                    nlmsg_flags: self.flags,
                    nlmsg_seq: self.seq,
                    nlmsg_pid: self.portid,
                })
        };
        // SAFETY: As above.
        let genl = unsafe { start.add(size_of::<bindings::nlmsghdr>()) };
        // SAFETY: As above; this is the second part.
        unsafe {
            genl.cast::<bindings::genlmsghdr>()
                .write_unaligned(bindings::genlmsghdr {
                    cmd: self.cmd,
                    version: self.version,
                    reserved: 0,
                })
        };
        fill(&mut B::at(Writer::new(cursor)))?;
        cursor.check()?;
        // The cursor only moves forward. A buffer has fewer than 2^32 bytes.
        let len = (cursor.tail() as usize).wrapping_sub(start as usize) as u32;
        // SAFETY: `start` is the header written above, whose first field is the length.
        unsafe { start.cast::<u32>().write_unaligned(len) };
        Ok(())
    }

    /// A buffer with one message of at most [`MAX`] bytes, which grows until the message fits.
    ///
    /// The first buffer is a page, or larger where `capacity` bytes of attributes of varying size
    /// need more. The closure runs again for each buffer, from an empty message; as what does not
    /// fit is counted, the second is large enough for the same attributes.
    #[inline(always)]
    pub(crate) fn build<B: Builder>(
        self,
        gfp: Gfp,
        capacity: usize,
        mut fill: impl FnMut(&mut B::At<'_>) -> Result,
    ) -> Result<NetlinkSkBuff> {
        let mut size = capacity
            .saturating_add(const { HEADERS + B::ROOM })
            .clamp(FIRST, MAX);
        loop {
            let mut skb = NetlinkSkBuff::new(size, gfp)?;
            let mut free = skb.free();
            let start = free.cursor.tail();
            // The core rounds sizes up.
            free.cursor.limit(MAX);
            let result = self.message::<B>(&mut free.cursor, &mut fill);
            if result.is_ok() {
                let end = free.cursor.tail();
                // SAFETY: The message ends where the cursor is.
                unsafe { free.commit(end) };
                return Ok(skb);
            }
            let need = (free.cursor.tail() as usize).wrapping_sub(start as usize);
            if free.cursor.fault() != Fault::Room || need > MAX || size >= MAX {
                return result.map(|()| skb);
            }
            // Twice as much at least, should the closure put more into it each time.
            size = need.max(size.saturating_mul(2)).min(MAX);
        }
    }
}

/// The largest message that is not a part of a dump, in bytes.
const MAX: usize = 512 * 1024;

/// The size of a message's first buffer: a page with the buffer's own data.
const FIRST: usize = bindings::GENLMSG_DEFAULT_SIZE + HEADERS;
