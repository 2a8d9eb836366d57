// SPDX-License-Identifier: GPL-2.0-only

//! Network namespaces that may end meanwhile.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)
//! (`maybe_get_net`)

use crate::{helpers, net::Net};
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*,
    sync::{aref::ARef, new_spinlock, Arc, SpinLock},
};

/// A network namespace that this does not keep: for what comes back to it later, as a work item
/// does, and must not make it last for ever.
///
/// [`Home::weak_net`](crate::Home::weak_net) makes one.
#[derive(Clone)]
pub struct WeakNet(Arc<Place>);

/// Where a namespace is, while it is there.
#[pin_data]
struct Place {
    #[pin]
    at: SpinLock<At>,
}

/// # Invariants
///
/// While it is locked, a namespace that is in it is in memory, if only to end.
struct At(Option<NonNull<bindings::net>>);

// SAFETY: A namespace is shared by every thread of the kernel.
unsafe impl Send for At {}

impl WeakNet {
    /// The namespace, kept from now on; none where it has ended or is about to. Never sleeps.
    pub fn get(&self) -> Option<ARef<Net>> {
        let at = self.0.at.lock();
        let net = at.0?.as_ptr();
        // SAFETY: By the invariant, it is in memory.
        let net = NonNull::new(unsafe { helpers::genl_maybe_get_net(net) })?;
        // SAFETY: The reference that was counted is ours; the layout is the same.
        Some(unsafe { ARef::from_raw(net.cast()) })
    }
}

/// What makes weak references to a namespace end with it.
pub(crate) struct Anchor(WeakNet);

impl Anchor {
    /// An anchor in a namespace.
    ///
    /// # Safety
    ///
    /// It must be dropped before the namespace's memory is freed.
    pub(crate) unsafe fn new(net: &Net) -> Result<Self> {
        // INVARIANT: In memory until the anchor is dropped, by the safety requirement, which
        // empties this under its lock.
        let at = At(NonNull::new(net.as_raw()));
        let place = Arc::pin_init(pin_init!(Place { at <- new_spinlock!(at) }), GFP_KERNEL)?;
        Ok(Self(WeakNet(place)))
    }

    /// A weak reference to the namespace.
    pub(crate) fn weak(&self) -> WeakNet {
        self.0.clone()
    }
}

impl Drop for Anchor {
    fn drop(&mut self) {
        self.0 .0.at.lock().0 = None;
    }
}
