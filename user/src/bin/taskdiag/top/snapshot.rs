// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of all tasks at one time.

use super::machine::Machine;
use crate::AnyClient;
use crate::columns::value::{Span, Value, at, short};
use crate::columns::{Column, Row};
use crate::format::since_boot;
use crate::output::Failure;
use genlkit::client::OnInterrupt;
use genlkit::generated::taskdiag::{Group, State, StatsGetRequest, Task, TaskGetDump};
use genlkit::taskdiag::Rates;

/// All tasks at one time.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) tasks: Vec<Entry>,
    /// The values of the columns that were asked for, task by task.
    values: Vec<Value<Span>>,
    store: Vec<u8>,
    pub(super) machine: Machine,
    /// Of each group, how many tasks it was withheld of.
    pub(super) withheld: Vec<(Group, u64)>,
    /// Events and firings that the module lost; none where it does not say.
    pub(super) lost: Option<u64>,
}

/// What is known of a task, whatever the columns are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) pid: u32,
    /// Its parent's id, or its process's where it is a thread.
    pub(super) above: u32,
    pub(super) start: u64,
    pub(super) uid: Option<u32>,
    pub(super) state: State,
    pub(super) threads: u64,
    pub(super) comm: Span,
    pub(super) cgroup: Option<u64>,
    /// Thousandths of one processor.
    pub(super) cpu: u64,
    pub(super) rss: u64,
}

impl Snapshot {
    /// Asks for all tasks that match the request.
    pub(super) fn take(
        client: &mut AnyClient,
        request: &TaskGetDump<'_>,
        columns: &[&Column],
        rates: &mut Rates,
    ) -> Result<Self, Failure> {
        let mut snapshot = Self {
            machine: Machine::now(),
            ..Self::default()
        };
        rates.begin(since_boot());
        let mut tasks = client.dump(request)?.on_interrupt(OnInterrupt::Ignore);
        tasks.try_for_each(|task| {
            snapshot.add(task, columns, rates);
            Ok::<_, Failure>(())
        })?;
        drop(tasks);
        // A module that is older than this program counts nothing.
        let stats = client.call(&StatsGetRequest::new()).ok();
        snapshot.lost =
            stats.and_then(|stats| Some(stats.events_lost? + stats.fired_lost.unwrap_or(0)));
        Ok(snapshot)
    }

    /// Adds a task.
    pub(super) fn add(&mut self, task: &Task<'_>, columns: &[&Column], rates: &mut Rates) {
        let pid = task.pid.unwrap_or(0);
        let row = Row {
            task,
            rate: rates.rate(task),
            memory: self.machine.memory,
        };
        for column in columns {
            self.values.push(column.value(&row).keep(&mut self.store));
        }
        let comm = task.comm.unwrap_or_default().as_bytes();
        let span = (short(self.store.len()), short(comm.len()));
        self.store.extend_from_slice(comm);
        let is_thread = task.tgid.is_some_and(|tgid| tgid != pid);
        self.tasks.push(Entry {
            pid,
            above: if is_thread { task.tgid } else { task.ppid }.unwrap_or(0),
            start: task.start_time.unwrap_or(0),
            uid: task.cred.and_then(|cred| cred.euid),
            state: task.state.unwrap_or_default(),
            threads: task.nthreads.unwrap_or(1).into(),
            comm: span,
            cgroup: task.cgroup.and_then(|cgroup| cgroup.id),
            cpu: row.rate.cpu.unwrap_or(0),
            rss: task.mm.and_then(|mm| mm.rss).unwrap_or(0),
        });
        for group in task.omitted.unwrap_or_default().iter() {
            match self.withheld.iter_mut().find(|(known, _)| *known == group) {
                Some((_, tasks)) => *tasks += 1,
                None => self.withheld.push((group, 1)),
            }
        }
    }

    /// The values of a task, of so many columns as there are.
    pub(super) fn values(&self, task: usize, columns: usize) -> impl Iterator<Item = Value<&[u8]>> {
        let values = self.values.get(task * columns..).unwrap_or_default();
        let values = values.iter().take(columns);
        values.map(|value| value.map(|span| at(&self.store, span)))
    }

    pub(super) fn comm(&self, entry: &Entry) -> &[u8] {
        at(&self.store, entry.comm)
    }
}
