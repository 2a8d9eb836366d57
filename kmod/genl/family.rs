// SPDX-License-Identifier: GPL-2.0-only

//! Families and their registration.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h) (`genl_family`)

use crate::{mcast::MulticastGroup, op::SplitOp};
use core::cell::UnsafeCell;
use kernel::prelude::*;
use kernel::{
    bindings,
    error::to_result,
    sync::{
        atomic::{Acquire, Atomic, Full, Release},
        rcu,
    },
    types::Opaque,
};

/// What a family is on the wire. The generator makes one for each spec.
pub trait Interface: 'static {
    /// The name by which user space finds the family, at most 15 bytes.
    const NAME: &'static CStr;

    /// The version that the family's messages carry.
    const VERSION: u8;

    /// The multicast groups, in the order of their indexes.
    const GROUPS: &'static [MulticastGroup];
}

/// A family as the handler `H` serves it. The generator writes this for every handler.
pub trait Serve<H: 'static>: Interface {
    /// The operations, sorted by command, do before dump.
    const OPS: &'static [SplitOp<H>];

    /// Makes the handler, before the family is there for anyone.
    fn init(module: &'static ThisModule) -> impl PinInit<H, Error>;

    /// Passes on that a socket joins the group with this index.
    fn bind(handler: &H, group: usize);

    /// Passes on that a socket has left the group with this index.
    fn unbind(handler: &H, group: usize);
}

/// A handler that has a family and a place in the module.
///
/// [`module_genl_family!`](crate::module_genl_family) implements it, and nothing else should.
#[diagnostic::on_unimplemented(
    message = "the handler `{Self}` is not registered by this module",
    label = "name it in `genl::module_genl_family!`"
)]
pub trait Home: Send + Sync + Sized + 'static {
    /// The family that the handler serves.
    type Family: Serve<Self>;

    /// The handler's place.
    fn slot() -> &'static Slot<Self>;
}

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
/// - While `taken` is set, one [`Registration`] has the slot.
/// - `handler` is written only by that registration, only while the family is not registered; it
///   points at the registration's handler while the family is.
/// - `family` is as the core wants it: its tables live for `'static` and have the lengths that it
///   says, and its operations expect the slot of `H`.
pub struct Slot<H> {
    family: Opaque<bindings::genl_family>,
    handler: UnsafeCell<*const H>,
    taken: Atomic<bool>,
    live: Atomic<bool>,
}

// SAFETY: `family` belongs to the core, which locks it; `handler` is read only where the invariant
// excludes writes; the rest is atomic. The handler itself is shared, hence `H: Sync` by `Home`.
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
        family.mcgrps = groups.as_ptr().cast();
        family.n_mcgrps = groups.len() as u8;
        if !groups.is_empty() {
            family.bind = Some(bind::<H>);
            family.unbind = Some(unbind::<H>);
        }
        // INVARIANT: The tables are constants, with the lengths given; nobody has the slot.
        Self {
            family: Opaque::new(family),
            handler: UnsafeCell::new(core::ptr::null()),
            taken: Atomic::new(false),
            live: Atomic::new(false),
        }
    }

    /// The family as the core knows it.
    #[inline(always)]
    pub(crate) fn family(&self) -> *mut bindings::genl_family {
        self.family.get()
    }

    /// The handler.
    ///
    /// # Safety
    ///
    /// The family must be registered and stay so while the reference is used, as it is in every
    /// call that the core makes under `cb_lock`.
    #[inline(always)]
    pub(crate) unsafe fn handler(&self) -> &H {
        // SAFETY: By the invariant nobody writes while the family is registered.
        let handler = unsafe { *self.handler.get() };
        // SAFETY: By the invariant it points at the handler.
        unsafe { &*handler }
    }

    /// Runs the closure if the family is registered, and keeps it so meanwhile.
    ///
    /// The closure must not sleep.
    #[inline]
    pub(crate) fn while_live<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        let _guard = rcu::read_lock();
        self.live.load(Acquire).then(f)
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
    let handler = unsafe { H::slot().handler() };
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
    let handler = unsafe { H::slot().handler() };
    <H::Family as Serve<H>>::unbind(handler, group as usize);
}

/// A registered family with its handler.
///
/// A part of the module's own state, which [`module_genl_family!`](crate::module_genl_family)
/// makes: it cannot be forgotten, and the handler outlives every call to it.
///
/// # Invariants
///
/// The slot of `H` is taken by this registration; the family is registered.
#[pin_data(PinnedDrop)]
pub struct Registration<H: Home> {
    #[pin]
    handler: H,
    registered: Registered,
}

/// Marks that a registration came to its end.
struct Registered;

impl<H: Home> Registration<H> {
    /// Makes the handler, then registers its family.
    ///
    /// `EBUSY` where the slot is taken, `EEXIST` where another family has the name.
    pub fn new(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(&this in Self {
            handler <- <H::Family as Serve<H>>::init(module),
            registered: {
                // SAFETY: `this` is where the registration is being made, and its handler is.
                let handler = unsafe { &raw const (*this.as_ptr()).handler };
                register(H::slot(), handler)?
            },
        })
    }
}

/// Registers a family whose handler is ready and stays where it is until [`unregister`].
fn register<H: Home>(slot: &'static Slot<H>, handler: *const H) -> Result<Registered> {
    if slot.taken.xchg(true, Full) {
        return Err(EBUSY);
    }
    // SAFETY: The family is not registered, and the slot is ours: nobody else reads or writes.
    unsafe { *slot.handler.get() = handler };
    // SAFETY: By the invariant of the slot, the family is as the core wants it.
    let result = to_result(unsafe { bindings::genl_register_family(slot.family()) });
    if let Err(error) = result {
        slot.taken.store(false, Release);
        return Err(error);
    }
    slot.live.store(true, Release);
    Ok(Registered)
}

#[pinned_drop]
impl<H: Home> PinnedDrop for Registration<H> {
    fn drop(self: Pin<&mut Self>) {
        let slot = H::slot();
        // Senders outside requests first.
        slot.live.store(false, Release);
        rcu::synchronize_rcu();
        // SAFETY: By the invariant the family is registered. When this returns, no operation runs
        // and none will begin.
        unsafe { bindings::genl_unregister_family(slot.family()) };
        // SAFETY: The slot is of this module, which is still there.
        unsafe { wait_for_dumps(slot) };
        slot.taken.store(false, Release);
    }
}

/// Waits for dumps that outlive their family.
///
/// A dump holds a reference to the module, and so a module with an open dump cannot be unloaded.
/// But a module whose initialisation fails after one of its families was registered is torn down
/// whatever its count is.
///
/// # Safety
///
/// The family's module must be the one that is being initialised or unloaded.
unsafe fn wait_for_dumps<H: Home>(slot: &Slot<H>) {
    // SAFETY: The field is set once, in `Slot::new`.
    let module = unsafe { (*slot.family()).module };
    if module.is_null() {
        return;
    }
    // The initialisation itself holds one reference; an unload holds none.
    // SAFETY: The module is there, by the safety requirement.
    while unsafe { bindings::module_refcount(module) } > 1 {
        // SAFETY: May sleep: modules are initialised and unloaded in process context.
        unsafe { bindings::msleep(20) };
    }
}
