// SPDX-License-Identifier: GPL-2.0-only

//! The C of this directory, safely.
//!
//! All that reads tasks is C: it fills plain structs, which is all that the handlers see. Nothing
//! else in taskdiag has `unsafe`.

mod config;
mod events;
mod filter;
mod query;
mod view;
mod watch;

#[expect(
    clippy::missing_safety_doc,
    dead_code,
    improper_ctypes,
    non_camel_case_types,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    reason = "generated; `struct cred` has empty members in some configurations"
)]
mod bindings {
    use core::ffi;
    use kernel::bindings::*;

    include!(concat!(env!("GENL_OBJ"), "/taskdiag/config_generated.rs"));
    include!(concat!(env!("GENL_OBJ"), "/taskdiag/task_generated.rs"));
    include!(concat!(env!("GENL_OBJ"), "/taskdiag/events_generated.rs"));
    include!(concat!(env!("GENL_OBJ"), "/taskdiag/watch_generated.rs"));
}

pub(crate) use bindings::{
    td_cgroup as Cgroup, td_cpu as Cpu, td_cred as Cred, td_event as Event,
    td_event_change as EventChange, td_event_counts as EventCounts, td_event_end as EventEnd,
    td_event_ids as EventIds, td_event_names as EventNames, td_event_task as EventTask,
    td_exe as Exe, td_filter as Filter, td_firing as Firing, td_io as Io, td_mm as Mm, td_ns as Ns,
    td_owner as Owner, td_rules as Rules, td_sched as Sched, td_task as Task,
};
pub(crate) use config::Config;
pub(crate) use events::{in_initial_pid_ns, own, Deliver, Detail, Events, Source};
pub(crate) use query::Query;
pub(crate) use view::{Room, Text, View, BATCH};
pub(crate) use watch::{dropped, settle, Fired, Trigger, PIDS};
