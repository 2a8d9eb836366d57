// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values on standard output, and failures with their exit status.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use genlkit::wire::Str;
use genlkit::ynl::client::CallError;
use genlkit::ynl::protocols;
use genlkit::ynl::specs::{Source, SpecError, Specs};
use genlkit::{Error, ErrorKind};
use serde_json::{Map, Value};
use std::fmt::Arguments;
use std::io::{self, BufWriter, StdoutLock, Write};

const HEADING: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// How values are printed.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// One line of JSON.
    Json,
    /// YAML.
    #[default]
    Yaml,
    /// A line for each object, and a column for each name; nests are JSON.
    Table,
}

/// Buffered standard output, without colours where it is not a terminal.
pub(crate) struct Output {
    stream: BufWriter<StdoutLock<'static>>,
    has_colours: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout().lock();
        Self {
            has_colours: AutoStream::choice(&stdout) != ColorChoice::Never,
            stream: BufWriter::with_capacity(1 << 16, stdout),
        }
    }

    /// Prints a value and a line end.
    pub(crate) fn value(&mut self, value: &Value, format: Format) -> Result<(), Failure> {
        match format {
            Format::Json => {
                genlkit::json::write(&mut self.stream, value)?;
                self.stream.write_all(b"\n")?;
            }
            Format::Yaml => {
                let text = serde_saphyr::to_string(value).map_err(io::Error::other)?;
                self.stream.write_all(text.as_bytes())?;
                if !text.ends_with('\n') {
                    self.stream.write_all(b"\n")?;
                }
            }
            Format::Table => self.table(value)?,
        }
        Ok(())
    }

    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.stream, "{line}")?)
    }

    pub(crate) fn heading(&mut self, line: &str) -> Result<(), Failure> {
        let line = self.strong(line);
        self.line(&line)
    }

    /// Text that stands out, where there are colours.
    pub(crate) fn strong(&self, text: &str) -> String {
        match self.has_colours {
            true => format!("{HEADING}{text}{HEADING:#}"),
            false => text.to_owned(),
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.stream.flush()?)
    }

    fn table(&mut self, value: &Value) -> Result<(), Failure> {
        let one = std::slice::from_ref(value);
        let rows: Vec<&Map<String, Value>> = value
            .as_array()
            .map_or(one, Vec::as_slice)
            .iter()
            .filter_map(Value::as_object)
            .collect();
        if rows.is_empty() {
            return match value {
                Value::Null => Ok(()),
                Value::Array(list) if list.is_empty() => Ok(()),
                other => self.line(&cell(other)),
            };
        }
        let mut columns: Vec<&String> = Vec::new();
        let mut widths: Vec<usize> = Vec::new();
        let mut lines: Vec<Vec<String>> = Vec::new();
        for row in rows {
            let mut line = vec!["-".to_owned(); columns.len()];
            for (name, value) in row {
                let column = columns.iter().position(|column| *column == name);
                let column = column.unwrap_or_else(|| {
                    columns.push(name);
                    widths.push(name.chars().count());
                    line.push(String::new());
                    columns.len() - 1
                });
                let cell = cell(value);
                if let (Some(place), Some(width)) = (line.get_mut(column), widths.get_mut(column)) {
                    *width = (*width).max(cell.chars().count());
                    *place = cell;
                }
            }
            lines.push(line);
        }
        let padded = |cells: &[String]| {
            let mut line = String::new();
            for (column, width) in widths.iter().enumerate() {
                let cell = cells.get(column).map_or("-", String::as_str);
                let missing = width.saturating_sub(cell.chars().count());
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', missing + 2));
            }
            line.truncate(line.trim_end().len());
            line
        };
        let names: Vec<String> = columns.iter().map(|name| name.to_uppercase()).collect();
        self.heading(&padded(&names))?;
        for cells in &lines {
            self.line(&padded(cells))?;
        }
        Ok(())
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => Str::until_nul(text.as_bytes()).to_string(),
        Value::Array(list) if list.iter().all(|item| item.is_string() || item.is_number()) => {
            list.iter().map(cell).collect::<Vec<_>>().join(",")
        }
        other => json(other),
    }
}

fn json(value: &Value) -> String {
    let mut text = Vec::new();
    // Nothing can go wrong: maps have keys that are strings, and there is room.
    let _ = genlkit::json::write(&mut text, value);
    String::from_utf8_lossy(&text).into_owned()
}

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    Usage(String),
    Refused(String),
    Environment(String),
    Spec(SpecError),
    Kernel(Error),
    Output(io::Error),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Kernel(error)
    }
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        Self::Spec(error)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Kernel(error) => Self::Kernel(error),
            other => Self::Usage(other.to_string()),
        }
    }
}

impl Failure {
    /// Tells the user, and the exit status: 1 where the kernel refused, 2 where the command is
    /// wrong, 3 where something that is needed is not there.
    pub(crate) fn report(&self) -> u8 {
        let (text, hint, status) = match self {
            // Whoever read has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return 0;
            }
            Self::Output(error) => (format!("cannot write: {error}"), None, 3),
            Self::Usage(text) => (text.clone(), None, 2),
            Self::Refused(text) => (text.clone(), None, 1),
            Self::Environment(text) => (text.clone(), None, 3),
            Self::Spec(error) => (error.to_string(), spec_hint(error), 3),
            Self::Kernel(error) => (
                error.to_string(),
                error.hint().map(str::to_owned),
                status(error.kind()),
            ),
        };
        say(format_args!("{ERROR}error:{ERROR:#} {text}"));
        if let Some(hint) = hint {
            say(format_args!("{HINT}hint:{HINT:#} {hint}"));
        }
        status
    }
}

fn spec_hint(error: &SpecError) -> Option<String> {
    let SpecError::NotFound { family, known } = error else {
        return None;
    };
    if let Some(gone) = protocols::what_became_of(family) {
        return Some(gone);
    }
    let near = known
        .iter()
        .filter(|name| strsim::osa_distance(name, family) <= 2);
    let near: Vec<&str> = near.map(String::as_str).collect();
    let specs = Specs::search();
    let are_all_ours = || {
        let mut all = specs.all().iter();
        all.all(|found| matches!(found.source, Source::Embedded(_)))
    };
    Some(match near.as_slice() {
        [] if are_all_ours() => {
            "the kernel's own specs were not found: set $GENLKIT_SPECS to a kernel tree's Documentation/netlink/specs, or name a file (--spec FILE without a command)"
                .to_owned()
        }
        [] => "`genlkit list` shows the families with specs; a file can be named, too".to_owned(),
        near => format!("is {} meant?", near.join(" or ")),
    })
}

fn status(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Refused | ErrorKind::DumpInterrupted => 1,
        _ => 3,
    }
}

/// Prints a line on standard error, where anybody reads it.
fn say(line: Arguments<'_>) {
    // Where nobody does, there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Prints something beside the output, for people.
pub(crate) fn note(text: &str) {
    say(format_args!("{HINT}note:{HINT:#} {text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_does_not_control_the_terminal() {
        let hostile = "e\u{1b}[31m\u{9b}1m\u{7f}\n";
        for value in [
            Value::from(hostile),
            serde_json::json!([hostile]),
            serde_json::json!({ hostile: [hostile, {}] }),
        ] {
            let cell = cell(&value);
            assert!(!cell.contains(char::is_control), "{cell:?}");
        }
    }
}
