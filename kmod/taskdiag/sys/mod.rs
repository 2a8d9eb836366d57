// SPDX-License-Identifier: GPL-2.0-only

//! The C of this directory, safely.
//!
//! All that reads tasks is C: it fills plain structs, which is all that the handlers see. Nothing
//! else in taskdiag has `unsafe`.

#[expect(dead_code, reason = "config-get and config-set are not there yet")]
mod config;
mod events;
mod query;
mod view;

#[expect(
    dead_code,
    improper_ctypes,
    non_camel_case_types,
    unreachable_pub,
    reason = "generated; `struct cred` has empty members in some configurations"
)]
mod bindings {
    use core::ffi;
    use kernel::bindings::*;

    include!(concat!(env!("GENL_OBJ"), "/taskdiag/config_generated.rs"));
    include!(concat!(env!("GENL_OBJ"), "/taskdiag/task_generated.rs"));
    include!(concat!(env!("GENL_OBJ"), "/taskdiag/events_generated.rs"));
}

pub(crate) use bindings::{
    td_cgroup as Cgroup, td_cpu as Cpu, td_cred as Cred, td_event as Event,
    td_event_task as EventTask, td_exe as Exe, td_io as Io, td_mm as Mm, td_ns as Ns,
    td_sched as Sched, td_task as Task,
};
#[expect(unused_imports, reason = "config-get and config-set are not there yet")]
pub(crate) use config::Config;
pub(crate) use events::{Deliver, Ring};
pub(crate) use query::Query;
pub(crate) use view::{Room, Text, View, BATCH};
