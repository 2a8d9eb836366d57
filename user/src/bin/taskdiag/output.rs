// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standard output, what stands in for it failing, and the exit status.

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use genlkit::{Error, ErrorKind};
use serde::Serialize;
use std::fmt::Arguments;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::process::ExitCode;

const HEADING: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Buffered standard output, without colours where it is not a terminal.
pub(crate) struct Output(BufWriter<AutoStream<StdoutLock<'static>>>);

impl Output {
    pub(crate) fn new() -> Self {
        Self(BufWriter::with_capacity(
            1 << 16,
            AutoStream::auto(io::stdout().lock()),
        ))
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.0.write_all(text.as_bytes())?)
    }

    pub(crate) fn put(&mut self, text: Arguments<'_>) -> Result<(), Failure> {
        Ok(self.0.write_fmt(text)?)
    }

    pub(crate) fn line(&mut self, line: Arguments<'_>) -> Result<(), Failure> {
        Ok(writeln!(self.0, "{line}")?)
    }

    pub(crate) fn heading(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.0, "{HEADING}{line}{HEADING:#}")?)
    }

    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        Ok(genlkit::json::write(&mut self.0, value)?)
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.0.flush()?)
    }

    /// Writes what is buffered, and tells whether all was written.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }
}

/// Prints a line on standard error, where anybody reads it.
pub(crate) fn say(line: Arguments<'_>) {
    // Where nobody does, there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Prints a value as one line of JSON.
pub(crate) fn json_line(output: &mut Output, value: &impl Serialize) -> Result<(), Failure> {
    output.json(value)?;
    output.text("\n")
}

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    Netlink(Error),
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Netlink(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Tells the user, and the exit status: 1 where the kernel refused, 3 where something that is
    /// needed is not there.
    pub(crate) fn report(&self) -> ExitCode {
        let (text, hint, status) = match self {
            // Whoever read has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Self::Output(error) => (format!("cannot write: {error}"), None, 3),
            Self::Netlink(error) => (error.to_string(), error.hint(), status(error.kind())),
        };
        say(format_args!("{ERROR}error:{ERROR:#} {text}"));
        if let Some(hint) = hint {
            say(format_args!("{HINT}hint:{HINT:#} {hint}"));
        }
        ExitCode::from(status)
    }
}

fn status(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Refused | ErrorKind::DumpInterrupted => 1,
        _ => 3,
    }
}
