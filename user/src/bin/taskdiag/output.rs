// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standard output, what stands in for it failing, and the exit status.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use genlkit::{Error, ErrorKind};
use serde::Serialize;
use std::fmt::Arguments;
use std::io::{self, IsTerminal as _, Write};

const HEADING: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// How many bytes are written at once.
const WRITE: usize = 1 << 16;

/// Buffered standard output, with colours where it is a terminal that nobody wants plain.
pub(crate) struct Output {
    buffer: Vec<u8>,
    to: Box<dyn Write>,
    colours: bool,
    is_terminal: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout().lock();
        Self {
            colours: AutoStream::choice(&stdout) != ColorChoice::Never,
            is_terminal: stdout.is_terminal(),
            ..Self::plain(Box::new(stdout))
        }
    }

    /// The same to anywhere else, without colours.
    pub(crate) fn plain(to: Box<dyn Write>) -> Self {
        Self {
            buffer: Vec::with_capacity(WRITE + 4096),
            to,
            colours: false,
            is_terminal: false,
        }
    }

    /// Where to append what is to be written, followed by [`Output::part`].
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes what is buffered once that is much.
    #[inline]
    pub(crate) fn part(&mut self) -> Result<(), Failure> {
        match self.buffer.len() {
            ..WRITE => Ok(()),
            _ => self.flush(),
        }
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.buffer.extend_from_slice(text.as_bytes());
        self.part()
    }

    pub(crate) fn put(&mut self, text: Arguments<'_>) -> Result<(), Failure> {
        self.buffer.write_fmt(text)?;
        self.part()
    }

    pub(crate) fn line(&mut self, line: Arguments<'_>) -> Result<(), Failure> {
        self.put(format_args!("{line}\n"))
    }

    pub(crate) fn heading(&mut self, line: &str) -> Result<(), Failure> {
        self.styled(HEADING, format_args!("{line}"))?;
        self.text("\n")
    }

    /// Text in a style, which is left out where colours are.
    pub(crate) fn styled(&mut self, style: Style, text: Arguments<'_>) -> Result<(), Failure> {
        match self.colours {
            true => self.put(format_args!("{style}{text}{style:#}")),
            false => self.put(text),
        }
    }

    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        genlkit::json::write(&mut self.buffer, value)?;
        self.part()
    }

    /// Clears the screen where there is one, else separates what comes from what was.
    pub(crate) fn next_screen(&mut self, separator: &str) -> Result<(), Failure> {
        match self.is_terminal {
            true => self.text("\x1b[H\x1b[2J\x1b[3J"),
            false => self.text(separator),
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let written = self.to.write_all(&self.buffer);
        self.buffer.clear();
        Ok(written.and_then(|()| self.to.flush())?)
    }

    /// Writes what is buffered, and tells whether all was written.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }
}

/// Ends the program well on Ctrl-C, for what goes on until then: each line is written at once, so
/// that there is nothing to finish.
pub(crate) fn end_on_interrupt() -> Result<(), Failure> {
    ctrlc::set_handler(|| std::process::exit(0)).map_err(io::Error::other)?;
    Ok(())
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
    /// The command line asks for what cannot be.
    Usage(String),
    /// Something that is needed is not there.
    Missing(String),
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
    /// Tells the user, and the exit status: 1 where the kernel refused, 2 where the command line
    /// is wrong, 3 where something that is needed is not there.
    pub(crate) fn report(&self) -> u8 {
        let (text, hint, status) = match self {
            // Whoever read has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return 0;
            }
            Self::Output(error) => (format!("cannot write: {error}"), None, 3),
            Self::Usage(text) => (text.clone(), None, 2),
            Self::Missing(text) => (text.clone(), None, 3),
            Self::Netlink(error) => (error.to_string(), error.hint(), status(error.kind())),
        };
        say(format_args!("{ERROR}error:{ERROR:#} {text}"));
        if let Some(hint) = hint {
            say(format_args!("{HINT}hint:{HINT:#} {hint}"));
        }
        status
    }
}

fn status(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Refused | ErrorKind::DumpInterrupted => 1,
        _ => 3,
    }
}
