// SPDX-License-Identifier: GPL-2.0-only

//! The extended ACK: what an answer says beyond its errno.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h) (`netlink_ext_ack`)

use crate::attr::{Invariant, RawAttr};
use core::{
    fmt::{self, Write},
    marker::PhantomData,
    ptr::NonNull,
};
use kernel::bindings;
use kernel::prelude::*;

/// The extended ACK of one request.
///
/// Text and cookie reach the sender on success too, the rest on errors only.
///
/// # Invariants
///
/// `raw` is null or points at the extended ACK of the request `'r`, which only this thread
/// accesses during `'r`.
#[derive(Clone, Copy)]
pub struct Extack<'r> {
    raw: *mut bindings::netlink_ext_ack,
    _p: Invariant<'r>,
}

impl<'r> Extack<'r> {
    /// # Safety
    ///
    /// The pointer must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(raw: *mut bindings::netlink_ext_ack) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            raw,
            _p: PhantomData,
        }
    }

    #[inline(always)]
    fn raw(self) -> Option<NonNull<bindings::netlink_ext_ack>> {
        NonNull::new(self.raw)
    }

    /// Sets the text (`NLMSGERR_ATTR_MSG`).
    pub fn text(self, text: &'static CStr) -> Self {
        self.message(text.as_char_ptr());
        self
    }

    /// Sets the text to what is formatted, of which the first 79 bytes reach the sender; the last
    /// three are dots where that is not all.
    ///
    /// # Examples
    ///
    /// ```ignore
    /// req.extack().format(format_args!("no task {pid} here"));
    /// ```
    pub fn format(self, args: fmt::Arguments<'_>) -> Self {
        let Some(raw) = self.raw() else { return self };
        // Here first: what is formatted may have this extended ACK, too, and write to it.
        let mut buffer = [0; bindings::NETLINK_MAX_FMTMSG_LEN as usize];
        let mut text = Text::new(&mut buffer);
        // It cannot fail: a text that is too long is cut.
        let _ = text.write_fmt(args);
        text.finish();
        // SAFETY: By the invariant, the extended ACK is ours; the buffer is a plain array in it.
        let to = unsafe { &raw mut (*raw.as_ptr())._msg_buf };
        // SAFETY: As above.
        unsafe { to.write(buffer) };
        self.message(to.cast_const().cast());
        self
    }

    fn message(self, text: *const c_char) {
        // SAFETY: Takes any string: one that lives for ever, or the buffer inside the extended
        // ACK. Tells the `netlink_extack` tracepoint.
        unsafe { bindings::do_trace_netlink_extack(text) };
        if let Some(raw) = self.raw() {
            // SAFETY: By the invariant, the extended ACK is ours. The text lives for ever or as
            // long as the extended ACK.
            unsafe { (*raw.as_ptr())._msg = text };
        }
    }

    /// Names the attribute that is wrong (`NLMSGERR_ATTR_OFFS`).
    pub(crate) fn attr(self, attr: RawAttr<'r>) -> Self {
        if let Some(raw) = self.raw() {
            // SAFETY: By the invariant, the extended ACK is ours. The attribute is one of the same
            // request, by the lifetime.
            unsafe { (*raw.as_ptr()).bad_attr = attr.as_ptr() };
        }
        self
    }

    /// Names the attribute that is missing (`NLMSGERR_ATTR_MISS_TYPE`), and the nest that it is
    /// missing from (`NLMSGERR_ATTR_MISS_NEST`), if it is.
    pub(crate) fn missing(self, id: u16, nest: Option<RawAttr<'r>>) -> Self {
        if let Some(raw) = self.raw() {
            // SAFETY: By the invariant, the extended ACK is ours.
            unsafe { (*raw.as_ptr()).miss_type = id };
            let nest = nest.map_or(core::ptr::null(), RawAttr::as_ptr);
            // SAFETY: As above. The nest is one of the same request, by the lifetime.
            unsafe { (*raw.as_ptr()).miss_nest = nest };
        }
        self
    }

    /// Sets the bytes that come with the success of a request (`NLMSGERR_ATTR_COOKIE`), 1 to 8.
    pub fn cookie<const N: usize>(self, cookie: &[u8; N]) -> Self {
        const {
            assert!(
                N > 0 && N <= bindings::NETLINK_MAX_COOKIE_LEN as usize,
                "a cookie has 1 to 8 bytes"
            )
        };
        if let Some(raw) = self.raw() {
            // SAFETY: By the invariant, the extended ACK is ours.
            let to = unsafe { &raw mut (*raw.as_ptr()).cookie };
            // SAFETY: The field has at least `N` bytes, as checked above, and is not `cookie`.
            unsafe { core::ptr::copy_nonoverlapping(cookie.as_ptr(), to.cast(), N) };
            // SAFETY: By the invariant, the extended ACK is ours.
            unsafe { (*raw.as_ptr()).cookie_len = N as u8 };
        }
        self
    }
}

/// Formats into a buffer and cuts what does not fit.
struct Text<'b> {
    buffer: &'b mut [c_char],
    len: usize,
    cut: bool,
}

impl<'b> Text<'b> {
    fn new(buffer: &'b mut [c_char]) -> Self {
        Self {
            buffer,
            len: 0,
            cut: false,
        }
    }

    /// Ends the text with a NUL, and with dots before it where something was cut.
    fn finish(self) {
        let dots = if self.cut { 3 } else { 0 };
        let from = self.len.saturating_sub(dots);
        let tail = self.buffer.get_mut(from..).unwrap_or_default();
        let end: &[u8] = if self.cut { b"...\0" } else { b"\0" };
        for (slot, byte) in tail.iter_mut().zip(end) {
            *slot = *byte as c_char;
        }
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // The last byte is the NUL's.
        let room = self.buffer.len().saturating_sub(1);
        let free = self.buffer.get_mut(self.len..room).unwrap_or_default();
        let mut copied: usize = 0;
        for (slot, byte) in free.iter_mut().zip(text.bytes()) {
            *slot = byte as c_char;
            copied = copied.wrapping_add(1);
        }
        self.len = self.len.saturating_add(copied);
        self.cut |= copied < text.len();
        Ok(())
    }
}
