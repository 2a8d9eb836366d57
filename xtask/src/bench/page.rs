// SPDX-License-Identifier: MIT OR Apache-2.0

//! The figures as a table in Markdown, and as a page with a chart for each task.

use std::fmt::Write;

use super::chart::{Bar, chart, html};
use super::contenders::Contenders;
use super::figures::{Cell, Figures, Row, TASKS};

/// Microseconds, with as many digits as mean something.
fn micros(cell: &Cell) -> String {
    let micros = cell.cpu / 1000.0;
    match micros < 100.0 {
        true => format!("{micros:.2}"),
        false => format!("{micros:.0}"),
    }
}

fn cells(row: &Row) -> impl Iterator<Item = String> {
    row.cells.iter().map(|cell| match cell {
        Some(cell) => format!("{} ({:.2})", micros(cell), cell.ratio),
        None => "–".to_owned(),
    })
}

/// Allocations of a round trip.
fn allocations(row: &Row) -> String {
    match row.cells.first() {
        Some(Some(Cell {
            allocations: Some(count),
            ..
        })) => format!("{count:.0}"),
        _ => "–".to_owned(),
    }
}

/// A row for each contender, and who is missing.
pub(crate) fn table(figures: &Figures, contenders: &Contenders) -> String {
    let mut text = String::from("| |");
    for (_, task) in TASKS {
        text += &format!(" {task} |");
    }
    text += " allocations a round trip | program, KiB |\n|---|";
    text += &"---|".repeat(TASKS.len() + 2);
    text.push('\n');
    for row in &figures.0 {
        let cells: Vec<_> = cells(row).collect();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            row.name,
            cells.join(" | "),
            allocations(row),
            row.size / 1024
        );
    }
    for (name, why) in &contenders.missing {
        let _ = writeln!(text, "\n{name} is missing: {why}");
    }
    text
}

/// The page: a bar for each contender in each task, as a multiple of the floor's.
pub(crate) fn page(figures: &Figures, rounds: u32) -> String {
    let charts = TASKS.iter().enumerate().map(|(number, (_, task))| {
        let all = figures.0.iter().filter_map(|row| {
            let cell = row.cells.get(number)?.as_ref()?;
            let label = format!("{:.2} ({} µs)", cell.ratio, micros(cell));
            Some(Bar {
                name: row.name,
                length: cell.ratio,
                label,
            })
        });
        chart(task, &all.collect::<Vec<_>>())
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
