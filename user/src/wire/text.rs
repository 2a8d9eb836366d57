// SPDX-License-Identifier: MIT OR Apache-2.0
//! Strings and binary payloads as the kernel sends them: bytes that are mostly text.

use core::fmt;
use core::str::Utf8Error;

/// A string of the kernel's: any bytes but NUL, UTF-8 only by custom.
///
/// Displayed, it is safe for terminals, as [`Str::escaped`] says; [`Str::to_str`] and
/// [`Str::as_bytes`] are what was received. In JSON, what is not UTF-8 becomes U+FFFD.
#[derive(Clone, Copy, Default)]
pub struct Str<'b> {
    /// As received: whoever only passes it on need not know where it ends.
    payload: &'b [u8],
}

impl<'b> Str<'b> {
    /// What is before the first NUL, or all where there is none.
    #[inline]
    pub fn until_nul(payload: &'b [u8]) -> Self {
        Self { payload }
    }

    /// The bytes without the NUL.
    #[inline]
    pub fn as_bytes(&self) -> &'b [u8] {
        self.payload
            .get(..first_nul(self.payload))
            .unwrap_or_default()
    }

    /// The text, where it is UTF-8.
    ///
    /// # Errors
    /// Where it is not.
    pub fn to_str(&self) -> Result<&'b str, Utf8Error> {
        core::str::from_utf8(self.as_bytes())
    }

    /// The text with everything escaped that could upset a terminal: control characters, the
    /// backslash, and what is not UTF-8.
    pub fn escaped(&self) -> impl fmt::Display + use<'b> {
        Escaped(self.as_bytes())
    }
}

impl AsRef<[u8]> for Str<'_> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<'b, T: AsRef<[u8]> + ?Sized> From<&'b T> for Str<'b> {
    fn from(text: &'b T) -> Self {
        Self::until_nul(text.as_ref())
    }
}

/// Where the first NUL is; beyond the end where there is none.
///
/// Most names have 4 to 8 bytes, which make one number.
#[inline]
fn first_nul(bytes: &[u8]) -> usize {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(&first), Some(&last)) if bytes.len() <= 8 => {
            let beyond = 8 * (bytes.len() - 4);
            // Where the two overlap they are the same, and what is beyond the end is NULs.
            let word = u64::from(u32::from_le_bytes(first))
                | u64::from(u32::from_le_bytes(last)) << beyond;
            nul_in(word)
        }
        _ => first_nul_of_others(bytes),
    }
}

/// The same of fewer bytes, or more.
#[inline(never)]
fn first_nul_of_others(bytes: &[u8]) -> usize {
    match *bytes {
        [] => return 0,
        [a] => return nul_in(u64::from_le_bytes([a, 0, 0, 0, 0, 0, 0, 0])),
        [a, b] => return nul_in(u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0])),
        [a, b, c] => return nul_in(u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0])),
        _ => {}
    }
    let (words, _) = bytes.as_chunks();
    for (word, at) in words.iter().zip((0..).step_by(8)) {
        let place = nul_in(u64::from_le_bytes(*word));
        if place < 8 {
            return at + place;
        }
    }
    match bytes.last_chunk() {
        // What it has in common with the word before are no NULs.
        Some(&last) => bytes.len() - 8 + nul_in(u64::from_le_bytes(last)),
        None => bytes.len(),
    }
}

/// Where the first NUL of eight bytes is; 8 where there is none.
#[inline]
fn nul_in(word: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The lowest bit that is left stands in the first byte that was 0.
    let nuls = word.wrapping_sub(ONES) & !word & (ONES << 7);
    nuls.trailing_zeros() as usize / 8
}

struct Escaped<'b>(&'b [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let is_escaped = |c: char| c.is_control() || c == '\\';
            for piece in chunk.valid().split_inclusive(is_escaped) {
                let end = piece.chars().next_back().filter(|c| is_escaped(*c));
                let plain = piece.len() - end.map_or(0, char::len_utf8);
                f.write_str(piece.get(..plain).unwrap_or_default())?;
                if let Some(c) = end {
                    write!(f, "{}", c.escape_default())?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.escaped().fmt(f)
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Str<'_> {}

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Str<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.to_str() {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_str(&Lossy(self.as_bytes())),
        }
    }
}

/// Displays what is not UTF-8 as U+FFFD, all else as it is.
#[cfg(feature = "serde")]
struct Lossy<'b>(&'b [u8]);

#[cfg(feature = "serde")]
impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

/// A binary payload: displayed and serialized as lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Bytes<'b>(pub &'b [u8]);

impl core::ops::Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl AsRef<[u8]> for Bytes<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
