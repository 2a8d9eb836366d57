// SPDX-License-Identifier: GPL-2.0-only

//! Tells of tasks, and of what happens to them, over generic netlink.
//!
//! Here the family's handler comes together; each operation has its own file.

use kernel::prelude::*;

mod config;
mod events;
mod follow;
mod followers;
mod outbox;
mod ping;
mod put;
mod stats;
mod sys;
mod task_get;
#[path = "../generated/taskdiag.rs"]
pub mod taskdiag;
mod values;
mod watch;

use genl::{Home, Net};
use taskdiag::{
    ConfigGetRequest, ConfigSetRequest, EventFollowRequest, EventUnfollowRequest, Handler, Mcgrp,
    PingRequest, StatsGetRequest, TaskGetDumpRequest, TaskGetEntries, TaskGetRequest,
    WatchDelRequest, WatchGetDumpRequest, WatchGetEntries, WatchGetRequest, WatchNewRequest,
};

/// The family's handler.
pub struct Taskdiag {
    events: sys::Events<events::Hub>,
}

genl::module_genl_family! {
    families: [taskdiag: Taskdiag],
    name: "taskdiag",
    authors: ["The genlkit authors"],
    description: "Tells of tasks over generic netlink",
    license: "GPL",
}

impl Handler for Taskdiag {
    type Net = watch::Space;
    type TaskGetDump = task_get::Walk;
    type WatchGetDump = watch::dump::Walk;

    const WATCHES_SOCKETS: bool = true;

    fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
        sys::Events::new(events::Hub::new()).map(|events| Self { events })
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

    fn config_get(&self, req: ConfigGetRequest<'_>) -> Result<genl::Sent> {
        config::get(self.events.source(), &req)
    }

    fn config_set(&self, req: ConfigSetRequest<'_>) -> Result {
        config::set(self.events.source(), &req)
    }

    fn stats_get(&self, req: StatsGetRequest<'_>) -> Result<genl::Sent> {
        stats::get(&self.events, self.events.source(), &req)
    }

    fn event_follow(&self, req: EventFollowRequest<'_>) -> Result {
        follow::follow(&self.events, self.events.source(), &req)
    }

    fn event_unfollow(&self, req: EventUnfollowRequest<'_>) -> Result {
        follow::unfollow(&self.events, self.events.source(), &req)
    }

    fn watch_new(&self, req: WatchNewRequest<'_>) -> Result {
        let net = self.weak_net(req.net())?;
        watch::new::new(self.net_state(req.net())?, net, &req)
    }

    fn watch_get(&self, req: WatchGetRequest<'_>) -> Result<genl::Sent> {
        watch::get(self.net_state(req.net())?, &req)
    }

    fn watch_get_start(&self, req: WatchGetDumpRequest<'_>) -> Result<watch::dump::Walk> {
        watch::dump::Walk::start(self.net_state(req.net())?, &req)
    }

    fn watch_get_dump(walk: &mut watch::dump::Walk, out: &mut WatchGetEntries<'_>) -> Result {
        walk.part(out)
    }

    fn watch_del(&self, req: WatchDelRequest<'_>) -> Result {
        watch::del(self.net_state(req.net())?, &req)
    }

    fn released(&self, net: &Net, _: u32) {
        if self.events.followers() > 0 {
            self.events.source().look();
        }
        if let Ok(space) = self.net_state(net) {
            watch::released(space, net);
        }
    }

    fn bind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.source().joining(),
            Mcgrp::Watch => {}
        }
    }

    fn unbind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.source().look(),
            Mcgrp::Watch => {}
        }
    }
}
