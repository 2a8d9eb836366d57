// SPDX-License-Identifier: MIT OR Apache-2.0

//! The table that a program in the guest prints, as a page with a chart for each of its columns.

use super::chart::{Bar, chart, html};

/// The cells of a row of a Markdown table; none for any other line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

/// A page of what the guest said; what is no table does not count.
pub(crate) fn page(said: &str) -> String {
    let rows: Vec<_> = said.lines().filter_map(cells).collect();
    let (heads, rows) = rows
        .split_first()
        .map_or((&[][..], &[][..]), |(head, rows)| (&head[..], rows));
    let charts = heads.iter().enumerate().skip(1).map(|(column, head)| {
        let bars = rows.iter().filter_map(|row| {
            let cell = row.get(column)?;
            let (name, length) = (row.first()?, cell.parse().ok()?);
            Some(Bar {
                name,
                length,
                label: (*cell).to_owned(),
            })
        });
        chart(&format!("{head} processes"), &bars.collect::<Vec<_>>())
    });
    let text = "Guest instructions a task, of the kernel and the reader together, counted under QEMU's -icount.";
    html(
        "genlkit: what it costs to learn of every task",
        text,
        &charts.collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_of_the_table_is_a_chart_of_its_numbers() {
        let page = page(
            "| a task | 100 | 1000 |\n|---|---:|---:|\n| taskdiag: pid | 41 | – |\n| other | 7 | 8 |\n\nmore\n",
        );
        assert!(
            page.contains("<h2>100 processes</h2>") && page.contains("<h2>1000 processes</h2>")
        );
        assert_eq!(page.matches("<rect").count(), 3, "{page}");
        assert!(page.contains(">41</text>"), "{page}");
    }
}
