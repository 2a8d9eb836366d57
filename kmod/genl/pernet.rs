// SPDX-License-Identifier: GPL-2.0-only

//! What a family keeps for each network namespace.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)
//! (`struct pernet_operations`), [`include/net/netns/generic.h`](srctree/include/net/netns/generic.h)

use crate::{
    error::errno,
    family::{Home, Serve},
    helpers,
    net::Net,
    slot::Slot,
    weak::{Anchor, WeakNet},
};
use core::marker::PhantomData;
use kernel::prelude::*;
use kernel::{bindings, error::to_result};

/// What a family keeps for each network namespace; `()` for nothing.
///
/// It is made when the module is loaded, for every namespace that there is, and when a namespace
/// is made; it is dropped when the namespace ends, and when the module is unloaded, after the
/// family is gone and its handler dropped.
pub trait NetState: Send + Sync + Sized + 'static {
    /// Makes the state of a namespace. May sleep.
    ///
    /// It does not get the namespace: where something else of it cannot be made, the core frees
    /// one that is being made, whoever has counted a reference. A reference that the state gets
    /// later must be none that keeps its own namespace, which would then never end.
    fn init() -> impl PinInit<Self, Error>;
}

impl NetState for () {
    fn init() -> impl PinInit<Self, Error> {
        Ok(())
    }
}

/// The state that the family of `H` keeps.
pub(crate) type StateOf<H> = <<H as Home>::Family as Serve<H>>::Net;

/// A state, and what goes with it.
#[pin_data]
struct Kept<S> {
    /// Dropped first: nobody finds the namespace any more when the state ends.
    anchor: Anchor,
    #[pin]
    state: S,
}

/// States that are registered, until this is dropped.
///
/// # Invariants
///
/// The operations in the slot of `H` are registered, unless there is nothing to keep.
pub(crate) struct States<H: Home>(PhantomData<fn() -> H>);

/// Whether there is anything to keep.
const fn any<H: Home>() -> bool {
    size_of::<StateOf<H>>() > 0
}

impl<H: Home> States<H> {
    /// Makes the states of all namespaces.
    ///
    /// # Safety
    ///
    /// The slot must be taken by the caller, and have no states.
    pub(crate) unsafe fn register(slot: &'static Slot<H>) -> Result<Self> {
        const {
            // The core allocates it.
            assert!(
                align_of::<Kept<StateOf<H>>>() <= align_of::<u64>(),
                "the state of a network namespace is aligned to more than 8 bytes"
            );
        }
        if const { any::<H>() } {
            let ops = bindings::pernet_operations {
                init: Some(init::<H>),
                exit: Some(exit::<H>),
                id: slot.net_id(),
                size: size_of::<Kept<StateOf<H>>>(),
                ..pin_init::zeroed()
            };
            // SAFETY: By the safety requirement the operations are not registered, and nobody
            // looks at them.
            unsafe { slot.net_ops().write(ops) };
            // SAFETY: The operations and the place of the id are in a static.
            to_result(unsafe { bindings::register_pernet_subsys(slot.net_ops()) })?;
        }
        // INVARIANT: They are registered, or there is nothing to keep.
        Ok(Self(PhantomData))
    }
}

impl<H: Home> Drop for States<H> {
    fn drop(&mut self) {
        if const { any::<H>() } {
            // SAFETY: By the invariant they are registered.
            unsafe { bindings::unregister_pernet_subsys(H::slot().net_ops()) };
        }
    }
}

/// The state of a namespace.
///
/// # Safety
///
/// The states of `H` must be registered while the reference is used, and not be none.
pub(crate) unsafe fn get<'n, H: Home>(net: &'n Net) -> &'n StateOf<H> {
    // SAFETY: By the safety requirement, the state of this namespace is made.
    unsafe { &(*place::<H>(net)).state }
}

/// A reference to a namespace that does not keep it.
///
/// # Safety
///
/// As for [`get`].
pub(crate) unsafe fn weak<H: Home>(net: &Net) -> WeakNet {
    // SAFETY: By the safety requirement, the anchor of this namespace is there.
    unsafe { &(*place::<H>(net)).anchor }.weak()
}

/// Where the core keeps the state of a namespace.
///
/// # Safety
///
/// The core must have given the states of `H` an id, and the namespace its place.
unsafe fn place<H: Home>(net: &Net) -> *mut Kept<StateOf<H>> {
    // SAFETY: By the safety requirement.
    let id = unsafe { *H::slot().net_id() };
    // SAFETY: By the safety requirement; the namespace lives.
    unsafe { helpers::genl_net_generic(net.as_raw(), id) }.cast()
}

/// The core's word that there is a namespace.
///
/// # Safety
///
/// Only the core may call it, as the `init` of the states of `H`.
unsafe extern "C" fn init<H: Home>(net: *mut bindings::net) -> c_int {
    // SAFETY: The core passes a namespace that lives during the call.
    let net = unsafe { Net::from_raw(net) };
    // SAFETY: The core has allocated the place, zeroed, just before.
    let place = unsafe { place::<H>(net) };
    let kept = try_pin_init!(Kept {
        // SAFETY: Dropped in `exit`, or below; the core frees the namespace after both.
        anchor: unsafe { Anchor::new(net) }?,
        state <- <StateOf<H> as NetState>::init(),
    });
    // SAFETY: The place is writable and stays where it is until `exit`. On an error the core
    // frees it, without `exit`.
    errno(unsafe { pin_init::raw_try_init(place, kept) })
}

/// The core's word that a namespace ends.
///
/// # Safety
///
/// Only the core may call it, as the `exit` of the states of `H`.
unsafe extern "C" fn exit<H: Home>(net: *mut bindings::net) {
    // SAFETY: The core passes a namespace whose memory lives during the call.
    let net = unsafe { Net::from_raw(net) };
    // SAFETY: The core frees the place after the call.
    let place = unsafe { place::<H>(net) };
    // SAFETY: `init` has made the state, and nobody uses it any more: users hold the namespace.
    unsafe { place.drop_in_place() };
}
