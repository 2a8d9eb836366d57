// SPDX-License-Identifier: GPL-2.0-only

//! The static part of a family, which the core knows.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h) (`genl_family`)

use crate::{
    family::{Home, Interface, Serve},
    keep,
    live::Live,
    op::SplitOp,
    pernet::StateOf,
};
use core::cell::UnsafeCell;
use kernel::prelude::*;
use kernel::{
    bindings,
    sync::atomic::{Atomic, Full, Release},
    types::Opaque,
};

/// Names that the core treats specially: their ids and groups are not a family's own.
const RESERVED: &[&CStr] = &[c"nlctrl", c"NET_DM", c"VFS_DQUOT", c"pmcraid"];

#[inline]
const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The static part of a family: what the core knows it by, and where its handler is.
///
/// # Invariants
///
/// - While `taken` is set, one [`Registration`](crate::Registration) has the slot.
/// - `handler` is written only by that registration, and only while the core knows nothing of the
///   family; it points at the registration's handler while the core does.
/// - `family` is as the core wants it: its tables live for `'static` and have the lengths that it
///   says, and its operations expect the slot of `H`.
pub struct Slot<H> {
    family: Opaque<bindings::genl_family>,
    net_ops: Opaque<bindings::pernet_operations>,
    net_id: UnsafeCell<c_uint>,
    notifier: Opaque<bindings::notifier_block>,
    handler: UnsafeCell<*const H>,
    taken: Atomic<bool>,
    live: Live,
}

// SAFETY: `family`, `net_ops`, `net_id` and `notifier` belong to the core, which locks them;
// `handler` is read only where the invariant excludes writes; the rest is atomic. The handler
// itself is shared, hence `H: Sync` by `Home`.
unsafe impl<H: Home> Sync for Slot<H> {}

impl<H: Home> Slot<H> {
    /// The slot of a family of `module`. Compilation fails where the family is not what the core
    /// would accept.
    #[inline]
    pub const fn new(module: &ThisModule) -> Self {
        let ops = <H::Family as Serve<H>>::OPS;
        SplitOp::check(ops);
        let groups = <H::Family as Interface>::GROUPS;
        assert!(
            groups.len() <= u8::MAX as usize,
            "a family has more than 255 multicast groups"
        );
        let name = <H::Family as Interface>::NAME.to_bytes_with_nul();
        let mut i = 0;
        while i < RESERVED.len() {
            assert!(
                !same(name, RESERVED[i].to_bytes_with_nul()),
                "the core treats a family of this name specially"
            );
            i += 1;
        }
        let mut family: bindings::genl_family = pin_init::zeroed();
        assert!(
            1 < name.len() && name.len() <= family.name.len(),
            "a family's name has 1 to 15 bytes"
        );
        i = 0;
        while i < name.len() {
            family.name[i] = name[i];
            i += 1;
        }
        family.version = <H::Family as Interface>::VERSION as u32;
        family._bitfield_1 = flags();
        family.module = module.as_ptr();
        family.split_ops = ops.as_ptr().cast();
        family.n_split_ops = ops.len() as u8;
        family.resv_start_op = SplitOp::first_strict(ops);
        family.mcgrps = groups.as_ptr().cast();
        family.n_mcgrps = groups.len() as u8;
        keep::describe::<H>(&mut family);
        if !groups.is_empty() {
            family.bind = Some(bind::<H>);
            family.unbind = Some(unbind::<H>);
        }
        // INVARIANT: The tables are constants, with the lengths given; nobody has the slot.
        Self {
            family: Opaque::new(family),
            net_ops: Opaque::new(pin_init::zeroed()),
            net_id: UnsafeCell::new(0),
            notifier: Opaque::new(pin_init::zeroed()),
            handler: UnsafeCell::new(core::ptr::null()),
            taken: Atomic::new(false),
            live: Live::new(),
        }
    }

    /// The family as the core knows it.
    #[inline(always)]
    pub(crate) fn family(&self) -> *mut bindings::genl_family {
        self.family.get()
    }

    /// What the core calls for each network namespace.
    pub(crate) fn net_ops(&self) -> *mut bindings::pernet_operations {
        self.net_ops.get()
    }

    /// Where the core writes the number by which it finds a namespace's state.
    pub(crate) fn net_id(&self) -> *mut c_uint {
        self.net_id.get()
    }

