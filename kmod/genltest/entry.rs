// SPDX-License-Identifier: GPL-2.0-only

//! A dump of entries that the request describes.

use crate::{
    genltest::{EntryDumpRequest, EntryEntries},
    open::Open,
};
use kernel::prelude::*;
use kernel::time::{delay::fsleep, Delta};

/// What an entry is filled with, at most.
pub(crate) static ZEROS: [u8; 60_000] = [0; 60_000];

/// Bytes of an entry beside its filling, and more.
const AROUND: u32 = 256;

/// Where a dump is.
pub struct Walk {
    next: u32,
    count: u32,
    size: u32,
    per_part: u32,
    step: u32,
    delay: u32,
    _open: Open,
}

impl Walk {
    /// Before the first entry.
    pub(crate) fn start(req: &EntryDumpRequest<'_>, open: Open) -> Self {
        let size = req.size().unwrap_or(0);
        if !req.unpromised() {
            req.largest(size.saturating_add(AROUND));
        }
        Self {
            next: 0,
            count: req.count().unwrap_or(0),
            size,
            per_part: req.per_part().unwrap_or(u32::MAX),
            step: req.step().unwrap_or(1),
            delay: req.delay().unwrap_or(0),
            _open: open,
        }
    }

    /// Sends the entries of one part.
    pub(crate) fn part(&mut self, out: &mut EntryEntries<'_>) -> Result {
        if self.delay > 0 {
            fsleep(Delta::from_millis(self.delay.into()));
        }
        let filling = ZEROS.get(..self.size as usize).unwrap_or(&ZEROS);
        let mut left = self.per_part;
        while self.next < self.count {
            if left == 0 {
                // What says that there is more to come.
                return Err(EMSGSIZE);
            }
            out.entry(|entry| {
                let index = self.next;
                entry
                    .index(index)
                    .value(u64::from(index).wrapping_mul(index.into()))
                    .label(b"entry");
                if !filling.is_empty() {
                    entry.filling(filling);
                }
                Ok(())
            })?;
            left = left.wrapping_sub(1);
            self.next = self.next.saturating_add(self.step);
        }
        Ok(())
    }
}
