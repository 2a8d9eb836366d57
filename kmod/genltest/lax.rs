// SPDX-License-Identifier: GPL-2.0-only

//! The module's third family, which is older than the core's checks: `genltest-lax`.

use crate::genltest_lax::{Handler, LaxDumpRequest, LaxEntries, LaxRequest, StrictRequest};
use genl::Sent;
use kernel::prelude::*;

/// The family's handler.
pub(crate) struct Lax;

/// A dump of what was understood of its request.
pub(crate) struct Once(Option<Option<u32>>);

impl Handler for Lax {
    type LaxDump = Once;
    type Net = ();

    fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
        Ok(Self)
    }

    fn lax(&self, req: LaxRequest<'_>) -> Result<Sent> {
        req.reply(|reply| {
            if let Some(number) = req.number() {
                reply.number(number);
            }
            if let Some(text) = req.text() {
                reply.text(&text);
            }
            if let Some(inner) = req.inner() {
                reply.inner(|to| {
                    if let Some(number) = inner.number() {
                        to.number(number);
                    }
                });
            }
            Ok(())
        })
    }

    fn lax_start(&self, req: LaxDumpRequest<'_>) -> Result<Once> {
        Ok(Once(Some(req.number())))
    }

    fn lax_dump(once: &mut Once, out: &mut LaxEntries<'_>) -> Result {
        if let Some(number) = once.0 {
            out.entry(|entry| {
                if let Some(number) = number {
                    entry.number(number);
                }
                Ok(())
            })?;
            once.0 = None;
        }
        Ok(())
    }

    fn strict(&self, req: StrictRequest<'_>) -> Result<Sent> {
        req.reply(|reply| {
            if let Some(number) = req.number() {
                reply.number(number);
            }
            Ok(())
        })
    }
}
