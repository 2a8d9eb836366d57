// SPDX-License-Identifier: GPL-2.0-only

//! Buffers for messages.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use crate::{cursor::Cursor, gfp::Gfp, net::Net};
use core::{marker::PhantomData, mem::ManuallyDrop, ptr::NonNull};
use kernel::prelude::*;
use kernel::{alloc::AllocError, bindings, error::to_result};

/// Bytes from the tail of a linear buffer to its end (`skb_tailroom`).
///
/// # Safety
///
/// `skb` must point at a valid buffer that nobody else uses.
#[inline(always)]
pub(crate) unsafe fn tailroom(skb: *const bindings::sk_buff) -> usize {
    // SAFETY: By the safety requirement.
    let (tail, end) = unsafe { ((*skb).tail, (*skb).end) };
    // Both are offsets from the head, or on 32-bit machines addresses; the tail is not behind the
    // end.
    (end as usize).wrapping_sub(tail as usize)
}

/// The first byte behind the data of a linear buffer (`skb_tail_pointer`).
///
/// # Safety
///
/// `skb` must point at a valid buffer without fragments.
#[inline(always)]
pub(crate) unsafe fn tail(skb: *const bindings::sk_buff) -> *mut u8 {
    // SAFETY: By the safety requirement.
    let (data, len) = unsafe { ((*skb).data, (*skb).len) };
    // SAFETY: The data of a linear buffer are `len` bytes in one allocation.
    unsafe { data.add(len as usize) }
}

/// A buffer for messages that this side owns (`struct sk_buff`).
///
/// This type is for netlink only. Sending consumes it, also where sending fails.
///
/// # Invariants
///
/// The pointer owns a valid buffer, linear, used by nobody else.
pub struct NetlinkSkBuff(NonNull<bindings::sk_buff>);

// SAFETY: A buffer can be freed and sent by any thread.
unsafe impl Send for NetlinkSkBuff {}

impl NetlinkSkBuff {
    /// An empty buffer with room for `size` bytes, headers included, or somewhat more.
    ///
    /// Fails where memory is short, and for more than 4 MiB or so.
    #[inline(always)]
    pub fn new(size: usize, gfp: Gfp) -> Result<Self, AllocError> {
        let size = u32::try_from(size).map_err(|_| AllocError)?;
        // SAFETY: Takes any numbers.
        let skb = unsafe { bindings::__alloc_skb(size, gfp.as_raw(), 0, bindings::NUMA_NO_NODE) };
        // INVARIANT: A new buffer is ours and linear.
        NonNull::new(skb).map(Self).ok_or(AllocError)
    }

    #[inline(always)]
    pub(crate) fn as_raw(&self) -> *mut bindings::sk_buff {
        self.0.as_ptr()
    }

    /// Gives the buffer away, to a function that consumes it.
    #[inline(always)]
    pub(crate) fn into_raw(self) -> *mut bindings::sk_buff {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// A writer's place over everything that is free.
    #[inline(always)]
    pub(crate) fn free(&mut self) -> Free<'_> {
        // SAFETY: By the invariant.
        let tail = unsafe { tail(self.as_raw()) };
        // SAFETY: By the invariant.
        let room = unsafe { tailroom(self.as_raw()) };
        Free {
            // SAFETY: The tailroom is ours while the buffer is borrowed.
            cursor: unsafe { Cursor::new(tail, room) },
            skb: self.0,
            start: tail,
            _p: PhantomData,
        }
    }

    /// Sends to one socket; the buffer is gone in either case (`nlmsg_unicast`).
    ///
    /// `ECONNREFUSED`: there is no such socket. `EAGAIN`: its receive buffer is full.
    #[inline(always)]
    pub(crate) fn unicast(self, net: &Net, portid: u32) -> Result {
        let skb = self.into_raw();
        // SAFETY: The socket is the namespace's; the buffer was ours and is given away.
        let sent = unsafe {
            bindings::netlink_unicast(net.sock(), skb, portid, bindings::MSG_DONTWAIT as c_int)
        };
        if sent < 0 {
            return to_result(sent);
        }
        Ok(())
    }
}

impl Drop for NetlinkSkBuff {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the buffer is ours.
        unsafe { bindings::nlmsg_free(self.as_raw()) };
    }
}

/// The free part of a buffer.
///
/// # Invariants
///
/// `skb` is valid and ours during `'b`; `cursor` started at `start`, its tail.
pub(crate) struct Free<'b> {
    pub(crate) cursor: Cursor,
    skb: NonNull<bindings::sk_buff>,
    start: *mut u8,
    _p: PhantomData<&'b mut NetlinkSkBuff>,
}

impl<'b> Free<'b> {
    /// The free part of a buffer that the core lends.
    ///
    /// # Safety
    ///
    /// `skb` must point at a valid linear buffer that nobody else uses during `'b`.
    #[inline(always)]
    pub(crate) unsafe fn new(skb: NonNull<bindings::sk_buff>) -> Self {
        // SAFETY: By the safety requirement.
        let start = unsafe { tail(skb.as_ptr()) };
        // SAFETY: By the safety requirement.
        let room = unsafe { tailroom(skb.as_ptr()) };
        // INVARIANT: By the safety requirement.
        Self {
            // SAFETY: By the safety requirement, the tailroom is ours.
            cursor: unsafe { Cursor::new(start, room) },
            skb,
            start,
            _p: PhantomData,
        }
    }

    /// Makes everything up to `end` part of the buffer's data.
    ///
    /// # Safety
    ///
    /// `end` must have been the tail of this cursor, and everything before it must be written.
    #[inline(always)]
    pub(crate) unsafe fn commit(self, end: *mut u8) {
        // The cursor moves only forward from `start`.
        let len = (end as usize).wrapping_sub(self.start as usize);
        // SAFETY: By the invariant the buffer is ours; `len` bytes were free behind its tail. A
        // buffer has fewer than 2^32 bytes.
        unsafe { bindings::skb_put(self.skb.as_ptr(), len as c_uint) };
    }
}
