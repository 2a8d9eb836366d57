// SPDX-License-Identifier: GPL-2.0-only

//! Tells of tasks, and of what happens to them, over generic netlink.
//!
//! Here the family's handler comes together; each operation has its own file.

use kernel::prelude::*;

mod config;
mod events;
mod ping;
mod put;
mod stats;
mod sys;
mod task_get;
#[path = "../generated/taskdiag.rs"]
pub mod taskdiag;

use taskdiag::{
    ConfigGetRequest, ConfigSetRequest, Handler, Mcgrp, PingRequest, StatsGetRequest,
    TaskGetDumpRequest, TaskGetEntries, TaskGetRequest,
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
    type Net = ();
    type TaskGetDump = task_get::Walk;

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
        stats::get(self.events.source(), &req)
    }

    fn bind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.source().joining(),
        }
    }

    fn unbind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.source().left(),
        }
    }
}
