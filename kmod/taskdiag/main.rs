// SPDX-License-Identifier: GPL-2.0-only

//! Tells of tasks, and of what happens to them, over generic netlink.
//!
//! Here the family's handler comes together; each operation has its own file.

use kernel::prelude::*;

mod events;
mod ping;
mod put;
mod sys;
mod task_get;
#[path = "../generated/taskdiag.rs"]
pub mod taskdiag;

use taskdiag::{
    ConfigGetRequest, ConfigSetRequest, EventFollowRequest, EventUnfollowRequest, Handler, Mcgrp,
    PingRequest, StatsGetRequest, TaskGetDumpRequest, TaskGetEntries, TaskGetRequest,
    WatchDelRequest, WatchGetDumpRequest, WatchGetEntries, WatchGetRequest, WatchNewRequest,
};

/// The family's handler.
pub struct Taskdiag {
    events: sys::Ring,
}

genl::module_genl_family! {
    families: [taskdiag: Taskdiag],
    name: "taskdiag",
    authors: ["The genlkit authors"],
    description: "Tells of tasks over generic netlink",
    license: "GPL",
}

impl Handler for Taskdiag {
    type Net = ();
    type TaskGetDump = task_get::Walk;
    type WatchGetDump = ();

    fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
        sys::Ring::new::<events::ToListeners>().map(|events| Self { events })
    }

    fn ping(&self, req: PingRequest<'_>) -> Result<genl::Sent> {
        ping::ping(&req)
    }

    fn task_get(&self, req: TaskGetRequest<'_>) -> Result<genl::Sent> {
        task_get::one(&req)
    }

    fn task_get_start(&self, req: TaskGetDumpRequest<'_>) -> Result<task_get::Walk> {
        task_get::Walk::new(&req)
    }

    fn task_get_dump(walk: &mut task_get::Walk, out: &mut TaskGetEntries<'_>) -> Result {
        walk.part(out)
    }

    fn event_follow(&self, _: EventFollowRequest<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn event_unfollow(&self, _: EventUnfollowRequest<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn watch_new(&self, _: WatchNewRequest<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn watch_get(&self, _: WatchGetRequest<'_>) -> Result<genl::Sent> {
        Err(EOPNOTSUPP)
    }

    fn watch_get_start(&self, _: WatchGetDumpRequest<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn watch_del(&self, _: WatchDelRequest<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn config_get(&self, _: ConfigGetRequest<'_>) -> Result<genl::Sent> {
        Err(EOPNOTSUPP)
    }

    fn config_set(&self, _: ConfigSetRequest<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn stats_get(&self, _: StatsGetRequest<'_>) -> Result<genl::Sent> {
        Err(EOPNOTSUPP)
    }

    fn watch_get_dump(_: &mut (), _: &mut WatchGetEntries<'_>) -> Result {
        Err(EOPNOTSUPP)
    }

    fn bind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.listen(),
            Mcgrp::Watch => {}
        }
    }

    fn unbind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.unlisten(),
            Mcgrp::Watch => {}
        }
    }
}
