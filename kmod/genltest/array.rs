// SPDX-License-Identifier: GPL-2.0-only

//! Arrays whose elements the layer checks.

use crate::genltest::{ArrayReply, ArrayRequest};
use genl::Sent;
use kernel::prelude::*;

/// Returns arrays as they were understood.
pub(crate) fn array(req: &ArrayRequest<'_>) -> Result<Sent> {
    let (numbers, addresses, blobs) = (req.numbers()?, req.addresses()?, req.blobs()?);
    let inner = match req.inner() {
        Some(inner) => inner.numbers()?,
        None => None,
    };
    req.reply(|reply: &mut ArrayReply<'_>| {
        if let Some(numbers) = numbers.clone() {
            reply.numbers(numbers);
        }
        if let Some(addresses) = addresses.clone() {
            reply.addresses(addresses.copied());
        }
        if let Some(blobs) = blobs.clone() {
            reply.blobs(blobs);
        }
        if let Some(inner) = inner.clone() {
            reply.inner(|to| {
                to.numbers(inner);
            });
        }
        Ok(())
    })
}
