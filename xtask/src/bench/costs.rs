// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tables that a program in the guest prints, as a page with a chart for each of their columns.

use super::chart::{Bar, chart, html};

/// The cells of a row of a Markdown table; none for any other line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

/// Charts of one table, whose first row are its heads.
fn charts(rows: &[Vec<&str>]) -> String {
    let Some((heads, rows)) = rows.split_first() else {
        return String::new();
    };
    let unit = heads.first().copied().unwrap_or_default();
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
        chart(&format!("{unit}: {head}"), &bars.collect::<Vec<_>>())
    });
    charts.collect()
}

/// A page of what the guest said: charts of each table, and the text below it.
pub(crate) fn page(said: &str) -> String {
    let mut body = String::new();
    let mut rows = Vec::new();
    for line in said.lines() {
        match cells(line) {
            Some(cells) => rows.push(cells),
            None => {
                body += &charts(&rows);
                rows.clear();
                if !line.is_empty() {
                    body += &format!("<p>{}</p>\n", escaped(line));
                }
            }
        }
    }
    body += &charts(&rows);
    let text = "Guest instructions, of the kernel and user space together, counted under QEMU's -icount, if not \
                said otherwise.";
    html("genlkit: what taskdiag costs", text, &body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_of_each_table_is_a_chart_of_its_numbers() {
        let page = page(
            "| a task | 100 | 1000 |\n|---|---:|---:|\n| taskdiag: pid | 41 | – |\n| other | 7 | 8 |\n\n\
             of <all>\n\n| a fork | 1 |\n|---|---:|\n| taskdiag | 2.5 |\n",
        );
        for head in ["a task: 100", "a task: 1000", "a fork: 1"] {
            assert!(page.contains(&format!("<h2>{head}</h2>")), "{page}");
        }
        assert_eq!(page.matches("<rect").count(), 4, "{page}");
        assert!(
            page.contains(">2.5</text>") && page.contains("<p>of &lt;all></p>"),
            "{page}"
        );
    }
}
