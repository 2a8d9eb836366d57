// SPDX-License-Identifier: GPL-2.0-only

//! A command has one do mode.
//!
//! error: a command is not do, then dump

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

/// Another family for it.
pub enum Other {}

impl genl::Interface for Other {
    const NAME: &'static CStr = c"other";
    const VERSION: u8 = 1;
    const GROUPS: &'static [genl::MulticastGroup] = &[];
}

impl genl::Serve<Case> for Other {
    type Net = ();
    type Socket = ();

    const OPS: &'static [genl::SplitOp<Case>] = &[
        genl::SplitOp::of_do::<First>(),
        genl::SplitOp::of_do::<Second>(),
    ];
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
    families: [other: Case],
    name: "misuse",
    authors: ["The genlkit authors"],
    description: "Does not compile",
    license: "GPL",
}

/// A mode of an operation.
pub enum First {}

impl genl::Op for First {
    type Family = Other;
    type Policy = genl::NoAttrs;

    const CMD: u8 = 1;
    const PERM: genl::Perm = genl::Perm::Any;
}

impl genl::Do<Case> for First {
    fn call(_: &Case, _: genl::Request<'_, Self>) -> Result {
        Ok(())
    }
}

/// A mode of an operation.
pub enum Second {}

impl genl::Op for Second {
    type Family = Other;
    type Policy = genl::NoAttrs;

    const CMD: u8 = 1;
    const PERM: genl::Perm = genl::Perm::Any;
}

impl genl::Do<Case> for Second {
    fn call(_: &Case, _: genl::Request<'_, Self>) -> Result {
        Ok(())
    }
}
