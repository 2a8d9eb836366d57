// SPDX-License-Identifier: GPL-2.0-only

//! Whether the core knows a family.

use kernel::sync::{
    atomic::{Acquire, Atomic, Full, Relaxed, Release},
    rcu,
};

const NOT_YET: u32 = 0;
const NOW: u32 = 1;
const NO_MORE: u32 = 2;

/// Whether a family is registered, for who is not called by the core.
///
/// # Invariants
///
/// While this is [`NOW`], and as long after as readers of RCU that saw it go on, the family is
/// registered.
pub(crate) struct Live(Atomic<u32>);

impl Live {
    pub(crate) const fn new() -> Self {
        // INVARIANT: It says nothing yet.
        Self(Atomic::new(NOT_YET))
    }

    /// Says that the family is registered, unless it was said to be so no more.
    ///
    /// The core may call a family before its registration has returned; whoever comes first says
    /// it.
    ///
    /// # Safety
    ///
    /// The family must be registered and stay so until [`end`](Self::end), which must be called
    /// after the registration has returned.
    #[inline(always)]
    pub(crate) unsafe fn begin(&self) {
        if self.0.load(Relaxed) == NOT_YET {
            self.first();
        }
    }

    #[cold]
    fn first(&self) {
        // INVARIANT: By the safety requirement of `begin`, as there was no `end` yet.
        let _ = self.0.cmpxchg(NOT_YET, NOW, Full);
    }

    /// Says that the family is registered no more, and waits for those who still saw that it is.
    ///
    /// May sleep.
    pub(crate) fn end(&self) {
        self.0.store(NO_MORE, Release);
        rcu::synchronize_rcu();
    }

    /// Forgets everything, for another registration.
    ///
    /// # Safety
    ///
    /// The family must not be registered.
    pub(crate) unsafe fn reset(&self) {
        self.0.store(NOT_YET, Release);
    }

    /// Runs the closure if the family is registered, and keeps it so meanwhile.
    ///
    /// The closure must not sleep.
    #[inline]
    pub(crate) fn during<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        let _guard = rcu::read_lock();
        (self.0.load(Acquire) == NOW).then(f)
    }
}
