// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tables of what things cost, as Markdown, with bars that nothing may be above.

use std::fmt::{self, Display};

/// What was measured together.
#[derive(Debug)]
pub(crate) struct Table {
    /// What all figures are, in a line: `instructions a task`.
    pub(crate) unit: &'static str,
    /// What was done; a sentence or a few.
    pub(crate) text: String,
    /// What the columns are.
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// A figure for each column, if there is one.
    pub(crate) cells: Vec<Option<f64>>,
    /// The column that has a bar, and what may not be exceeded in it.
    pub(crate) bar: Option<(usize, f64)>,
}

impl Row {
    /// A line that has no bar.
    pub(crate) fn new(
        name: impl Into<String>,
        cells: impl IntoIterator<Item = Option<f64>>,
    ) -> Self {
        Self {
            name: name.into(),
            cells: cells.into_iter().collect(),
            bar: None,
        }
    }

    /// By how much it is above its bar, and what that is.
    fn above(&self) -> Option<(f64, f64)> {
        let (column, bar) = self.bar?;
        let cost = (*self.cells.get(column)?)?;
        (cost > bar).then_some((cost, bar))
    }
}

impl Table {
    /// A line for each row that is above its bar.
    pub(crate) fn above(&self) -> impl Iterator<Item = String> {
        self.rows.iter().filter_map(|row| {
            let (cost, bar) = row.above()?;
            let (cost, bar) = (shown(cost), shown(bar));
            Some(format!("{}: {cost} is above the bar, {bar}", row.name))
        })
    }
}

/// With a decimal only where it says something.
fn shown(figure: f64) -> String {
    if figure < 10.0 && figure.fract() != 0.0 {
        format!("{figure:.2}")
    } else {
        format!("{figure:.0}")
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} | {} |", self.unit, self.heads.join(" | "))?;
        writeln!(f, "|---|{}", "---:|".repeat(self.heads.len()))?;
        for row in &self.rows {
            let cells = row.cells.iter().map(|cell| match cell {
                Some(figure) => shown(*figure),
                None => "–".into(),
            });
            writeln!(
                f,
                "| {} | {} |",
                row.name,
                cells.collect::<Vec<_>>().join(" | ")
            )?;
        }
        writeln!(f, "\n{}", self.text)
    }
}
