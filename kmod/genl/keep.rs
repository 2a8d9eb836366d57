// SPDX-License-Identifier: GPL-2.0-only

//! What a family keeps for each socket that its requests come from.
//!
//! The core has a place for it (`genl_family::sock_privs`) and ends it with the socket, but lets no
//! module use `genl_sk_priv_get()`; what that does is done here.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h) (`genl_family`)

use crate::{
    family::{Home, Serve},
    helpers,
    op::Op,
    request::Request,
};
use core::ptr::NonNull;
use kernel::prelude::*;
use kernel::{bindings, error::from_err_ptr, types::ForeignOwnable};

/// What a family keeps for each socket (`sock-priv`); `()` for nothing.
///
/// It is made when a handler first asks for it with a request of the socket, and dropped when the
/// socket is closed, before the handler hears of that, or when the family is unregistered. Threads
/// may share a socket, and so a state. It may sleep when it is dropped.
pub trait SocketState: Send + Sync + Sized + 'static {
    /// Makes the state of a socket. May sleep, and run in vain where two requests come at once.
    fn init() -> impl PinInit<Self, Error>;
}

impl SocketState for () {
    fn init() -> impl PinInit<Self, Error> {
        Ok(())
    }
}

/// The state that the family of `H` keeps.
pub(crate) type SocketStateOf<H> = <<H as Home>::Family as Serve<H>>::Socket;

/// Tells the core what is kept. Nothing is, where the state has no size.
pub(crate) const fn describe<H: Home>(family: &mut bindings::genl_family) {
    family.sock_priv_size = size_of::<SocketStateOf<H>>();
    family.sock_priv_destroy = Some(destroy::<SocketStateOf<H>>);
}

/// The state of the socket that a request came from. It may be made first: see
/// [`Home::socket_state`].
pub(crate) fn of<'r, H: Home, O: Op>(req: &Request<'r, O>) -> Result<&'r SocketStateOf<H>> {
    if size_of::<SocketStateOf<H>>() == 0 || !req.is_served_by(H::slot().family()) {
        return Err(ENODEV);
    }
    let socket = req.sender().ok_or(ENOTCONN)?;
    let state = match find::<H>(socket) {
        Some(state) => state,
        None => make::<H>(socket)?,
    };
    // SAFETY: The core drops the state when the socket is closed, in the middle of whose
    // `sendmsg()` the request is served, or when the family is unregistered, which waits for the
    // request. Until then it is only shared.
    Ok(unsafe { state.as_ref() })
}

/// The state that there is.
fn find<H: Home>(socket: NonNull<bindings::sock>) -> Option<NonNull<SocketStateOf<H>>> {
    // SAFETY: A registered family that keeps something has its places.
    let state = unsafe { helpers::genl_sk_priv_find(H::slot().family(), socket.as_ptr()) };
    NonNull::new(state.cast())
}

/// Makes a state, unless another request comes before.
fn make<H: Home>(socket: NonNull<bindings::sock>) -> Result<NonNull<SocketStateOf<H>>> {
    let state = KBox::pin_init(SocketStateOf::<H>::init(), GFP_KERNEL)?;
    let ours = state.into_foreign();
    // SAFETY: As for `find`. What is kept is from `kmalloc()`, by which the core frees it.
    let kept = from_err_ptr(unsafe {
        helpers::genl_sk_priv_keep(H::slot().family(), socket.as_ptr(), ours)
    });
    if kept.as_ref().ok() != Some(&ours) {
        // SAFETY: It was not kept, and so is nobody else's.
        drop(unsafe { Pin::<KBox<SocketStateOf<H>>>::from_foreign(ours) });
    }
    NonNull::new(kept?.cast()).ok_or(ENOMEM)
}

/// The core's word that a state ends.
///
/// # Safety
///
/// Only the core may call it, as the `sock_priv_destroy` of a family that keeps an `S` for each
/// socket; it frees the memory itself.
unsafe extern "C" fn destroy<S>(state: *mut c_void) {
    // SAFETY: `make` has put it there, and by the safety requirement it is nobody else's any more.
    unsafe { state.cast::<S>().drop_in_place() };
}
