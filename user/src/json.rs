// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON that is the same on a terminal and in a pipe: no control character is in it as such.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Writes a value as JSON in one line, without a line end.
///
/// JSON asks for control characters below U+0020 to be escaped. So are here U+007F to U+009F: with
/// some of them terminals are controlled, and what takes colours out of a stream takes them out.
///
/// # Errors
/// What writing fails with.
pub fn write(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    value
        .serialize(&mut Serializer::with_formatter(out, Escaping))
        .map_err(io::Error::from)
}

/// Compact JSON without control characters.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| c.is_control()) {
            let (before, after) = rest.split_at(at);
            write!(out, "{before}\\u{:04x}", u32::from(c))?;
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_escaped_and_read_back() {
        for text in [
            "a\u{7f}b",
            "\u{9b}31m",
            "\u{1b}[31m",
            "\u{7f}\u{80}",
            "äöü \u{a0}",
            "",
        ] {
            let mut json = Vec::new();
            super::write(&mut json, &text).expect("room");
            let json = String::from_utf8(json).expect("UTF-8");
            assert!(!json.contains(char::is_control), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
        }
    }
}
