// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which places of the modules' code ran so far.

use super::Kcov;
use std::collections::HashSet;

/// How many bits of an address tell places apart: 4 MiB, and our modules have some hundred KiB.
const BITS: u32 = 22;

/// The places that ran, on a kernel that tells.
pub(super) struct Coverage {
    kcov: Kcov,
    /// A bit for each: a trace has thousands of them, nearly all known.
    seen: Vec<u64>,
    places: usize,
}

impl Coverage {
    /// Starts to trace the calling thread; none where the kernel cannot.
    pub(super) fn start() -> Option<Self> {
        Some(Self {
            kcov: Kcov::start()?,
            seen: vec![0; 1 << (BITS - u64::BITS.ilog2())],
            places: 0,
        })
    }

    /// How many there are.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Begins a trace.
    pub(super) fn begin(&self) {
        self.kcov.clear();
    }

    /// What the trace has that none before it had.
    pub(super) fn new_places(&mut self) -> HashSet<u64> {
        let mut new = HashSet::new();
        for address in self.kcov.addresses() {
            let place = address as usize & ((1 << BITS) - 1);
            let word = &mut self.seen[place / 64];
            let bit = 1 << (place % 64);
            if *word & bit == 0 {
                *word |= bit;
                self.places += 1;
                new.insert(address);
            }
        }
        new
    }

    /// Whether the trace has one of some places.
    pub(super) fn has_any(&self, places: &HashSet<u64>) -> bool {
        self.kcov
            .addresses()
            .any(|address| places.contains(&address))
    }
}