    /// What the core calls when a socket was closed.
    pub(crate) fn notifier(&self) -> *mut bindings::notifier_block {
        self.notifier.get()
    }

    /// Takes the slot, for a handler that stays where it is until it is given back; false where
    /// somebody has it.
    pub(crate) fn take(&self) -> bool {
        !self.taken.xchg(true, Full)
    }

    /// Gives the slot back.
    ///
    /// # Safety
    ///
    /// The caller must have the slot, and the core must know nothing of the family.
    pub(crate) unsafe fn give_back(&self) {
        // INVARIANT: Nobody has the slot from now on.
        // SAFETY: By the safety requirement nobody reads.
        unsafe { *self.handler.get() = core::ptr::null() };
        // SAFETY: By the safety requirement.
        unsafe { self.live.reset() };
        self.taken.store(false, Release);
    }

    /// Sets the handler.
    ///
    /// # Safety
    ///
    /// The caller must have the slot, and the core must know nothing of the family. The handler
    /// must live and stay where it is until the slot is given back.
    pub(crate) unsafe fn set_handler(&self, handler: *const H) {
        // SAFETY: By the safety requirement nobody reads.
        unsafe { *self.handler.get() = handler };
    }

    /// Whether the slot's handler is this one, and keeps something for each network namespace.
    pub(crate) fn has_states(&self, handler: &H) -> bool {
        // SAFETY: Were this written meanwhile, `handler` would not be the slot's: the slot's is
        // there as long as it is set. A pointer is read and written at once.
        let ours = unsafe { self.handler.get().read_volatile() };
        size_of::<StateOf<H>>() > 0 && core::ptr::eq(ours, handler)
    }

    /// Whether the family is registered.
    #[inline(always)]
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// The handler.
    ///
    /// # Safety
    ///
    /// The core must know of the family and go on to do so while the reference is used, as in
    /// every call that it makes.
    #[inline(always)]
    pub(crate) unsafe fn handler(&self) -> &H {
        // SAFETY: By the invariant nobody writes while the family is registered.
        let handler = unsafe { *self.handler.get() };
        // SAFETY: By the invariant it points at the handler.
        unsafe { &*handler }
    }

    /// The handler, in a call of the family.
    ///
    /// # Safety
    ///
    /// The core must be calling the family, under `cb_lock`, while the reference is used.
    #[inline(always)]
    pub(crate) unsafe fn called(&self) -> &H {
        // SAFETY: The core calls registered families only. Unregistering waits for `cb_lock`, and
        // `Registered` ends it before, when the registration has returned.
        unsafe { self.live.begin() };
        // SAFETY: By the safety requirement.
        unsafe { self.handler() }
    }

    /// Runs the closure if the family is registered, and keeps it so meanwhile.
    ///
    /// The closure must not sleep.
    #[inline]
    pub(crate) fn while_live<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        self.live.during(f)
    }
}

/// `netnsok` and `parallel_ops`, which every family of this layer has: its handler is `Sync`, and
/// a request carries its namespace.
#[inline]
const fn flags() -> bindings::__BindgenBitfieldUnit<[u8; 1]> {
    // The bit fields start at the least significant bit on little-endian machines and at the most
    // significant one on big-endian ones.
    let bits: u8 = if cfg!(target_endian = "little") {
        0b0000_0011
    } else {
        0b1100_0000
    };
    // SAFETY: The unit is a transparent wrapper of the array.
    unsafe { core::mem::transmute::<[u8; 1], _>([bits]) }
}

/// The core's word that a socket joins a group.
///
/// # Safety
///
/// Only the core may call it, as the `bind` of `H`'s family.
unsafe extern "C" fn bind<H: Home>(group: c_int) -> c_int {
    // SAFETY: The core calls this for registered families only, under `cb_lock`.
    let handler = unsafe { H::slot().called() };
    <H::Family as Serve<H>>::bind(handler, group as usize);
    0
}

/// The core's word that a socket has left a group.
///
/// # Safety
///
/// Only the core may call it, as the `unbind` of `H`'s family.
unsafe extern "C" fn unbind<H: Home>(group: c_int) {
    // SAFETY: The core calls this for registered families only, under `cb_lock`.
    let handler = unsafe { H::slot().called() };
    <H::Family as Serve<H>>::unbind(handler, group as usize);
}
