// SPDX-License-Identifier: GPL-2.0-only

//! A handler serves one family: its place in the module is taken then.
//!
//! error: conflicting implementations of trait `Home` for type `Case`

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

/// A family.
pub enum One {}

impl genl::Interface for One {
    const NAME: &'static CStr = c"one";
    const VERSION: u8 = 1;
    const GROUPS: &'static [genl::MulticastGroup] = &[];
}

impl genl::Serve<Case> for One {
    type Net = ();
    type Socket = ();

    const OPS: &'static [genl::SplitOp<Case>] = &[];
    const WATCHES_SOCKETS: bool = false;

    fn init(_: &'static ThisModule) -> impl PinInit<Case, Error> {
        Err::<Case, _>(EOPNOTSUPP)
    }

    fn bind(_: &Case, _: usize) {}

    fn unbind(_: &Case, _: usize) {}

    fn released(_: &Case, _: &genl::Net, _: u32) {}
}

mod one {
    pub(super) use super::One as Family;
}

/// Another.
pub enum Other {}

impl genl::Interface for Other {
    const NAME: &'static CStr = c"other";
    const VERSION: u8 = 1;
    const GROUPS: &'static [genl::MulticastGroup] = &[];
}

impl genl::Serve<Case> for Other {
    type Net = ();
    type Socket = ();

    const OPS: &'static [genl::SplitOp<Case>] = &[];
    const WATCHES_SOCKETS: bool = false;

    fn init(_: &'static ThisModule) -> impl PinInit<Case, Error> {
        Err::<Case, _>(EOPNOTSUPP)
    }

    fn bind(_: &Case, _: usize) {}

    fn unbind(_: &Case, _: usize) {}

    fn released(_: &Case, _: &genl::Net, _: u32) {}
}

mod other {
    pub(super) use super::Other as Family;
}

genl::module_genl_family! {
    families: [one: Case, other: Case],
    name: "misuse",
    authors: ["The genlkit authors"],
    description: "Does not compile",
    license: "GPL",
}
