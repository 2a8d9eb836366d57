// SPDX-License-Identifier: GPL-2.0-only

//! A list of a few things, in place.

use kernel::prelude::*;

/// A list of a few things, in place.
#[derive(Clone, Copy)]
pub(crate) struct Few<T, const N: usize> {
    all: [T; N],
    len: usize,
}

impl<T: Copy, const N: usize> Few<T, N> {
    /// Nothing, in a place that `empty` fills.
    pub(crate) fn new(empty: T) -> Self {
        Self {
            all: [empty; N],
            len: 0,
        }
    }

    /// Adds one at the end. `E2BIG` where it is full.
    pub(crate) fn push(&mut self, item: T) -> Result {
        *self.all.get_mut(self.len).ok_or(E2BIG)? = item;
        self.len = self.len.wrapping_add(1);
        Ok(())
    }

    /// All of them.
    pub(crate) fn as_slice(&self) -> &[T] {
        self.all.get(..self.len).unwrap_or(&self.all)
    }
}
