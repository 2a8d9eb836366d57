// SPDX-License-Identifier: MIT OR Apache-2.0
//! Printing values into a buffer, without allocating.

use genlkit::wire::Str;
use std::fmt::{self, Write as _};
use unicode_width::UnicodeWidthStr as _;

/// Which side of its column a value stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// One cell under construction: text at the end of a buffer.
#[derive(Debug)]
pub(crate) struct Cell<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Cell<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u64) {
        let mut digits = itoa::Buffer::new();
        self.text(digits.format(number));
    }

    /// A number of two digits at least.
    pub(crate) fn two_digits(&mut self, number: u64) {
        if number < 10 {
            self.text("0");
        }
        self.number(number);
    }

    /// Bytes in the unit that leaves three digits: `999`, `1.0K`, `12K`, `3.4G`.
    pub(crate) fn size(&mut self, bytes: u64) {
        let (mut whole, mut unit, mut rest) = (bytes, 0, 0);
        while whole >= 1000 {
            rest = whole % 1024 * 10 / 1024;
            whole /= 1024;
            unit += 1;
        }
        self.number(whole);
        if unit > 0 && whole < 10 {
            self.text(".");
            self.number(rest);
        }
        self.text(["", "K", "M", "G", "T", "P", "E"].get(unit).unwrap_or(&""));
    }

    pub(crate) fn display(&mut self, text: fmt::Arguments<'_>) {
        // A vector takes everything.
        let _ = Writer(self.out).write_fmt(text);
    }

    /// Text of outside, safe for terminals.
    pub(crate) fn escaped(&mut self, text: &[u8]) {
        if text
            .iter()
            .all(|byte| (b' '..=b'~').contains(byte) && *byte != b'\\')
        {
            self.out.extend_from_slice(text);
        } else {
            self.display(format_args!("{}", Str::until_nul(text).escaped()));
        }
    }

    /// Fills up to `width` with spaces, on the side that `align` leaves.
    pub(crate) fn pad(self, width: usize, align: Align) {
        let len = self.width();
        let Some(missing) = width.checked_sub(len) else {
            return;
        };
        let end = self.out.len();
        self.out.resize(end + missing, b' ');
        if align == Align::Right {
            self.out.copy_within(self.start..end, self.start + missing);
            if let Some(free) = self.out.get_mut(self.start..self.start + missing) {
                free.fill(b' ');
            }
        }
    }

    /// How wide it is on a terminal.
    fn width(&self) -> usize {
        let text = self.out.get(self.start..).unwrap_or_default();
        match text.is_ascii() {
            true => text.len(),
            false => String::from_utf8_lossy(text).width(),
        }
    }
}

struct Writer<'o>(&'o mut Vec<u8>);

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(print: impl FnOnce(&mut Cell<'_>), width: usize, align: Align) -> String {
        let mut out = b"|".to_vec();
        let mut cell = Cell::new(&mut out);
        print(&mut cell);
        cell.pad(width, align);
        out.push(b'|');
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn cells_fill_their_column_and_overflow_where_they_must() {
        assert_eq!(printed(|cell| cell.number(42), 5, Align::Right), "|   42|");
        assert_eq!(printed(|cell| cell.text("ab"), 5, Align::Left), "|ab   |");
        assert_eq!(
            printed(|cell| cell.number(123_456), 3, Align::Right),
            "|123456|"
        );
        assert_eq!(printed(|cell| cell.text("漢"), 4, Align::Right), "|  漢|");
    }

    #[test]
    fn sizes_have_three_digits_and_a_unit() {
        let sizes = [
            (0, "0"),
            (999, "999"),
            (1000, "0.9K"),
            (1024, "1.0K"),
            (10 << 10, "10K"),
            (3_435_973_836, "3.1G"),
            (u64::MAX, "15E"),
        ];
        for (bytes, text) in sizes {
            let printed = printed(|cell| cell.size(bytes), 0, Align::Left);
            assert_eq!(printed, format!("|{text}|"), "{bytes}");
        }
    }

    #[test]
    fn what_controls_a_terminal_is_escaped() {
        let printed = printed(|cell| cell.escaped(b"a\x1b[31m\xff\\"), 0, Align::Left);
        assert_eq!(printed, "|a\\u{1b}[31m\\xff\\\\|");
    }
}
