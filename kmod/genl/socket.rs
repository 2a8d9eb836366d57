// SPDX-License-Identifier: GPL-2.0-only

//! Sockets that requests came from, kept for what is to be sent to them later.
//!
//! C header: [`include/net/sock.h`](srctree/include/net/sock.h)

use crate::{helpers, skb::NetlinkSkBuff};
use core::ptr::NonNull;
use kernel::prelude::*;
use kernel::{bindings, error::to_result};

/// A netlink socket of a user, counted: it stays in memory, closed or not, as long as this. Its order is no order.
///
/// A port id names whoever has it now; this is the socket itself, so that what is meant for it
/// never reaches another. It keeps the socket's network namespace too: drop what is closed.
///
/// # Invariants
///
/// The pointer owns a reference to the socket.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket(NonNull<bindings::sock>);

// SAFETY: A socket is shared by every thread of the kernel, and counted atomically.
unsafe impl Send for Socket {}

// SAFETY: As above; what is used of it here has its own locks.
unsafe impl Sync for Socket {}

impl Socket {
    /// The socket that a request came from.
    ///
    /// # Safety
    ///
    /// `skb` must be the buffer of a request that is being served.
    pub(crate) unsafe fn of_request(skb: NonNull<bindings::sk_buff>) -> Option<Self> {
        // SAFETY: By the safety requirement.
        let socket = unsafe { helpers::genl_get_sender(skb.as_ptr()) };
        // INVARIANT: The function counts a reference, which is ours.
        NonNull::new(socket).map(Self)
    }

    /// Whether it was closed. Once it was, it stays so.
    pub fn is_closed(&self) -> bool {
        // SAFETY: By the invariant, the socket is in memory.
        unsafe { helpers::genl_socket_is_closed(self.0.as_ptr()) }
    }

    /// Puts a buffer into its receive queue. May sleep.
    ///
    /// `EAGAIN` where that is full.
    pub(crate) fn queue(&self, skb: NetlinkSkBuff) -> Result {
        // SAFETY: By the invariant; the buffer was ours and is given away.
        to_result(unsafe { helpers::genl_queue(self.0.as_ptr(), skb.into_raw()) })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the reference is ours; this gives it up.
        unsafe { helpers::genl_put_socket(self.0.as_ptr()) };
    }
}
