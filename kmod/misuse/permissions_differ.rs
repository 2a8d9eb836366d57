// SPDX-License-Identifier: GPL-2.0-only

//! Do and dump of an operation have one permission.
//!
//! error: do and dump of a command have different permissions

#[macro_use]
mod base;
use kernel::prelude::*;

/// A handler.
pub struct Case;

family!(Other in other, c"other", groups: &[], ops: &[
    genl::SplitOp::of_do::<First>(),
    genl::SplitOp::of_dump::<Second>(),
]);

module_of_families!(other);

operation!(do First of Other, 1);

operation!(Second of Other, 1, Admin);

impl genl::Dump<Case> for Second {
    type State = ();
    type Entry = genl::Empty<'static>;

    fn start(_: &Case, _: genl::DumpRequest<'_, Self>) -> Result {
        Ok(())
    }

    fn dump(_: &mut (), _: &mut genl::Entries<'_, Self, genl::Empty<'static>>) -> Result {
        Ok(())
    }
}
