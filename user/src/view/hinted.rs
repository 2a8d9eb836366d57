// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values that the spec has a `display-hint` for: addresses, and numbers that people read in
//! hexadecimal.

use crate::wire::{Be, Bytes, FromAttr, Le, Number, Numbers, Repeated};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// How people want to read a value (`display-hint`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Hexadecimal: numbers with `0x`, bytes with blanks between them.
    Hex,
    /// A hardware address, Ethernet's or FDDI's: bytes with colons between them.
    Mac,
    /// An IP address; its length tells which.
    Ip,
    /// A UUID.
    Uuid,
}

/// A value that can be shown as a hint says; where it does not suit, as without one.
pub trait Show {
    /// Shows the value.
    ///
    /// # Errors
    /// The formatter's.
    fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A value that is displayed as its hint says, and serialized as itself.
#[derive(Clone, Copy, Debug)]
pub struct Hinted<T>(pub T, pub Hint);

impl<T: Show> fmt::Display for Hinted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(self.1, f)
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for Hinted<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Show for Bytes<'_> {
    fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (hint, self.len()) {
            (Hint::Hex, _) => separated(self, " ", f),
            (Hint::Mac, _) => separated(self, ":", f),
            (Hint::Ip, 4) => match <[u8; 4]>::try_from(self.0) {
                Ok(octets) => write!(f, "{}", Ipv4Addr::from(octets)),
                Err(_) => write!(f, "{self}"),
            },
            (Hint::Ip, 16) => match <[u8; 16]>::try_from(self.0) {
                Ok(octets) => write!(f, "{}", Ipv6Addr::from(octets)),
                Err(_) => write!(f, "{self}"),
            },
            (Hint::Uuid, 16) => uuid(self, f),
            (Hint::Ip | Hint::Uuid, _) => write!(f, "{self}"),
        }
    }
}

fn separated(bytes: &[u8], separator: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut before = "";
    for byte in bytes {
        write!(f, "{before}{byte:02x}")?;
        before = separator;
    }
    Ok(())
}

fn uuid(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, byte) in bytes.iter().enumerate() {
        let before = if matches!(index, 4 | 6 | 8 | 10) {
            "-"
        } else {
            ""
        };
        write!(f, "{before}{byte:02x}")?;
    }
    Ok(())
}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        impl Show for $number {
            fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                number((*self).into(), hint, f)
            }
        }
    )* };
}

numbers! { u8 u16 u32 u64 i8 i16 i32 i64 }

/// Shows a number: an IPv4 address is one of 32 bits in its first byte's order.
fn number(value: i128, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (hint, u32::try_from(value)) {
        (Hint::Hex, _) if value < 0 => write!(f, "-{:#x}", value.unsigned_abs()),
        (Hint::Hex, _) => write!(f, "{value:#x}"),
        (Hint::Ip, Ok(address)) => write!(f, "{}", Ipv4Addr::from(address)),
        _ => write!(f, "{value}"),
    }
}

impl<T: Show> Show for Be<T> {
    fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(hint, f)
    }
}

impl<T: Show> Show for Le<T> {
    fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(hint, f)
    }
}

impl<'b, T: FromAttr<'b> + Show> Show for Repeated<'b, T> {
    fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.map_while(Result::ok);
        super::several::fmt_list(values.map(|value| Hinted(value, hint)), f)
    }
}

impl<T: Number + Show> Show for Numbers<'_, T> {
    fn show(&self, hint: Hint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::several::fmt_list(self.map(|value| Hinted(value, hint)), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_the_hint_says() {
        let sixteen: Vec<u8> = (0..16).collect();
        let cases: &[(&[u8], Hint, &str)] = &[
            (&[1, 0xab], Hint::Hex, "01 ab"),
            (&[1, 2, 3, 4, 5, 0xab], Hint::Mac, "01:02:03:04:05:ab"),
            (&[10, 0, 0, 1], Hint::Ip, "10.0.0.1"),
            (&sixteen, Hint::Ip, "1:203:405:607:809:a0b:c0d:e0f"),
            (&sixteen, Hint::Uuid, "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            (&[1, 2, 3], Hint::Ip, "010203"),
            (&[1, 2, 3], Hint::Uuid, "010203"),
            (&[], Hint::Mac, ""),
        ];
        for (bytes, hint, text) in cases {
            assert_eq!(Hinted(Bytes(bytes), *hint).to_string(), *text);
        }
    }

    #[test]
    fn numbers_are_shown_as_the_hint_says() {
        assert_eq!(Hinted(255_u8, Hint::Hex).to_string(), "0xff");
        assert_eq!(Hinted(-16_i64, Hint::Hex).to_string(), "-0x10");
        assert_eq!(
            Hinted(u64::MAX, Hint::Hex).to_string(),
            format!("{:#x}", u64::MAX)
        );
        assert_eq!(
            Hinted(Be(0x7f00_0001_u32), Hint::Ip).to_string(),
            "127.0.0.1"
        );
        assert_eq!(
            Hinted(1_u64 << 40, Hint::Ip).to_string(),
            (1_u64 << 40).to_string()
        );
        assert_eq!(Hinted(7_u16, Hint::Uuid).to_string(), "7");
    }
}
