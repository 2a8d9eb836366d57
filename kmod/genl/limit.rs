// SPDX-License-Identifier: GPL-2.0-only

//! Limits of attributes: those that do not fit into a policy's entry, and those that a C header
//! knows.
//!
//! The generator calls the functions for a constant of a spec that has a `header`: its value is what
//! the header says, and compilation fails where that is nothing that the entry can have.

use core::ops::RangeInclusive;
use kernel::bindings;

/// Limits of an unsigned attribute that do not fit into an entry.
#[repr(transparent)]
pub struct Range(bindings::netlink_range_validation);

impl Range {
    /// Limits, both included.
    #[inline]
    pub const fn new(range: RangeInclusive<u64>) -> Self {
        assert!(*range.start() <= *range.end(), "the range is empty");
        Self(bindings::netlink_range_validation {
            min: *range.start(),
            max: *range.end(),
        })
    }

    #[inline]
    pub(crate) const fn as_raw(&self) -> *const bindings::netlink_range_validation {
        &self.0
    }
}

/// Limits of a signed attribute that do not fit into an entry.
#[repr(transparent)]
pub struct SignedRange(bindings::netlink_range_validation_signed);

impl SignedRange {
    /// Limits, both included.
    #[inline]
    pub const fn new(range: RangeInclusive<i64>) -> Self {
        assert!(*range.start() <= *range.end(), "the range is empty");
        Self(bindings::netlink_range_validation_signed {
            min: *range.start(),
            max: *range.end(),
        })
    }

    #[inline]
    pub(crate) const fn as_raw(&self) -> *const bindings::netlink_range_validation_signed {
        &self.0
    }
}

/// A header's constant as a limit within an entry.
#[inline]
pub const fn short(value: i64) -> i16 {
    assert!(
        i16::MIN as i64 <= value && value <= i16::MAX as i64,
        "a limit that a C header knows does not fit into 16 bits: have the spec's `value` say so"
    );
    value as i16
}

/// A header's constant as a length.
#[inline]
pub const fn length(value: i64) -> u16 {
    assert!(
        0 <= value && value <= u16::MAX as i64,
        "a length that a C header knows is none that an attribute can have"
    );
    value as u16
}

/// A header's constant as a limit of unsigned numbers.
#[inline]
pub const fn unsigned(value: i64) -> u64 {
    assert!(
        0 <= value,
        "a limit of unsigned numbers that a C header knows is negative"
    );
    value as u64
}
