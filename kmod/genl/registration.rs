// SPDX-License-Identifier: GPL-2.0-only

//! Registered families.

use crate::{
    family::{Home, Serve},
    pernet::States,
    release::Watch,
    slot::Slot,
};
use core::marker::PhantomData;
use kernel::prelude::*;
use kernel::{bindings, error::to_result};

/// A registered family with its handler.
///
/// A part of the module's own state, which [`module_genl_family!`](crate::module_genl_family)
/// makes: it cannot be forgotten, and the handler outlives every call to it.
#[pin_data]
pub struct Registration<H: Home> {
    // Dropped in this order: no operation runs when sockets are no longer watched; no call of the
    // core when the handler is dropped; no handler when the states of the namespaces are.
    family: Registered<H>,
    watch: Watch<H>,
    #[pin]
    handler: H,
    states: States<H>,
    taken: Taken<H>,
}

impl<H: Home> Registration<H> {
    /// Makes the states of all network namespaces and the handler, then registers the family.
    ///
    /// `EBUSY` where the slot is taken, `EEXIST` where another family has the name, `ENOMEM`, and
    /// what the handler's and the states' initialisers return.
    ///
    /// # Safety
    ///
    /// The registration must be dropped before the module is gone: only
    /// [`module_genl_family!`](crate::module_genl_family) may use it.
    #[doc(hidden)]
    pub unsafe fn new(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        let slot = H::slot();
        try_pin_init!(&this in Self {
            taken: Taken::take(slot)?,
            // SAFETY: The slot is ours from here on.
            states: unsafe { States::register(slot) }?,
            handler <- <H::Family as Serve<H>>::init(module),
            watch: {
                // SAFETY: `this` is where the registration is being made, and its handler is.
                let handler = unsafe { &raw const (*this.as_ptr()).handler };
                // SAFETY: The slot is ours, and the handler pinned; it is dropped after all that
                // the core knows of.
                unsafe { slot.set_handler(handler) };
                // SAFETY: As above.
                unsafe { Watch::register(slot) }?
            },
            // SAFETY: As above.
            family: unsafe { Registered::register(slot) }?,
        })
    }
}

/// A slot that somebody has, until this is dropped.
///
/// # Invariants
///
/// The slot of `H` is ours; what the core knows of it is dropped before this.
struct Taken<H: Home>(PhantomData<fn() -> H>);

impl<H: Home> Taken<H> {
    fn take(slot: &'static Slot<H>) -> Result<Self> {
        if slot.take() {
            // INVARIANT: It is now.
            Ok(Self(PhantomData))
        } else {
            Err(EBUSY)
        }
    }
}

impl<H: Home> Drop for Taken<H> {
    fn drop(&mut self) {
        // SAFETY: By the invariant.
        unsafe { H::slot().give_back() };
    }
}

/// A family that is registered, until this is dropped.
///
/// # Invariants
///
/// The family in the slot of `H` is registered.
struct Registered<H: Home>(PhantomData<fn() -> H>);

impl<H: Home> Registered<H> {
    /// # Safety
    ///
    /// The slot must be taken by the caller, have a handler that lives until this is dropped, and
    /// its family must not be registered.
    unsafe fn register(slot: &'static Slot<H>) -> Result<Self> {
        // SAFETY: By the invariant of the slot, the family is as the core wants it.
        to_result(unsafe { bindings::genl_register_family(slot.family()) })?;
        // SAFETY: It is registered until `drop`, which says so first.
        unsafe { slot.live().begin() };
        // INVARIANT: It is now.
        Ok(Self(PhantomData))
    }
}

impl<H: Home> Drop for Registered<H> {
    fn drop(&mut self) {
        let slot = H::slot();
        // Those who send outside of the family's own calls first.
        slot.live().end();
        // SAFETY: By the invariant the family is registered. When this returns, no operation runs
        // and none will begin.
        unsafe { bindings::genl_unregister_family(slot.family()) };
        // SAFETY: The slot is of this module, which is still there.
        unsafe { wait_for_dumps(slot) };
    }
}

/// Waits for dumps that outlive their family.
///
/// A dump holds a reference to the module, and so a module with an open dump cannot be unloaded.
/// But a module whose initialisation fails after one of its families was registered is torn down
/// whatever its count is; it then waits here, asleep, until whoever has the dump reads it or closes
/// the socket.
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
