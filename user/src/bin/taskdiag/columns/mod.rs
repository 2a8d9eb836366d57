// SPDX-License-Identifier: MIT OR Apache-2.0
//! The columns of tables of tasks: what each shows, of which group, how wide.

mod all;
pub(crate) mod print;
mod sort;
pub(crate) mod value;

pub(crate) use all::COLUMNS;
pub(crate) use sort::{SortKey, sort_key};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use genlkit::generated::taskdiag::{Group, Task};
use genlkit::taskdiag::Rate;
use print::{Align, Cell};
use std::fmt::Write as _;
use value::{Names, Value};

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) width: usize,
    pub(crate) align: Align,
    /// What the kernel has to be asked for.
    pub(crate) group: Group,
    value: for<'r> fn(&Row<'r>) -> Value<&'r [u8]>,
}

/// A task, and what is known of it beside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'r> {
    pub(crate) task: &'r Task<'r>,
    /// What it used a second, lately or in its whole life.
    pub(crate) rate: Rate,
    /// The bytes of memory that there are.
    pub(crate) memory: u64,
}

impl Column {
    /// The value of a task.
    pub(crate) fn value<'r>(&self, row: &Row<'r>) -> Value<&'r [u8]> {
        match (self.value)(row) {
            Value::Absent => {
                let omitted = row.task.omitted.unwrap_or_default();
                match omitted.intersects(self.group) {
                    true => Value::Withheld,
                    false => Value::Absent,
                }
            }
            value => value,
        }
    }

    /// Prints a value at its place in a line; the last of a line is not filled up.
    pub(crate) fn print(
        &self,
        value: &Value<&[u8]>,
        names: &mut Names,
        is_last: bool,
        out: &mut Vec<u8>,
    ) {
        let mut cell = Cell::new(out);
        value.print(&mut cell, names);
        if !is_last || self.align == Align::Right {
            cell.pad(self.width, self.align);
        }
    }

    /// Its title at its place in a heading, with what separates it from the next.
    pub(crate) fn heading(&self, is_last: bool) -> String {
        let Self { title, width, .. } = *self;
        match (self.align, is_last) {
            (Align::Right, true) => format!("{title:>width$}"),
            (Align::Right, false) => format!("{title:>width$} "),
            (Align::Left, true) => title.to_owned(),
            (Align::Left, false) => format!("{title:<width$} "),
        }
    }

    /// Whether it tells what a task runs, which is where a tree's branches stand.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self.name, "comm" | "cmdline")
    }
}

/// The column of a name.
pub(crate) fn find(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}

/// What `--help` says of the columns, after an example.
pub(crate) fn help(example: &str) -> String {
    let mut text = format!("{example}\nColumns:\n");
    for Column { name, doc, .. } in COLUMNS {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:<12} {doc}");
    }
    text
}

/// Parses the name of a column.
pub(crate) fn parser() -> impl TypedValueParser<Value = &'static Column> {
    let known = |column: &'static Column| PossibleValue::new(column.name).help(column.doc);
    PossibleValuesParser::new(COLUMNS.iter().map(known))
        .try_map(|name| find(&name).ok_or("no column is called so"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn columns_have_names_of_their_own_and_fit_their_titles() {
        let names: BTreeSet<_> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), COLUMNS.len());
        for column in COLUMNS {
            assert!(column.title.len() <= column.width, "{}", column.name);
        }
    }

    #[test]
    fn what_is_withheld_is_never_a_zero() {
        let mut task = Task::default();
        let io = find("read-bytes").expect("a column");
        let shown = |task: &Task<'_>| {
            let row = Row {
                task,
                rate: Rate::default(),
                memory: 0,
            };
            let mut out = Vec::new();
            io.print(&io.value(&row), &mut Names::new(), false, &mut out);
            String::from_utf8(out).expect("UTF-8").trim().to_owned()
        };
        assert_eq!(shown(&task), "-");
        task.omitted = Some(Group::IO);
        assert_eq!(shown(&task), "?");
    }
}
