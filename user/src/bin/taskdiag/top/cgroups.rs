// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tasks summed up by their cgroups.

use super::snapshot::Snapshot;
use crate::AnyClient;
use genlkit::generated::taskdiag::{Group, TaskGetRequest};
use std::collections::HashMap;

/// What the tasks of a cgroup use together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cgroup {
    /// Its number; none for tasks without one.
    pub(super) id: Option<u64>,
    pub(super) tasks: u64,
    /// Thousandths of one processor.
    pub(super) cpu: u64,
    /// Bytes of resident memory; shared memory counts with each task that has it.
    pub(super) rss: u64,
}

/// The cgroups that have tasks, in no order.
pub(super) fn cgroups(snapshot: &Snapshot) -> Vec<Cgroup> {
    let mut found: HashMap<Option<u64>, Cgroup> = HashMap::new();
    for entry in &snapshot.tasks {
        let id = entry.cgroup;
        let cgroup = found.entry(id).or_insert(Cgroup {
            id,
            ..Cgroup::default()
        });
        cgroup.tasks += 1;
        cgroup.cpu += entry.cpu;
        cgroup.rss += entry.rss;
    }
    found.into_values().collect()
}

/// Paths of cgroups that were asked for already.
#[derive(Debug, Default)]
pub(super) struct Paths(HashMap<u64, String>);

impl Paths {
    /// Asks for the paths that are not known yet: dumps have the numbers alone.
    pub(super) fn learn(&mut self, client: &mut AnyClient, snapshot: &Snapshot) {
        for entry in &snapshot.tasks {
            let Some(id) = entry.cgroup.filter(|id| !self.0.contains_key(id)) else {
                continue;
            };
            let request = TaskGetRequest::new().pid(entry.pid).groups(Group::CGROUP);
            // A task that is gone by now leaves it to the next of its cgroup.
            if let Ok(task) = client.call(&request)
                && let Some(cgroup) = task.cgroup.filter(|cgroup| cgroup.id == Some(id))
                && let Some(path) = cgroup.path
            {
                self.put(id, path.to_string());
            }
        }
    }

    pub(super) fn put(&mut self, id: u64, path: String) {
        self.0.insert(id, path);
    }

    /// What to call a cgroup: its path, else its number.
    pub(super) fn name(&self, id: Option<u64>) -> String {
        match id {
            None => "-".to_owned(),
            Some(id) => match self.0.get(&id) {
                Some(path) => path.clone(),
                None => format!("cgroup {id}"),
            },
        }
    }
}
