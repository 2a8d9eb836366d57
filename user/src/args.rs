// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parsers of command line values that the generated arguments need.

use crate::schema::Named;
use crate::wire::{Bitfield32, Bytes, Str};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::os::unix::ffi::OsStrExt;

/// Parses flags: names separated by commas, or numbers for what the spec has no name for.
pub fn flags<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    NamedParser {
        separator: Some(','),
        parses_to: PhantomData,
    }
}

/// Parses an enum's value: a name, or a number for what the spec has no name for.
pub fn one_of<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    NamedParser {
        separator: None,
        parses_to: PhantomData,
    }
}

/// Parses bytes: those of the argument itself, as many as `lengths` allows.
pub fn bytes(lengths: impl RangeBounds<usize>) -> impl TypedValueParser<Value = OwnedBytes> {
    let bound = |bound: Bound<&usize>, open| match bound {
        Bound::Included(&len) => len,
        Bound::Excluded(&len) => len.saturating_sub(1),
        Bound::Unbounded => open,
    };
    BytesParser {
        min: bound(lengths.start_bound(), 0),
        max: bound(lengths.end_bound(), usize::MAX),
    }
}

/// Parses bits with a mask of those that count: `0x1/0x3`, or `1` for all of the bits that are set.
pub fn bitfield32() -> impl TypedValueParser<Value = Bitfield32> {
    |text: &str| {
        let (value, selector) = text.split_once('/').unwrap_or((text, text));
        let number = |digits: &str| match digits.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        Ok::<_, std::num::ParseIntError>(Bitfield32 {
            value: number(value)?,
            selector: number(selector)?,
        })
    }
}

/// A nest, where any of its arguments was given.
pub fn nest<T: Default + PartialEq>(nest: T) -> Option<T> {
    (nest != T::default()).then_some(nest)
}

/// A list, where any of its values was given.
pub fn list<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

/// Bytes from the command line.
#[derive(Clone, Debug, Default)]
pub struct OwnedBytes(Vec<u8>);

impl OwnedBytes {
    /// The bytes.
    pub fn as_bytes(&self) -> Bytes<'_> {
        Bytes(&self.0)
    }

    /// The bytes, where there are so many.
    pub fn as_array<const N: usize>(&self) -> Option<&[u8; N]> {
        self.0.first_chunk().filter(|_| self.0.len() == N)
    }

    /// The bytes as a string.
    pub fn as_str(&self) -> Str<'_> {
        Str::until_nul(&self.0)
    }
}

struct NamedParser<T> {
    separator: Option<char>,
    parses_to: PhantomData<fn() -> T>,
}

impl<T> Clone for NamedParser<T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: Named + Send + Sync> TypedValueParser for NamedParser<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let text = value.to_string_lossy();
        let mut number = 0;
        let parts = match self.separator {
            Some(separator) => text.split(separator).collect(),
            None => vec![&*text],
        };
        for part in parts {
            number |= parse_one::<T>(part).ok_or_else(|| unknown::<T>(command, arg, part))?;
        }
        T::from_number(number).ok_or_else(|| unknown::<T>(command, arg, &text))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = T::NAMES
            .iter()
            .map(|name| PossibleValue::new(name.name).help(name.doc));
        Some(Box::new(values))
    }
}

fn parse_one<T: Named>(part: &str) -> Option<u64> {
    let named = T::NAMES
        .iter()
        .find(|name| name.name == part)
        .map(|name| name.value);
    named.or_else(|| match part.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if part.starts_with('-') => part.parse::<i64>().ok().map(|number| number as u64),
        None => part.parse().ok(),
    })
}

fn unknown<T: Named>(command: &clap::Command, arg: Option<&clap::Arg>, part: &str) -> clap::Error {
    let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
    if let Some(arg) = arg {
        error.insert(
            ContextKind::InvalidArg,
            ContextValue::String(arg.to_string()),
        );
    }
    error.insert(
        ContextKind::InvalidValue,
        ContextValue::String(part.to_owned()),
    );
    let names = T::NAMES.iter().map(|name| name.name.to_owned()).collect();
    error.insert(ContextKind::ValidValue, ContextValue::Strings(names));
    error
}

#[derive(Clone)]
struct BytesParser {
    min: usize,
    max: usize,
}

impl TypedValueParser for BytesParser {
    type Value = OwnedBytes;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<OwnedBytes, clap::Error> {
        let bytes = value.as_bytes();
        if (self.min..=self.max).contains(&bytes.len()) {
            return Ok(OwnedBytes(bytes.to_vec()));
        }
        let name = arg.map(ToString::to_string).unwrap_or_default();
        let (than, limit) = match bytes.len() > self.max {
            true => ("more than", self.max),
            false => ("fewer than", self.min),
        };
        let message = format!("{name}: {} bytes are {than} {limit}\n", bytes.len());
        Err(clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command))
    }
}
