// SPDX-License-Identifier: GPL-2.0-only

//! What the cases beside this file have in common: a family, and a handler that refuses everything.
//!
//! Each case is a crate that must not compile, with the errors that its first lines tell and no
//! others. `cargo xtask test` builds them with the flags of a module that does.

#[path = "../generated/taskdiag.rs"]
pub mod taskdiag;

#[path = "../generated/genltest.rs"]
pub mod genltest;

/// What the cases use.
pub mod prelude {
    pub use super::taskdiag::{self, *};
    pub use kernel::prelude::*;
}

/// Methods of a handler that are not what a case is about.
#[allow(unused_macros, reason = "each case uses what it needs")]
macro_rules! method {
    (state) => {
        type Net = ();
    };
    (init) => {
        fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
            Err::<Self, _>(EOPNOTSUPP)
        }
    };
    (ping) => {
        fn ping(&self, _: PingRequest<'_>) -> Result<genl::Sent> {
            Err(EOPNOTSUPP)
        }
    };
    (task_get) => {
        fn task_get(&self, _: TaskGetRequest<'_>) -> Result<genl::Sent> {
            Err(EOPNOTSUPP)
        }
    };
    (dump) => {
        type TaskGetDump = u32;

        method!(start);
        method!(part);
    };
    (start) => {
        fn task_get_start(&self, _: TaskGetDumpRequest<'_>) -> Result<Self::TaskGetDump> {
            Err(EOPNOTSUPP)
        }
    };
    (part) => {
        fn task_get_dump(_: &mut Self::TaskGetDump, _: &mut TaskGetEntries<'_>) -> Result {
            Err(EOPNOTSUPP)
        }
    };
    // What no case is about.
    (others) => {
        fn config_get(&self, _: ConfigGetRequest<'_>) -> Result<genl::Sent> {
            Err(EOPNOTSUPP)
        }

        fn config_set(&self, _: ConfigSetRequest<'_>) -> Result {
            Err(EOPNOTSUPP)
        }

        fn stats_get(&self, _: StatsGetRequest<'_>) -> Result<genl::Sent> {
            Err(EOPNOTSUPP)
        }

        type WatchGetDump = ();

        fn watch_new(&self, _: WatchNewRequest<'_>) -> Result {
            Err(EOPNOTSUPP)
        }

        fn watch_get(&self, _: WatchGetRequest<'_>) -> Result<genl::Sent> {
            Err(EOPNOTSUPP)
        }

        fn watch_get_start(&self, _: WatchGetDumpRequest<'_>) -> Result {
            Err(EOPNOTSUPP)
        }

        fn watch_get_dump(_: &mut (), _: &mut WatchGetEntries<'_>) -> Result {
            Err(EOPNOTSUPP)
        }

        fn watch_del(&self, _: WatchDelRequest<'_>) -> Result {
            Err(EOPNOTSUPP)
        }

        fn event_follow(&self, _: EventFollowRequest<'_>) -> Result {
            Err(EOPNOTSUPP)
        }

        fn event_unfollow(&self, _: EventUnfollowRequest<'_>) -> Result {
            Err(EOPNOTSUPP)
        }
    };
}

/// A module with the handler of a case.
#[allow(unused_macros, reason = "each case uses what it needs")]
macro_rules! module_of {
    ($handler:ident) => {
        genl::module_genl_family! {
            families: [taskdiag: $handler],
            name: "misuse",
            authors: ["The genlkit authors"],
            description: "Does not compile",
            license: "GPL",
        }
    };
}

/// A family that no spec has, served by a handler of the case.
#[allow(unused_macros, reason = "each case uses what it needs")]
macro_rules! family {
    ($family:ident in $module:ident, $name:literal, groups: $groups:expr, ops: $ops:expr) => {
        /// A family.
        pub enum $family {}

        impl genl::Interface for $family {
            const NAME: &'static CStr = $name;
            const VERSION: u8 = 1;
            const GROUPS: &'static [genl::MulticastGroup] = $groups;
        }

        impl genl::Serve<Case> for $family {
            type Net = ();
            type Socket = ();

            const OPS: &'static [genl::SplitOp<Case>] = $ops;
            const WATCHES_SOCKETS: bool = false;

            fn init(_: &'static ThisModule) -> impl PinInit<Case, Error> {
                Err::<Case, _>(EOPNOTSUPP)
            }

            fn bind(_: &Case, _: usize) {}

            fn unbind(_: &Case, _: usize) {}

            fn released(_: &Case, _: &genl::Net, _: u32) {}
        }

        mod $module {
            pub(super) use super::$family as Family;
        }
    };
}

/// A module with families that no spec has.
#[allow(unused_macros, reason = "each case uses what it needs")]
macro_rules! module_of_families {
    ($($module:ident),+) => {
        genl::module_genl_family! {
            families: [$($module: Case),+],
            name: "misuse",
            authors: ["The genlkit authors"],
            description: "Does not compile",
            license: "GPL",
        }
    };
}

/// A mode of an operation that no spec has.
#[allow(unused_macros, reason = "each case uses what it needs")]
macro_rules! operation {
    (do $op:ident of $family:ident, $cmd:literal) => {
        operation!($op of $family, $cmd, Any);

        impl genl::Do<Case> for $op {
            fn call(_: &Case, _: genl::Request<'_, Self>) -> Result {
                Ok(())
            }
        }
    };
    ($op:ident of $family:ident, $cmd:literal, $perm:ident) => {
        /// A mode of an operation.
        pub enum $op {}

        impl genl::Op for $op {
            type Family = $family;
            type Policy = genl::NoAttrs;

            const CMD: u8 = $cmd;
            const PERM: genl::Perm = genl::Perm::$perm;
        }
    };
}
