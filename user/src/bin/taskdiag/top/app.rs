// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state of the screen: what is shown, in which order, what is selected.

use super::cgroups::{Cgroup, Paths, cgroups};
use super::snapshot::{Entry, Snapshot};
use crate::columns::value::Names;
use crate::columns::{self, Column};
use genlkit::generated::taskdiag::Group;
use genlkit::taskdiag::tree;
use std::time::Duration;

/// What the lines of the list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Tasks,
    Tree,
    Cgroups,
}

/// What stands before the list, and where keys go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    None,
    Help,
    /// The filter is being typed.
    Filter,
    /// All about one task, from a line on.
    Details {
        lines: Vec<String>,
        top: usize,
    },
}

/// The state of the screen.
#[derive(Debug)]
pub(super) struct App {
    pub(super) columns: Vec<&'static Column>,
    pub(super) snapshot: Snapshot,
    pub(super) paths: Paths,
    pub(super) names: Names,
    pub(super) mode: Mode,
    pub(super) overlay: Overlay,
    /// By which column the list is sorted.
    pub(super) sort: &'static str,
    pub(super) descending: bool,
    /// What the lines must contain.
    pub(super) filter: String,
    /// The cgroup that the list is of; all where none.
    pub(super) cgroup: Option<u64>,
    pub(super) threads: bool,
    pub(super) kernel_threads: bool,
    pub(super) paused: bool,
    pub(super) interval: Duration,
    /// The task that is selected, by pid and start time, or the cgroup.
    pub(super) selected: Option<(u64, u64)>,
    /// The first line of the list that is on the screen.
    pub(super) offset: usize,
    /// The lines, as of the snapshot.
    pub(super) lines: Vec<Line>,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// A task of the snapshot, and the branches that lead to it.
    Task {
        index: usize,
        branches: String,
    },
    Cgroup(Cgroup),
}

/// The columns of the list, and of a terminal that is wide or whose user asked for it.
pub(super) const DEFAULT: &[&str] = &[
    "pid", "user", "state", "threads", "%cpu", "%mem", "rss", "time", "comm",
];

impl App {
    pub(super) fn new(columns: Vec<&'static Column>, interval: Duration) -> Self {
        Self {
            columns,
            snapshot: Snapshot::default(),
            paths: Paths::default(),
            names: Names::new(),
            mode: Mode::Tasks,
            overlay: Overlay::None,
            sort: "%cpu",
            descending: true,
            filter: String::new(),
            cgroup: None,
            threads: false,
            kernel_threads: true,
            paused: false,
            interval,
            selected: None,
            offset: 0,
            lines: Vec::new(),
        }
    }

    /// What the kernel has to be asked for.
    pub(super) fn groups(&self) -> Group {
        let shown = self.columns.iter().map(|column| column.group);
        // What the head and the cgroups count.
        let always = Group::BASE | Group::CRED | Group::CPU | Group::MM | Group::CGROUP;
        shown.fold(always, |all, group| all | group)
    }

    /// Shows another snapshot.
    pub(super) fn show(&mut self, snapshot: Snapshot) {
        self.snapshot = snapshot;
        self.arrange();
    }

    /// Puts the lines in order anew.
    pub(super) fn arrange(&mut self) {
        self.lines = match self.mode {
            Mode::Cgroups => {
                let mut found = cgroups(&self.snapshot);
                match self.sort {
                    "rss" | "%mem" => found.sort_by_key(|cgroup| cgroup.rss),
                    "threads" => found.sort_by_key(|cgroup| cgroup.tasks),
                    "%cpu" | "time" => found.sort_by_key(|cgroup| (cgroup.cpu, cgroup.rss)),
                    _ => found.sort_by_cached_key(|cgroup| self.paths.name(cgroup.id)),
                }
                if self.descending {
                    found.reverse();
                }
                let words = self.filter.to_lowercase();
                found.retain(|cgroup| self.paths.name(cgroup.id).to_lowercase().contains(&words));
                found.into_iter().map(Line::Cgroup).collect()
            }
            Mode::Tasks => {
                let order = self.order().into_iter();
                order
                    .map(|index| Line::Task {
                        index,
                        branches: String::new(),
                    })
                    .collect()
            }
            Mode::Tree => self.branches(),
        };
        if self.selected.is_some() && self.position().is_none() {
            self.selected = None;
        }
    }

