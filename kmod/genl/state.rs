// SPDX-License-Identifier: GPL-2.0-only

//! Where a dump's state lives: in the 48 bytes that the core has for it, or behind a pointer there.

use core::ptr::NonNull;
use kernel::bindings;
use kernel::prelude::*;

/// Whether a state lives in the context itself.
///
/// The context is as aligned as the pointers around it.
#[inline]
const fn inline<T>() -> bool {
    size_of::<T>() <= bindings::NETLINK_CTX_SIZE as usize && align_of::<T>() <= align_of::<usize>()
}

/// The context of a dump.
///
/// # Safety
///
/// `cb` must be a dump's.
#[inline(always)]
unsafe fn context<T>(cb: NonNull<bindings::netlink_callback>) -> *mut T {
    // SAFETY: By the safety requirement.
    unsafe { &raw mut (*cb.as_ptr()).__bindgen_anon_1 }.cast()
}

/// Puts a state into a dump's context. `ENOMEM` where it is large and there is no memory.
///
/// # Safety
///
/// `cb` must be a dump's, used by this thread only, with nothing in its context.
#[inline(always)]
pub(crate) unsafe fn put<T>(cb: NonNull<bindings::netlink_callback>, state: T) -> Result {
    if const { inline::<T>() } {
        // SAFETY: By the safety requirement; the state fits and its alignment is the context's.
        unsafe { context::<T>(cb).write(state) };
    } else {
        let state = KBox::new(state, GFP_KERNEL)?;
        // SAFETY: By the safety requirement; a pointer fits.
        unsafe { context::<*mut T>(cb).write(KBox::into_raw(state)) };
    }
    Ok(())
}

/// The state in a dump's context.
///
/// # Safety
///
/// [`put`] must have put a `T`, and this thread only must use the callback during `'d`.
#[inline(always)]
pub(crate) unsafe fn get<'d, T>(cb: NonNull<bindings::netlink_callback>) -> &'d mut T {
    if const { inline::<T>() } {
        // SAFETY: By the safety requirement.
        unsafe { &mut *context::<T>(cb) }
    } else {
        // SAFETY: By the safety requirement.
        let state = unsafe { *context::<*mut T>(cb) };
        // SAFETY: `put` has put the pointer of a box.
        unsafe { &mut *state }
    }
}

/// Takes the state out of a dump's context and drops it.
///
/// # Safety
///
/// As for [`get`]; afterwards there is nothing in the context.
#[inline(always)]
pub(crate) unsafe fn drop_in<T>(cb: NonNull<bindings::netlink_callback>) {
    if const { inline::<T>() } {
        // SAFETY: By the safety requirement.
        unsafe { context::<T>(cb).drop_in_place() };
    } else {
        // SAFETY: By the safety requirement.
        let state = unsafe { *context::<*mut T>(cb) };
        // SAFETY: `put` has put the pointer of a box, which nobody else has.
        drop(unsafe { KBox::from_raw(state) });
    }
}
