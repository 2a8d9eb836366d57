// SPDX-License-Identifier: GPL-2.0-only

//! How memory may be had.

use kernel::bindings;

/// Whether an allocation may sleep.
///
/// The kernel crate's own flags do not give their number to other crates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gfp {
    /// May sleep: for requests, dumps and work items.
    Kernel,
    /// May not sleep: under a spinlock, in RCU, in interrupts.
    Atomic,
}

impl Gfp {
    #[inline(always)]
    pub(crate) const fn as_raw(self) -> bindings::gfp_t {
        match self {
            Self::Kernel => bindings::GFP_KERNEL,
            Self::Atomic => bindings::GFP_ATOMIC,
        }
    }
}