    /// The tasks that match, in order.
    fn order(&mut self) -> Vec<usize> {
        let words = self.filter.to_lowercase();
        let mut order: Vec<usize> = Vec::new();
        for (index, entry) in self.snapshot.tasks.iter().enumerate() {
            let user = entry.uid.map_or("", |uid| self.names.users.name(uid));
            if matches(&self.snapshot, entry, user, &words)
                && (self.cgroup.is_none() || self.cgroup == entry.cgroup)
            {
                order.push(index);
            }
        }
        let width = self.columns.len();
        let Some(column) = self
            .columns
            .iter()
            .position(|column| column.name == self.sort)
        else {
            return order;
        };
        let value = |task| self.snapshot.values(task, width).nth(column);
        order.sort_by(|&one, &two| {
            let order = match (value(one), value(two)) {
                (Some(one), Some(two)) => one.compare(&two),
                _ => std::cmp::Ordering::Equal,
            };
            if self.descending {
                order.reverse()
            } else {
                order
            }
        });
        order
    }

    fn branches(&mut self) -> Vec<Line> {
        let order = self.order();
        let tasks = &self.snapshot.tasks;
        let pairs: Vec<_> = order
            .iter()
            .map(|&index| {
                tasks
                    .get(index)
                    .map_or((0, 0), |task| (task.pid, task.above))
            })
            .collect();
        let mut drawn = genlkit::taskdiag::Lines::default();
        let branches = tree(&pairs).into_iter().filter_map(|branch| {
            let mut branches = String::new();
            drawn.next(&branch, &mut |line| branches.push_str(line));
            let index = *order.get(branch.index)?;
            Some(Line::Task { index, branches })
        });
        branches.collect()
    }

    /// What a line is, whatever its place.
    pub(super) fn identity(&self, line: &Line) -> (u64, u64) {
        match line {
            Line::Task { index, .. } => {
                let entry = self.snapshot.tasks.get(*index);
                entry.map_or((0, 0), |entry| (entry.pid.into(), entry.start))
            }
            Line::Cgroup(cgroup) => (cgroup.id.unwrap_or(0), 0),
        }
    }

    /// Which line is selected.
    pub(super) fn position(&self) -> Option<usize> {
        let selected = self.selected?;
        self.lines
            .iter()
            .position(|line| self.identity(line) == selected)
    }

    /// Moves the selection by so many lines; the first move selects the first line on the screen.
    pub(super) fn move_by(&mut self, lines: isize) {
        let to = match self.position() {
            Some(at) => at.saturating_add_signed(lines),
            None => self.offset,
        };
        self.select(to);
    }

    /// Selects a line, or the last one.
    pub(super) fn select(&mut self, to: usize) {
        let to = to.min(self.lines.len().saturating_sub(1));
        self.selected = self.lines.get(to).map(|line| self.identity(line));
    }

    /// Scrolls so that what is selected is on a screen of so many lines.
    pub(super) fn scroll(&mut self, height: usize) {
        let last = self.lines.len().saturating_sub(height);
        if let Some(at) = self.position() {
            let first = (at + 1).saturating_sub(height);
            self.offset = self.offset.clamp(first.min(at), at);
        }
        self.offset = self.offset.min(last);
    }

    /// Sorts by the next column, or the one before.
    pub(super) fn sort_next(&mut self, step: isize) {
        let count = self.columns.len().max(1);
        let at = self
            .columns
            .iter()
            .position(|column| column.name == self.sort);
        let next = (at.unwrap_or(0) + count).saturating_add_signed(step) % count;
        if let Some(column) = self.columns.get(next) {
            self.sort_by(column.name);
        }
    }

    /// Sorts by a column, the largest numbers or the first words first.
    pub(super) fn sort_by(&mut self, name: &'static str) {
        self.sort = name;
        self.descending = !matches!(name, "pid" | "user" | "comm" | "cmdline" | "state");
        self.arrange();
    }

    /// Shows columns, or hides them if they are shown.
    pub(super) fn toggle_columns(&mut self, names: &[&str]) {
        let shown = |column: &&Column| names.contains(&column.name);
        if self.columns.iter().any(shown) {
            self.columns.retain(|column| !shown(column));
        } else {
            let at = self.columns.len().saturating_sub(1);
            let new = names.iter().filter_map(|name| columns::find(name));
            self.columns.splice(at..at, new);
        }
    }

    /// Shows the command line in place of the name, or the other way round.
    pub(super) fn toggle_cmdline(&mut self) {
        for column in &mut self.columns {
            let other = match column.name {
                "comm" => "cmdline",
                "cmdline" => "comm",
                _ => continue,
            };
            *column = columns::find(other).unwrap_or(column);
        }
    }
}

/// Whether a task's name, user or id contains what was typed.
fn matches(snapshot: &Snapshot, entry: &Entry, user: &str, words: &str) -> bool {
    words.is_empty()
        || String::from_utf8_lossy(snapshot.comm(entry))
            .to_lowercase()
            .contains(words)
        || user == words
        || entry.pid.to_string() == words
}
