// SPDX-License-Identifier: GPL-2.0-only
//! A worked example, the whole of a family: it keeps a sum.

use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

#[path = "../generated/tally.rs"]
pub mod tally;

/// The family's handler, and what it keeps.
pub struct Tally(Atomic<i64>);

genl::module_genl_family! {
    families: [tally: Tally],
    name: "tally",
    authors: ["The genlkit authors"],
    description: "A worked example of a generic netlink family",
    license: "GPL",
}

impl tally::Handler for Tally {
    type Net = ();

    fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
        Ok(Self(Atomic::new(0)))
    }

    fn add(&self, req: tally::AddRequest<'_>) -> Result<genl::Sent> {
        let by = i64::from(req.by().unwrap_or(1));
        let sum = self.0.fetch_add(by, Relaxed).wrapping_add(by);
        req.reply(|reply| {
            reply.sum(sum as u64);
            Ok(())
        })
    }
}
