// SPDX-License-Identifier: GPL-2.0-only

//! The word that a socket was closed.
//!
//! C header: [`include/linux/notifier.h`](srctree/include/linux/notifier.h)

use crate::{
    family::{Home, Serve},
    net::Net,
    slot::Slot,
};
use core::marker::PhantomData;
use kernel::prelude::*;
use kernel::{bindings, error::to_result};

/// A watch on closed sockets, until this is dropped.
///
/// # Invariants
///
/// The notifier in the slot of `H` is registered, unless the handler does not want it.
pub(crate) struct Watch<H: Home>(PhantomData<fn() -> H>);

const fn wanted<H: Home>() -> bool {
    <H::Family as Serve<H>>::WATCHES_SOCKETS
}

impl<H: Home> Watch<H> {
    /// Begins to watch.
    ///
    /// # Safety
    ///
    /// The slot must be taken by the caller, have a handler that lives until this is dropped, and
    /// have no watch.
    pub(crate) unsafe fn register(slot: &'static Slot<H>) -> Result<Self> {
        if const { wanted::<H>() } {
            let notifier = bindings::notifier_block {
                notifier_call: Some(released::<H>),
                ..pin_init::zeroed()
            };
            // SAFETY: By the safety requirement the notifier is not registered, and nobody looks
            // at it.
            unsafe { slot.notifier().write(notifier) };
            // SAFETY: The notifier is in a static.
            to_result(unsafe { bindings::netlink_register_notifier(slot.notifier()) })?;
        }
        // INVARIANT: It is registered, or not wanted.
        Ok(Self(PhantomData))
    }
}

impl<H: Home> Drop for Watch<H> {
    fn drop(&mut self) {
        if const { wanted::<H>() } {
            // SAFETY: By the invariant it is registered. When this returns, no call runs.
            unsafe { bindings::netlink_unregister_notifier(H::slot().notifier()) };
        }
    }
}

/// The core's word that a socket, of any netlink protocol, was closed.
///
/// # Safety
///
/// Only the core may call it, as the notifier of `H`.
unsafe extern "C" fn released<H: Home>(
    _: *mut bindings::notifier_block,
    event: c_ulong,
    notify: *mut c_void,
) -> c_int {
    // SAFETY: The core passes this structure with every event, valid during the call.
    let notify = unsafe { &*notify.cast::<bindings::netlink_notify>() };
    if event == bindings::NETLINK_URELEASE as c_ulong
        && notify.protocol == bindings::NETLINK_GENERIC as c_int
    {
        // SAFETY: The socket holds its namespace.
        let net = unsafe { Net::from_raw(notify.net) };
        // SAFETY: By the safety requirement of `register`, the handler lives.
        let handler = unsafe { H::slot().handler() };
        <H::Family as Serve<H>>::released(handler, net, notify.portid);
    }
    // NOTIFY_DONE
    0
}
