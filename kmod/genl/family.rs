// SPDX-License-Identifier: GPL-2.0-only

//! What a family is, and who serves it.

use crate::{
    keep::{self, SocketState, SocketStateOf},
    mcast::MulticastGroup,
    net::Net,
    op::{Op, SplitOp},
    pernet::{self, NetState, StateOf},
    request::Request,
    slot::Slot,
    weak::WeakNet,
};
use kernel::prelude::*;

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
    /// What is kept for each network namespace.
    type Net: NetState;

    /// What is kept for each socket.
    type Socket: SocketState;

    /// The operations, sorted by command, do before dump.
    const OPS: &'static [SplitOp<H>];

    /// Whether the handler wants to know of closed sockets.
    const WATCHES_SOCKETS: bool;

    /// Makes the handler, before the family is there for anyone.
    fn init(module: &'static ThisModule) -> impl PinInit<H, Error>;

    /// Passes on that a socket joins the group with this index.
    fn bind(handler: &H, group: usize);

    /// Passes on that a socket has left the group with this index.
    fn unbind(handler: &H, group: usize);

    /// Passes on that a generic netlink socket was closed.
    fn released(handler: &H, net: &Net, portid: u32);
}

/// A handler that has a family and a place in the module.
///
/// # Safety
///
/// Only [`module_genl_family!`](crate::module_genl_family) may implement it: `slot` must return
/// the same slot every time, and a slot of the module that the code is in.
#[diagnostic::on_unimplemented(
    message = "the handler `{Self}` is not registered by this module",
    label = "name it in `genl::module_genl_family!`"
)]
pub unsafe trait Home: Send + Sync + Sized + 'static {
    /// The family that the handler serves.
    type Family: Serve<Self>;

    /// The handler's place.
    fn slot() -> &'static Slot<Self>;

    /// What the family keeps for a network namespace.
    ///
    /// `ENODEV` where this is not the handler that the module serves the family with, and where
    /// the family keeps nothing.
    fn net_state<'h>(&'h self, net: &'h Net) -> Result<&'h StateOf<Self>> {
        if !Self::slot().has_states(self) {
            return Err(ENODEV);
        }
        // SAFETY: The states are registered as long as the slot's handler is there, which `self`
        // is, as checked.
        Ok(unsafe { pernet::get::<Self>(net) })
    }

    /// What the family keeps for the socket that a request came from; made, where there is none yet.
    ///
    /// May sleep. `ENODEV` where another handler serves the request, and where the family keeps
    /// nothing (`sock-priv`); `ENOTCONN` where the kernel itself asks; `ENOMEM`, and what the
    /// state's initialiser returns.
    fn socket_state<'r, O>(&self, req: &Request<'r, O>) -> Result<&'r SocketStateOf<Self>>
    where
        O: Op<Family = Self::Family>,
    {
        keep::of::<Self, O>(req)
    }

    /// A reference to a network namespace that does not keep it, nor outlive what the family keeps
    /// for it. Errors are those of [`net_state`](Self::net_state).
    fn weak_net(&self, net: &Net) -> Result<WeakNet> {
        if !Self::slot().has_states(self) {
            return Err(ENODEV);
        }
        // SAFETY: As above.
        Ok(unsafe { pernet::weak::<Self>(net) })
    }
}
