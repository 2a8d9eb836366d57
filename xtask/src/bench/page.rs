// SPDX-License-Identifier: MIT OR Apache-2.0

//! The figures as a table in Markdown, and as a page with a chart for each task.

use std::fmt::Write;

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
    let mut body = String::new();
    for (number, (_, task)) in TASKS.iter().enumerate() {
        let all = figures.0.iter().filter_map(|row| {
            let cell = row.cells.get(number)?.as_ref()?;
            Some((row.name, cell))
        });
        body += &chart(task, &all.collect::<Vec<_>>());
    }
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>genlkit: clients in turns</title>\n\
         <style>body{{font:16px sans-serif;max-width:50em;margin:2em auto}}text{{font:13px sans-serif}}\
         rect{{fill:#9ab}}.ours{{fill:#286}}</style>\n\
         <h1>Clients in turns</h1>\n<p>Processor time of user and kernel as a multiple of the floor's, a \
         loop by hand in C; {rounds} rounds, of each contender's turns the lowest tenth.</p>\n{body}"
    )
}

fn chart(task: &str, bars: &[(&str, &Cell)]) -> String {
    const HEIGHT: usize = 22;
    let most = bars.iter().map(|(_, cell)| cell.ratio).fold(1.0, f64::max);
    let mut chart = format!(
        "<h2>{task}</h2>\n<svg width=\"100%\" viewBox=\"0 0 760 {}\" role=\"img\">\n",
        bars.len() * HEIGHT
    );
    for (place, (name, cell)) in bars.iter().enumerate() {
        let (top, long) = (place * HEIGHT, cell.ratio / most * 460.0);
        let class = match name.starts_with("genlkit") {
            true => " class=\"ours\"",
            false => "",
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            chart,
            "<text x=\"0\" y=\"{}\">{name}</text><rect{class} x=\"150\" y=\"{}\" width=\"{long:.1}\" \
             height=\"16\"/><text x=\"{:.1}\" y=\"{}\">{:.2} ({} µs)</text>",
            top + 15,
            top + 3,
            155.0 + long,
            top + 15,
            cell.ratio,
            micros(cell)
        );
    }
    chart + "</svg>\n"
}
