// SPDX-License-Identifier: GPL-2.0-only

//! Replies of any size.

use crate::genltest::{BulkRequest, CHUNK_MAX};
use genl::Sent;
use kernel::prelude::*;

/// The bytes of every chunk: the low 8 bits of the offset, as chunks start at multiples of 256.
static PATTERN: [u8; CHUNK_MAX as usize] = pattern();

const fn pattern() -> [u8; CHUNK_MAX as usize] {
    let mut bytes = [0; CHUNK_MAX as usize];
    let mut i = 0;
    while i < bytes.len() {
        bytes[i] = i as u8;
        i += 1;
    }
    bytes
}

/// Returns as many bytes as are asked for, in chunks.
pub(crate) fn bulk(req: &BulkRequest<'_>) -> Result<Sent> {
    let size = req.require(BulkRequest::SIZE)?;
    req.reply(|reply| {
        let mut offset = 0_u32;
        while offset < size {
            let len = size.wrapping_sub(offset).min(CHUNK_MAX);
            reply.chunk(|chunk| {
                chunk.offset(offset);
                chunk.bytes(PATTERN.get(..len as usize).unwrap_or(&PATTERN));
            });
            offset = offset.wrapping_add(len);
        }
        reply.total(u64::from(size));
        Ok(())
    })
}
