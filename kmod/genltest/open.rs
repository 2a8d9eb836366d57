// SPDX-License-Identifier: GPL-2.0-only

//! Counts dumps that were started and are not done.

use kernel::prelude::*;
use kernel::sync::{
    atomic::{Atomic, Relaxed},
    Arc,
};

/// The dumps of a network namespace that are open.
pub(crate) struct Dumps(Atomic<u32>);

impl Dumps {
    /// None are open.
    pub(crate) fn new() -> Result<Arc<Self>> {
        Ok(Arc::new(Self(Atomic::new(0)), GFP_KERNEL)?)
    }

    /// Counts one more until it is dropped.
    pub(crate) fn open(this: &Arc<Self>) -> Open {
        this.0.fetch_add(1, Relaxed);
        Open(this.clone())
    }

    /// How many are open.
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

/// One open dump, a part of its state.
pub(crate) struct Open(Arc<Dumps>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0 .0.fetch_sub(1, Relaxed);
    }
}
