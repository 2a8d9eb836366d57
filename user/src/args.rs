// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parsers of command line values that the generated arguments need.

use crate::schema::Named;
use crate::wire::{Bytes, Str};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::ops::RangeToInclusive;
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
pub fn bytes(lengths: RangeToInclusive<usize>) -> impl TypedValueParser<Value = OwnedBytes> {
    BytesParser { max: lengths.end }
}

/// Bytes from the command line.
#[derive(Clone, Debug, Default)]
pub struct OwnedBytes(Vec<u8>);

impl OwnedBytes {
    /// The bytes.
    pub fn as_bytes(&self) -> Bytes<'_> {
        Bytes(&self.0)
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
        Ok(T::from_number(number))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = T::NAMES
            .iter()
            .map(|name| PossibleValue::new(name.name).help(name.doc));
        Some(Box::new(values))
    }
}

fn parse_one<T: Named>(part: &str) -> Option<u32> {
    let named = T::NAMES
        .iter()
        .find(|name| name.name == part)
        .map(|name| name.value);
    named.or_else(|| match part.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
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
        if bytes.len() <= self.max {
            return Ok(OwnedBytes(bytes.to_vec()));
        }
        let name = arg.map(ToString::to_string).unwrap_or_default();
        let message = format!("{name}: {} bytes are more than {}\n", bytes.len(), self.max);
        Err(clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command))
    }
}
