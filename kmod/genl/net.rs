// SPDX-License-Identifier: GPL-2.0-only

//! Network namespaces.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use crate::helpers;
use core::ptr::NonNull;
use kernel::{
    bindings,
    sync::aref::{ARef, AlwaysRefCounted},
    types::Opaque,
};

/// A network namespace (`struct net`).
///
/// A request's lives as long as the request; keep another in an [`ARef<Net>`].
///
/// # Invariants
///
/// The namespace is initialised, and its reference count is not 0.
#[repr(transparent)]
pub struct Net(Opaque<bindings::net>);

// SAFETY: A namespace is shared by every thread of the kernel; nothing here changes it without its
// own locks.
unsafe impl Sync for Net {}

// SAFETY: As above.
unsafe impl Send for Net {}

// SAFETY: `get_net` and `put_net` count references, and the last one gone ends the namespace.
unsafe impl AlwaysRefCounted for Net {
    fn inc_ref(&self) {
        // SAFETY: The namespace lives, as `&self` does.
        unsafe { helpers::genl_get_net(self.as_raw()) };
    }

    unsafe fn dec_ref(net: NonNull<Self>) {
        // SAFETY: The caller gives up a reference.
        unsafe { helpers::genl_put_net(net.cast().as_ptr()) };
    }
}

impl Net {
    /// The initial network namespace, which never ends.
    pub fn init() -> &'static Self {
        // SAFETY: `init_net` is a static of the kernel, initialised before any module is loaded.
        unsafe { Self::from_raw(&raw mut bindings::init_net) }
    }

    /// # Safety
    ///
    /// The pointer must be to a namespace that lives during `'n`.
    #[inline(always)]
    pub(crate) unsafe fn from_raw<'n>(net: *mut bindings::net) -> &'n Self {
        // SAFETY: By the safety requirement; the layout is the same.
        unsafe { &*net.cast() }
    }

    #[inline(always)]
    pub(crate) fn as_raw(&self) -> *mut bindings::net {
        self.0.get()
    }

    /// The kernel's generic netlink socket there.
    #[inline(always)]
    pub(crate) fn sock(&self) -> *mut bindings::sock {
        // SAFETY: By the invariant, the namespace is initialised; the socket is set before any
        // request and until the namespace ends.
        unsafe { (*self.as_raw()).genl_sock }
    }

    /// Whether the user namespace that owns it is the current task's.
    pub fn is_of_current_user(&self) -> bool {
        // SAFETY: The namespace lives, as `&self` does.
        unsafe { helpers::genl_net_is_of_current_user(self.as_raw()) }
    }

    /// Whether the initial user namespace owns it, and not one that anybody can make.
    pub fn is_init_owned(&self) -> bool {
        // SAFETY: The namespace lives, as `&self` does.
        unsafe { helpers::genl_net_is_init_owned(self.as_raw()) }
    }

    /// A counted reference.
    pub fn get(&self) -> ARef<Self> {
        self.into()
    }
}

impl PartialEq for Net {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

impl Eq for Net {}
