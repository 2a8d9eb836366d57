// SPDX-License-Identifier: GPL-2.0-only

//! What the family keeps for a network namespace.

use crate::{
    guard::Steps,
    obj::table::Table,
    open::{Dumps, Open},
};
use genl::NetState;
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
#[pin_data]
pub struct Space {
    objects: Arc<Objects>,
    dumps: Arc<Dumps>,
    requests: Atomic<u64>,
    #[pin]
    steps: Steps,
}

impl Space {
    /// The objects.
    pub(crate) fn objects(&self) -> &Arc<Objects> {
        &self.objects
    }

    /// Opens a dump.
    pub(crate) fn open(&self) -> Open {
        Dumps::open(&self.dumps)
    }

    /// How many dumps are open.
    pub(crate) fn dumps(&self) -> u32 {
        self.dumps.count()
    }

    /// What guard has done.
    pub(crate) fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Counts a request; says how many there were with it.
    pub(crate) fn count(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed).wrapping_add(1)
    }
}

impl NetState for Space {
    fn init() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            objects: Arc::pin_init(
                pin_init!(Objects { table <- new_mutex!(Table::new()) }),
                GFP_KERNEL,
            )?,
            dumps: Dumps::new()?,
            requests: Atomic::new(0),
            steps <- Steps::new(),
        })
    }
}
