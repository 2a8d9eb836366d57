// SPDX-License-Identifier: GPL-2.0-only

//! What the family keeps for a network namespace.

use crate::obj::table::Table;
use genl::{Net, NetState};
use kernel::prelude::*;
use kernel::sync::{
    atomic::{Atomic, Relaxed},
    new_mutex, Arc, Mutex,
};

/// A table of objects, which dumps share.
#[pin_data]
pub(crate) struct Objects {
    #[pin]
    table: Mutex<Table>,
}

impl Objects {
    /// Looks at the table or changes it; nobody else does meanwhile.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Table) -> R) -> R {
        f(&mut self.table.lock())
    }
}

/// What the family keeps for a network namespace.
pub struct Space {
    objects: Arc<Objects>,
    requests: Atomic<u64>,
}

impl Space {
    /// The objects.
    pub(crate) fn objects(&self) -> &Arc<Objects> {
        &self.objects
    }

    /// Counts a request; says how many there were with it.
    pub(crate) fn count(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed).wrapping_add(1)
    }
}

impl NetState for Space {
    fn init(_: &Net) -> impl PinInit<Self, Error> {
        let objects = Arc::pin_init(
            pin_init!(Objects { table <- new_mutex!(Table::new()) }),
            GFP_KERNEL,
        );
        objects.map(|objects| Self {
            objects,
            requests: Atomic::new(0),
        })
    }
}
