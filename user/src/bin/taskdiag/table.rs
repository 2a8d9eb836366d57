// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists of tasks: as they come, sorted, as a tree; in columns, or as JSON.

use crate::columns::value::{Names, Span, Value, at, short};
use crate::columns::{Column, Row, SortKey};
use crate::output::{Failure, Output};
use genlkit::generated::taskdiag::{Group, Task};
use genlkit::taskdiag::{Lines, tree};
use std::cmp::Ordering;

/// How a list of tasks looks.
#[derive(Debug)]
pub(crate) struct Layout {
    /// What a line shows; a JSON object where none.
    pub(crate) columns: Option<Vec<&'static Column>>,
    pub(crate) sort: Vec<SortKey>,
    pub(crate) tree: bool,
    pub(crate) heading: bool,
}

/// A list of tasks under construction.
pub(crate) struct Table<'l> {
    layout: &'l Layout,
    names: Names,
    output: Output,
    /// The lines that are printed later, one after another, and text to sort by.
    store: Vec<u8>,
    lines: Vec<Line>,
    /// What to sort by, so many of each line as the layout has.
    keys: Vec<Value<Span>>,
    /// How many tasks were added.
    tasks: u64,
    /// Of each group, how many tasks it was withheld of.
    withheld: Vec<(Group, u64)>,
}

/// A line that is printed later.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// The task's id and its parent's, or its process's where it is a thread.
    task: (u32, u32),
    span: Span,
    /// How many bytes of it stand before what a tree's branches are drawn at.
    before: u32,
}

impl<'l> Table<'l> {
    pub(crate) fn new(layout: &'l Layout, output: Output) -> Self {
        Self {
            layout,
            names: Names::new(),
            output,
            store: Vec::new(),
            lines: Vec::new(),
            keys: Vec::new(),
            tasks: 0,
            withheld: Vec::new(),
        }
    }

    /// Begins: the heading, or JSON's bracket.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        match &self.layout.columns {
            Some(columns) if self.layout.heading => {
                let mut heading = String::new();
                for (column, is_last) in lasts(columns) {
                    heading.push_str(&column.heading(is_last));
                }
                self.output.heading(&heading)
            }
            Some(_) => Ok(()),
            None => self.output.text("["),
        }
    }

    /// Adds a task: prints it where nothing has to be waited for.
    pub(crate) fn add(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        if let Some(omitted) = row.task.omitted {
            self.count(omitted);
        }
        self.tasks += 1;
        let Layout { sort, tree, .. } = self.layout;
        if sort.is_empty() && !tree {
            if self.layout.columns.is_none() {
                self.output
                    .text(if self.tasks == 1 { "\n" } else { ",\n" })?;
            }
            print(self.layout, row, &mut self.names, self.output.buffer())?;
            return self.output.part();
        }
        for key in sort {
            self.keys.push(key.column.value(row).keep(&mut self.store));
        }
        let start = self.store.len();
        let before = print(self.layout, row, &mut self.names, &mut self.store)?;
        self.lines.push(Line {
            task: place(row.task),
            span: (short(start), short(self.store.len() - start)),
            before: short(before),
        });
        Ok(())
    }

    #[cold]
    fn count(&mut self, omitted: Group) {
        for group in omitted.iter() {
            match self.withheld.iter_mut().find(|(known, _)| *known == group) {
                Some((_, tasks)) => *tasks += 1,
                None => self.withheld.push((group, 1)),
            }
        }
    }

    /// Prints what was waited for, and ends; returns the groups that were withheld, and of how
    /// many tasks.
    pub(crate) fn end(mut self) -> Result<(Output, Vec<(Group, u64)>), Failure> {
        let sorted = !self.layout.sort.is_empty() || self.layout.tree;
        if sorted {
            self.print_sorted()?;
        }
        if self.layout.columns.is_none() {
            // Whole even where the dump was cut short, which the exit status tells.
            self.output
                .text(if self.tasks == 0 { "]\n" } else { "\n]\n" })?;
        }
        self.output.flush()?;
        Ok((self.output, self.withheld))
    }

    fn print_sorted(&mut self) -> Result<(), Failure> {
        let width = self.layout.sort.len();
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        let keys = |line: usize| self.keys.get(line * width..).unwrap_or_default();
        order.sort_by(|&one, &two| {
            let pairs = keys(one).iter().zip(keys(two));
            let mut orders = self.layout.sort.iter().zip(pairs).map(|(key, (one, two))| {
                let one = one.map(|span| at(&self.store, span));
                let order = one.compare(&two.map(|span| at(&self.store, span)));
                if key.descending {
                    order.reverse()
                } else {
                    order
                }
            });
            orders
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        let lines: Vec<Line> = order
            .iter()
            .filter_map(|&line| self.lines.get(line).copied())
            .collect();
        if self.layout.tree {
            return self.print_tree(&lines);
        }
        let mut separator = "\n";
        for line in &lines {
            if self.layout.columns.is_none() {
                self.output.text(std::mem::replace(&mut separator, ",\n"))?;
            }
            self.output
                .buffer()
                .extend_from_slice(at(&self.store, line.span));
            self.output.part()?;
        }
        Ok(())
    }

    fn print_tree(&mut self, lines: &[Line]) -> Result<(), Failure> {
        let tasks: Vec<_> = lines.iter().map(|line| line.task).collect();
        let mut branches = Lines::default();
        for branch in tree(&tasks) {
            let Some(line) = lines.get(branch.index) else {
                continue;
            };
            let text = at(&self.store, line.span);
            let (before, after) = text.split_at(text.len().min(line.before as usize));
            let buffer = self.output.buffer();
            buffer.extend_from_slice(before);
            branches.next(&branch, &mut |drawn| {
                buffer.extend_from_slice(drawn.as_bytes())
            });
            buffer.extend_from_slice(after);
            self.output.part()?;
        }
        Ok(())
    }
}

/// Prints a task; returns how much stands before what a tree's branches are drawn at.
fn print(
    layout: &Layout,
    row: &Row<'_>,
    names: &mut Names,
    out: &mut Vec<u8>,
) -> Result<usize, Failure> {
    let Some(columns) = &layout.columns else {
        genlkit::json::write(out, row.task)?;
        return Ok(0);
    };
    let start = out.len();
    let mut before = 0;
    for (column, is_last) in lasts(columns) {
        if column.is_command() {
            before = out.len() - start;
        }
        column.print(&column.value(row), names, is_last, out);
        out.push(if is_last { b'\n' } else { b' ' });
    }
    Ok(before)
}

/// The columns, and whether each is the last.
fn lasts<'c>(columns: &'c [&'static Column]) -> impl Iterator<Item = (&'static Column, bool)> + 'c {
    let last = columns.len().saturating_sub(1);
    (0..)
        .zip(columns)
        .map(move |(index, column)| (*column, index == last))
}

/// A task's id, and that of what it stands below in a tree.
fn place(task: &Task<'_>) -> (u32, u32) {
    let pid = task.pid.unwrap_or(0);
    match task.tgid {
        Some(tgid) if tgid != pid => (pid, tgid),
        _ => (pid, task.ppid.unwrap_or(0)),
    }
}
