// SPDX-License-Identifier: GPL-2.0-only

//! What comes back as it was sent: bytes, and numbers of every type.

use crate::genltest::{EchoRequest, ScalarRequest};
use genl::Sent;
use kernel::prelude::*;

/// Returns the payload.
pub(crate) fn echo(req: &EchoRequest<'_>) -> Result<Sent> {
    let payload = req.payload();
    let capacity = payload.map_or(0, |payload| genl::total_size(payload.len()));
    req.reply_with_capacity(capacity, |reply| {
        if let Some(payload) = payload {
            reply.payload(payload);
        }
        Ok(())
    })
}

/// Returns every number that the request has.
pub(crate) fn scalar(req: &ScalarRequest<'_>) -> Result<Sent> {
    req.reply(|reply| {
        if let Some(value) = req.u8() {
            reply.u8(value);
        }
        if let Some(value) = req.u16() {
            reply.u16(value);
        }
        if let Some(value) = req.u32() {
            reply.u32(value);
        }
        if let Some(value) = req.u64() {
            reply.u64(value);
        }
        if let Some(value) = req.s8() {
            reply.s8(value);
        }
        if let Some(value) = req.s16() {
            reply.s16(value);
        }
        if let Some(value) = req.s32() {
            reply.s32(value);
        }
        if let Some(value) = req.s64() {
            reply.s64(value);
        }
        if let Some(value) = req.uint() {
            reply.uint(value);
        }
        if let Some(value) = req.sint() {
            reply.sint(value);
        }
        if let Some(value) = req.be16() {
            reply.be16(value);
        }
        if let Some(value) = req.be32() {
            reply.be32(value);
        }
        if let Some(value) = req.be64() {
            reply.be64(value);
        }
        if let Some(value) = req.le32() {
            reply.le32(value);
        }
        if let Some(value) = req.hex() {
            reply.hex(value);
        }
        if req.flag() {
            reply.flag();
        }
        Ok(())
    })
}
