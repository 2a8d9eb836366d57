// SPDX-License-Identifier: MIT OR Apache-2.0

//! The figures as a table in Markdown, and as a page with a chart for each task.

use std::fmt::Write;

use super::chart::{Bar, chart, html};
use super::contenders::Contenders;
use super::figures::{Cell, Figures, Row};
use super::tasks::Task;
use super::tools::{BY_HAND, GENLKIT};

/// What stands where a contender does not do a task, or nobody counted.
const NONE: &str = "–";

/// Microseconds, with as many digits as mean something.
fn micros(cell: &Cell) -> String {
    let micros = cell.cpu / 1000.0;
    match micros < 100.0 {
        true => format!("{micros:.2}"),
        false => format!("{micros:.0}"),
    }
}

/// Processor time of each task, allocations of each, and who is missing.
pub(crate) fn table(figures: &Figures, contenders: &Contenders) -> String {
    let heads = figures.tasks.iter().map(|task| task.title());
    let time = |row: &Row| {
        let cells = row.cells.iter().map(|cell| match cell {
            Some(cell) => format!("{} ({:.2})", micros(cell), cell.ratio),
            None => NONE.to_owned(),
        });
        cells.collect()
    };
    let mut text = rows("µs of processor time", heads, figures, time);
    text.push('\n');
    // Of a program that starts nobody counts.
    let counted = |task: &&Task| **task != Task::Start;
    let heads = figures.tasks.iter().filter(counted);
    let heads = heads.map(|task| task.title()).chain(["program, KiB"]);
    let memory = |row: &Row| {
        let cells = figures.tasks.iter().zip(&row.cells);
        let cells = cells.filter(|(task, _)| counted(task));
        let counts = cells.map(|(_, cell)| cell.and_then(|cell| cell.allocations));
        let counts = counts.map(|count| count.map(|count| format!("{count:.0}")));
        let size = row.size.map(|size| (size / 1024).to_string());
        let known = counts.chain([size]);
        known
            .map(|text| text.unwrap_or_else(|| NONE.to_owned()))
            .collect()
    };
    text += &rows("allocations", heads, figures, memory);
    if let Some(times) = tool_by_hand(figures) {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "\n{GENLKIT} takes {times:.2} times what {BY_HAND} takes."
        );
    }
    for (name, why) in &contenders.missing {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n{name} is missing: {why}");
    }
    text
}

/// What the tool takes to start, beside the program by hand that prints the same.
fn tool_by_hand(figures: &Figures) -> Option<f64> {
    let start = figures.tasks.iter().position(|task| *task == Task::Start)?;
    let of = |name| {
        let row = figures.rows.iter().find(|row| row.name == name)?;
        row.cells.get(start)?.map(|cell| cell.cpu)
    };
    Some(of(GENLKIT)? / of(BY_HAND)?)
}

/// A table with a row for each contender.
fn rows<'h>(
    what: &str,
    heads: impl Iterator<Item = &'h str>,
    figures: &Figures,
    cells: impl Fn(&Row) -> Vec<String>,
) -> String {
    let heads: Vec<_> = heads.collect();
    let rule = "---|".repeat(heads.len());
    let mut text = format!("| {what} | {} |\n|---|{rule}\n", heads.join(" | "));
    for row in &figures.rows {
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {} | {} |", row.name, cells(row).join(" | "));
    }
    text
}

/// The page: a bar for each contender in each task, as a multiple of the floor's.
pub(crate) fn page(figures: &Figures, rounds: u32) -> String {
    let charts = figures.tasks.iter().enumerate().map(|(number, task)| {
        let all = figures.rows.iter().filter_map(|row| {
            let cell = row.cells.get(number)?.as_ref()?;
            let label = format!("{:.2} ({} µs)", cell.ratio, micros(cell));
            Some(Bar {
                name: row.name,
                length: cell.ratio,
                label,
            })
        });
        chart(task.title(), &all.collect::<Vec<_>>())
    });
    html(
        "genlkit: clients in turns",
        &format!(
            "Processor time of user and kernel as a multiple of the floor's, a loop by hand in C; \
             {rounds} rounds, of each contender's turns the lowest tenth."
        ),
        &charts.collect::<String>(),
    )
}
