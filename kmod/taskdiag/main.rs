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

use taskdiag::{Handler, Mcgrp, PingRequest, TaskGetDumpRequest, TaskGetEntries, TaskGetRequest};

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

    fn bind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.listen(),
        }
    }

    fn unbind(&self, group: Mcgrp) {
        match group {
            Mcgrp::Events => self.events.unlisten(),
        }
    }
}
