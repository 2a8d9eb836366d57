// SPDX-License-Identifier: GPL-2.0-only

//! Lists tasks over generic netlink.

use kernel::prelude::*;

#[path = "../generated/taskdiag.rs"]
pub mod taskdiag;

use taskdiag::{Handler, PingRequest, TaskGetDumpRequest, TaskGetEntries, TaskGetRequest};

/// The family's handler.
pub struct Taskdiag;

genl::module_genl_family! {
    families: [taskdiag: Taskdiag],
    name: "taskdiag",
    authors: ["The genlkit authors"],
    description: "Lists tasks over generic netlink",
    license: "GPL",
}

impl Handler for Taskdiag {
    type TaskGetDump = u32;

    fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
        Ok(Self)
    }

    fn ping(&self, req: PingRequest<'_>) -> Result<genl::Sent> {
        req.reply(|m| {
            if let Some(payload) = req.payload() {
                m.payload(payload);
            }
            m.version(b"0.1.0").abi(taskdiag::ABI);
            Ok(())
        })
    }

    fn task_get(&self, req: TaskGetRequest<'_>) -> Result<genl::Sent> {
        let pid = req.require(TaskGetRequest::PID)?;
        req.reply(|m| {
            m.pid(pid);
            Ok(())
        })
    }

    fn task_get_start(&self, _: TaskGetDumpRequest<'_>) -> Result<u32> {
        Ok(1)
    }

    fn task_get_dump(next: &mut u32, out: &mut TaskGetEntries<'_>) -> Result {
        while *next < 1000 {
            out.entry(|m| {
                m.pid(*next);
                m.cred(|c| {
                    c.uid(1).gid(2);
                });
                Ok(())
            })?;
            *next = next.wrapping_add(1);
        }
        Ok(())
    }
}
