// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which tasks: the options that the kernel evaluates.

use crate::parse;
use clap::ArgAction::Append;
use genlkit::args::{OwnedBytes, bytes, one_of};
use genlkit::generated::taskdiag::{
    EventFilterNest, FilterNest, Kthreads, StateFlags, WatchFilterNest,
};

/// Who a task is.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which tasks (the kernel looks; all that is said must match)")]
pub(crate) struct Who {
    /// These processes; can be repeated.
    #[arg(long, value_name = "PID", value_delimiter = ',', action = Append, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pid: Vec<u32>,
    /// Children of this process.
    #[arg(long, value_name = "PID")]
    ppid: Option<u32>,
    /// Those that act for this user: a name or a number.
    #[arg(long, short, visible_alias = "uid", value_name = "USER", value_parser = parse::user)]
    user: Option<u32>,
    /// Those of this command name, the first 15 bytes of it.
    #[arg(long, short, value_name = "NAME", value_parser = bytes(..=15))]
    comm: Option<OwnedBytes>,
    /// Those of this cgroup, not of those below it: its directory, or its number.
    #[arg(long, value_name = "DIR", value_parser = parse::cgroup)]
    cgroup: Option<u64>,
    /// Ids from this on.
    #[arg(long, value_name = "PID")]
    pid_min: Option<u32>,
    /// Ids up to this.
    #[arg(long, value_name = "PID")]
    pid_max: Option<u32>,
}

/// Who a task is, and what it does and uses.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which tasks (the kernel looks; all that is said must match)")]
pub(crate) struct Filter {
    #[command(flatten)]
    pub(crate) who: Who,
    /// Those in one of these states, by letter: R,D,Z.
    #[arg(long, value_name = "LETTERS", value_parser = parse::states)]
    state: Option<StateFlags>,
    /// Those with so much resident memory, or more.
    #[arg(long, value_name = "SIZE", value_parser = parse::size)]
    min_rss: Option<u64>,
    /// Those that have used so much processor time, or more.
    #[arg(long, value_name = "TIME", value_parser = parse::nanos)]
    min_cpu: Option<u64>,
    /// What of kernel threads.
    #[arg(long, value_name = "WHICH", value_parser = one_of::<Kthreads>())]
    kthreads: Option<Kthreads>,
}

/// Who a process is when something happens to it.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(multiple = true)]
#[command(next_help_heading = "All that match then (needs CAP_SYS_ADMIN)")]
pub(crate) struct Passing {
    /// Children of this process.
    #[arg(long, value_name = "PID")]
    ppid: Option<u32>,
    /// Those that act for this user: a name or a number.
    #[arg(long, short, visible_alias = "uid", value_name = "USER", value_parser = parse::user)]
    user: Option<u32>,
    /// Those of this command name, the first 15 bytes of it.
    #[arg(long, short, value_name = "NAME", value_parser = bytes(..=15))]
    comm: Option<OwnedBytes>,
    /// Those of this cgroup, not of those below it: its directory, or its number.
    #[arg(long, value_name = "DIR", value_parser = parse::cgroup)]
    cgroup: Option<u64>,
    /// Those that have used so much processor time, or more.
    #[arg(long, value_name = "TIME", value_parser = parse::nanos)]
    min_cpu: Option<u64>,
}

impl Passing {
    /// The filter of a watch, where anything was said.
    pub(crate) fn nest(&self) -> Option<WatchFilterNest<'_>> {
        let mut nest = WatchFilterNest::new();
        nest.ppid = self.ppid;
        nest.uid = self.user;
        nest.comm = self.comm.as_ref().map(OwnedBytes::as_str);
        nest.cgroup_id = self.cgroup;
        nest.min_cpu = self.min_cpu;
        (nest != WatchFilterNest::new()).then_some(nest)
    }
}

/// A nest that says who a task is; those of tasks and of events have these attributes alike.
macro_rules! nest {
    ($who:ident, $Nest:ident) => {{
        let mut nest = $Nest::new().pid(&$who.pid);
        nest.ppid = $who.ppid;
        nest.uid = $who.user;
        nest.comm = $who.comm.as_ref().map(OwnedBytes::as_str);
        nest.cgroup_id = $who.cgroup;
        nest.pid_min = $who.pid_min;
        nest.pid_max = $who.pid_max;
        nest
    }};
}

impl Who {
    /// The filter of events, where anything was said.
    pub(crate) fn of_events(&self) -> Option<EventFilterNest<'_>> {
        let nest = nest!(self, EventFilterNest);
        (nest != EventFilterNest::new()).then_some(nest)
    }
}

impl Filter {
    /// The filter, where anything was said.
    pub(crate) fn nest(&self) -> Option<FilterNest<'_>> {
        let who = &self.who;
        let mut nest = nest!(who, FilterNest);
        nest.state = self.state;
        nest.min_rss = self.min_rss;
        nest.min_cpu = self.min_cpu;
        nest.kthreads = self.kthreads;
        (nest != FilterNest::new()).then_some(nest)
    }
}
