// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an attribute must be by its spec: for errors that the kernel does not say it in.

use crate::schema::{Attr, Kind};
use crate::wire::Policy;
use std::borrow::Cow;

/// What an attribute must be.
#[derive(Debug, Default)]
pub(crate) struct Expected<'s> {
    /// As the kernel would tell it.
    pub(crate) policy: Policy,
    /// The names of the only values that it can have; empty where it can have others.
    pub(crate) names: Vec<(i128, Cow<'s, str>)>,
    /// Whether a number is in big-endian byte order.
    pub(crate) big_endian: bool,
}

impl Expected<'_> {
    /// In words, as the end of "NAME must be ...", where `payload` is something else; none where
    /// nothing is wrong with it as far as the spec knows.
    pub(crate) fn unmet_by(&self, payload: &[u8]) -> Option<String> {
        let number = self.policy.number(payload, self.big_endian);
        let named = match number {
            Some(number) => self.names.is_empty() || self.names.iter().any(|(n, _)| *n == number),
            None => true,
        };
        (!named || !self.policy.accepts(payload, number)).then(|| self.to_string())
    }
}

impl std::fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.policy.fmt(f)?;
        let mut separator = ", one of ";
        for (_, name) in &self.names {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl Attr {
    /// What the attribute must be.
    pub(crate) fn expected(&self) -> Expected<'static> {
        let is_signed = self.is_signed();
        let value = |value: u64| match is_signed {
            // A negative one has its sign in all bits.
            true => i128::from(value as i64),
            false => i128::from(value),
        };
        Expected {
            policy: self.policy(),
            names: match self.kind {
                Kind::Enum(names) => names
                    .iter()
                    .map(|name| (value(name.value), name.name.into()))
                    .collect(),
                _ => Vec::new(),
            },
            big_endian: matches!(self.kind, Kind::BigEndian),
        }
    }
}
