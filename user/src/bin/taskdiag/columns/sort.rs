// SPDX-License-Identifier: MIT OR Apache-2.0
//! By which columns rows are sorted.

use super::{Column, find};

/// One column to sort by, and which way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SortKey {
    pub(crate) column: &'static Column,
    /// Whether the largest comes first.
    pub(crate) descending: bool,
}

/// Parses a column's name, with `-` before it for the largest first.
pub(crate) fn sort_key(text: &str) -> Result<SortKey, String> {
    let (name, descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    let column = find(name).ok_or_else(|| {
        "no column is called so; `taskdiag list --help` has their names".to_owned()
    })?;
    Ok(SortKey { column, descending })
}
