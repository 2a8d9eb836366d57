// SPDX-License-Identifier: MIT OR Apache-2.0
//! Display hints: how numbers and bytes are shown to people, and read back.

use crate::view::{Hint, Hinted};
use crate::wire::Bytes;
use genlkit_spec::model::DisplayHint;
use std::net::{IpAddr, Ipv4Addr};

/// Bytes as hexadecimal digits, with `separator` between bytes.
pub(crate) fn hex(bytes: &[u8], separator: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len() * (2 + separator.len()));
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        // Writing to a String does not fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Reads hexadecimal digits, two a byte; blanks, colons and a leading `0x` do not count.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != ':')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    if digits.len() % 2 != 0 {
        return None;
    }
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, d| byte << 4 | d))
            .collect(),
    )
}

/// What the hint means to views.
fn meant(hint: DisplayHint) -> Hint {
    match hint {
        DisplayHint::Hex => Hint::Hex,
        DisplayHint::Mac | DisplayHint::Fddi => Hint::Mac,
        DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6 => Hint::Ip,
        DisplayHint::Uuid => Hint::Uuid,
    }
}

/// Bytes as the hint wants them; plain hexadecimal where their number does not suit it.
pub(crate) fn show_bytes(bytes: &[u8], hint: Option<DisplayHint>) -> String {
    match hint {
        Some(hint) => Hinted(Bytes(bytes), meant(hint)).to_string(),
        None => hex(bytes, ""),
    }
}

/// Reads what [`show_bytes`] writes, and hexadecimal digits whatever the hint.
pub(crate) fn read_bytes(text: &str, hint: Option<DisplayHint>) -> Option<Vec<u8>> {
    match hint {
        Some(DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6) => {
            match text.trim().parse() {
                Ok(IpAddr::V4(address)) => Some(address.octets().to_vec()),
                Ok(IpAddr::V6(address)) => Some(address.octets().to_vec()),
                Err(_) => unhex(text),
            }
        }
        // `0:1a:…` is how some write it.
        Some(DisplayHint::Mac | DisplayHint::Fddi) if text.contains(':') => text
            .trim()
            .split(':')
            .map(|byte| u8::from_str_radix(byte, 16).ok())
            .collect(),
        Some(DisplayHint::Uuid) => unhex(&text.replace('-', "")),
        _ => unhex(text),
    }
}

/// A number as the hint wants it; none where the hint says nothing about numbers.
pub(crate) fn show_number(value: i128, hint: DisplayHint) -> Option<String> {
    match hint {
        DisplayHint::Hex if value < 0 => Some(format!("-{:#x}", value.unsigned_abs())),
        DisplayHint::Hex => Some(format!("{value:#x}")),
        DisplayHint::Ipv4 | DisplayHint::Ipv4OrV6 => u32::try_from(value)
            .ok()
            .map(|value| Ipv4Addr::from(value).to_string()),
        _ => None,
    }
}

/// Reads a number: decimal, hexadecimal after `0x`, or what the hint shows.
pub(crate) fn read_number(text: &str, hint: Option<DisplayHint>) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let magnitude = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => digits.parse::<u64>().ok(),
    };
    if let Some(magnitude) = magnitude {
        return Some(sign * i128::from(magnitude));
    }
    match hint? {
        DisplayHint::Hex => u64::from_str_radix(digits, 16)
            .ok()
            .map(|m| sign * i128::from(m)),
        DisplayHint::Ipv4 | DisplayHint::Ipv4OrV6 => text
            .parse::<Ipv4Addr>()
            .ok()
            .map(|address| u32::from(address).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: Option<DisplayHint> = Some(DisplayHint::Ipv4OrV6);

    #[test]
    fn bytes_are_shown_and_read_by_every_hint() {
        let sixteen: Vec<u8> = (0..16).collect();
        let cases: &[(&[u8], Option<DisplayHint>, &str)] = &[
            (&[1, 0xab], None, "01ab"),
            (&[1, 0xab], Some(DisplayHint::Hex), "01 ab"),
            (&[1, 0xab], Some(DisplayHint::Mac), "01:ab"),
            (&[10, 0, 0, 1], IP, "10.0.0.1"),
            (&sixteen, IP, "1:203:405:607:809:a0b:c0d:e0f"),
            (
                &sixteen,
                Some(DisplayHint::Uuid),
                "00010203-0405-0607-0809-0a0b0c0d0e0f",
            ),
            (&[1, 2, 3], IP, "010203"),
            (&[], IP, ""),
        ];
        for (bytes, hint, text) in cases {
            assert_eq!(show_bytes(bytes, *hint), *text);
            assert_eq!(read_bytes(text, *hint).as_deref(), Some(*bytes), "{text}");
        }
    }

    #[test]
    fn numbers_are_shown_and_read_by_every_hint() {
        for (number, hint, text) in [
            (255, DisplayHint::Hex, "0xff"),
            (-16, DisplayHint::Hex, "-0x10"),
            (0x7f00_0001, DisplayHint::Ipv4, "127.0.0.1"),
        ] {
            assert_eq!(show_number(number, hint).as_deref(), Some(text));
            assert_eq!(read_number(text, Some(hint)), Some(number));
        }
        assert_eq!(read_number("-5", None), Some(-5));
        assert_eq!(read_number("ff", Some(DisplayHint::Hex)), Some(255));
        assert_eq!(read_number("ff", None), None);
        assert_eq!(
            read_number("18446744073709551615", None),
            Some(u64::MAX.into())
        );
    }

    #[test]
    fn what_is_no_hexadecimal_is_refused() {
        for text in ["0", "0g", "é0", "abc"] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}
