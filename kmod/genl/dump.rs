// SPDX-License-Identifier: GPL-2.0-only

//! Dumps: many objects over many buffers.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h) (`netlink_callback`)

use crate::{
    error::errno,
    extack::Extack,
    family::Home,
    message::{Header, HEADERS},
    net::Net,
    op::{Dump, Op},
    request::Request,
    skb::Free,
    state,
    writer::Builder,
};
use core::{marker::PhantomData, ops::Deref, ptr::NonNull};
use kernel::bindings;
use kernel::prelude::*;

/// The request that starts a dump.
///
/// # Invariants
///
/// `cb` is the dump's, valid during `'r`, and only this thread uses it meanwhile.
pub struct DumpRequest<'r, O> {
    request: Request<'r, O>,
    cb: NonNull<bindings::netlink_callback>,
}

impl<'r, O: Op> DumpRequest<'r, O> {
    /// # Safety
    ///
    /// `cb` must be the dump's, valid during `'r` and used by this thread only, and its data must
    /// be the core's information on the request.
    #[inline]
    unsafe fn new(cb: NonNull<bindings::netlink_callback>) -> Self {
        // SAFETY: By the safety requirement.
        let info = unsafe { info(cb) };
        // SAFETY: By the safety requirement; the core keeps the request's buffer with the dump.
        let skb = unsafe { NonNull::new_unchecked((*cb.as_ptr()).skb) };
        Self {
            // SAFETY: The core has filled the attribute table under the operation's policy and
            // keeps it, and the buffer, until the dump is done.
            request: unsafe { Request::new(skb, info) },
            cb,
        }
    }

    /// Promises that no object of the dump takes more than `len` bytes, for a dump of objects of
    /// more than 3 KiB or so: the core then makes every buffer at least as large.
    ///
    /// What the generator knows to fit always needs no promise. Without one, a larger object ends
    /// the dump with `EMSGSIZE` where the reader's own buffer is small.
    pub fn largest(&self, len: u32) {
        // SAFETY: By the invariant, the callback is ours.
        let alloc = unsafe { &raw mut (*self.cb.as_ptr()).min_dump_alloc };
        // SAFETY: As above.
        let least = unsafe { *alloc }.max(len.saturating_add(HEADERS as u32));
        // SAFETY: As above.
        unsafe { *alloc = least };
    }
}

impl<'r, O> Deref for DumpRequest<'r, O> {
    type Target = Request<'r, O>;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.request
    }
}

/// The core's information on the request of a dump (`genl_info_dump`).
///
/// # Safety
///
/// `cb` must be a generic netlink dump's.
#[inline(always)]
unsafe fn info(cb: NonNull<bindings::netlink_callback>) -> NonNull<bindings::genl_info> {
    // SAFETY: By the safety requirement.
    let data = unsafe { (*cb.as_ptr()).data }.cast::<bindings::genl_dumpit_info>();
    // SAFETY: By the safety requirement, the data are the core's information, never null.
    unsafe { NonNull::new_unchecked(&raw mut (*data).info) }
}

/// One part of a dump, which objects are put into until it is full.
///
/// # Invariants
///
/// - `cb` is the dump's, valid during `'d`, and only this thread uses it meanwhile.
/// - Between `free`'s start and `end` there are only whole messages.
pub struct Entries<'d, O, B> {
    cb: NonNull<bindings::netlink_callback>,
    header: Header,
    free: Free<'d>,
    full: bool,
    _p: PhantomData<fn() -> (O, B)>,
}

impl<'d, O: Op, B: Builder> Entries<'d, O, B> {
    /// # Safety
    ///
    /// `skb` and `cb` must be those of one `dumpit`, used by this thread only.
    #[inline(always)]
    unsafe fn new(
        skb: NonNull<bindings::sk_buff>,
        cb: NonNull<bindings::netlink_callback>,
    ) -> Self {
        // SAFETY: By the safety requirement.
        let info = unsafe { info(cb).as_ref() };
        // SAFETY: A dump holds its module and so its family, which lives in the module.
        let family = unsafe { &*info.family };
        // INVARIANT: There is no message yet.
        Self {
            cb,
            header: Header {
                family: family.id as u16,
                flags: bindings::NLM_F_MULTI as u16,
                seq: info.snd_seq,
                portid: info.snd_portid,
                cmd: O::CMD,
                version: family.version as u8,
            },
            // SAFETY: The core lends the buffer for the call; it is linear.
            free: unsafe { Free::new(skb) },
            full: false,
            _p: PhantomData,
        }
    }

    /// Appends an object with what the closure puts into it.
    ///
    /// `EMSGSIZE` where this part is full: return it from the handler, with its state still before
    /// this object, and the next part begins there. Any other error is the closure's; the object
    /// is then left out, and the dump may go on.
    #[inline(always)]
    pub fn entry(&mut self, fill: impl FnOnce(&mut B::At<'_>) -> Result) -> Result {
        let mut cursor = self.free.cursor.fork();
        match self.header.message::<B>(&mut cursor, fill) {
            Ok(()) => {
                // SAFETY: The copy has moved over one whole message, behind whole messages.
                unsafe { self.free.cursor.join(cursor) };
                Ok(())
            }
            Err(error) => {
                self.full |= cursor.check().is_err();
                Err(error)
            }
        }
    }

    /// How many more objects surely fit, if they have attributes of fixed size only, each once.
    #[inline(always)]
    pub fn fits(&self) -> usize {
        self.free.cursor.room() / const { HEADERS + B::ROOM }
    }

    /// How many bytes of this part are free.
    #[inline(always)]
    pub fn room(&self) -> usize {
        self.free.cursor.room()
    }

    #[inline(always)]
    fn info(&self) -> &bindings::genl_info {
        // SAFETY: By the invariant, the callback is that of a generic netlink dump.
        unsafe { info(self.cb).as_ref() }
    }

    /// The extended ACK that goes with the end of the dump, if this part is where it ends.
    pub fn extack(&self) -> Extack<'d> {
        // SAFETY: The extended ACK is this call's, or null.
        unsafe { Extack::new(self.info().extack) }
    }

    /// The network namespace of the socket that the dump was asked for through.
    pub fn net(&self) -> &'d Net {
        // SAFETY: The socket holds its namespace.
        unsafe { Net::from_raw(self.info()._net.net) }
    }

    /// Tells the reader where what is dumped has changed meanwhile (`NLM_F_DUMP_INTR`).
    ///
    /// `generation` counts changes; call it at the start of each part, before the first object.
    /// 0 is no generation.
    #[inline]
    pub fn generation(&mut self, generation: u32) {
        // No reference to the callback: the handler has one to the state, which may be inside.
        let cb = self.cb.as_ptr();
        // As `nl_dump_check_consistent`, which the core calls for the dump's end.
        // SAFETY: By the invariant, the callback is ours.
        unsafe { (*cb).seq = generation };
        // SAFETY: As above.
        let before = unsafe { (*cb).prev_seq };
        if before != 0 && before != generation {
            self.header.flags |= bindings::NLM_F_DUMP_INTR as u16;
        }
        // SAFETY: As above.
        unsafe { (*cb).prev_seq = generation };
    }

    /// Tells the reader that not everything is dumped, because a filter was asked for
    /// (`NLM_F_DUMP_FILTERED`).
    #[inline]
    pub fn filtered(&mut self) {
        let flag = bindings::NLM_F_DUMP_FILTERED as u16;
        self.header.flags |= flag;
        // SAFETY: By the invariant, the callback is ours. No reference to it: see `generation`.
        unsafe { (*self.cb.as_ptr()).answer_flags |= flag };
    }

    /// Hands the messages to the core.
    #[inline(always)]
    fn finish(self, result: Result) -> c_int {
        let (full, end) = (self.full, self.free.cursor.tail());
        // SAFETY: By the invariant, there are whole messages up to here.
        unsafe { self.free.commit(end) };
        // Where an object did not fit there is more to come, whatever the handler makes of it.
        errno(if full { Err(EMSGSIZE) } else { result })
    }
}

/// The core's way into the start of a dump.
///
/// # Safety
///
/// Only the core may call it, as the `start` of the table of `H`'s family.
pub(crate) unsafe extern "C" fn start<H: Home, O: Dump<H>>(
    cb: *mut bindings::netlink_callback,
) -> c_int {
    // SAFETY: The core passes a valid pointer.
    let cb = unsafe { NonNull::new_unchecked(cb) };
    // SAFETY: The callback is this dump's, and the core serialises calls for it.
    let request = unsafe { DumpRequest::new(cb) };
    request.largest(const { <O::Entry as Builder>::ROOM as u32 });
    // SAFETY: The core calls operations of registered families only, under `cb_lock`.
    let handler = unsafe { H::slot().called() };
    errno(O::start(handler, request).and_then(|state| {
        // SAFETY: The core has just cleared the dump's context, and calls `done` once from now on
        // if this succeeds.
        unsafe { state::put(cb, state) }
    }))
}

/// The core's way into a part of a dump.
///
/// # Safety
///
/// Only the core may call it, as the `dumpit` of the table of `H`'s family.
pub(crate) unsafe extern "C" fn dumpit<H: Home, O: Dump<H>>(
    skb: *mut bindings::sk_buff,
    cb: *mut bindings::netlink_callback,
) -> c_int {
    // SAFETY: The core passes valid pointers.
    let (skb, cb) = unsafe { (NonNull::new_unchecked(skb), NonNull::new_unchecked(cb)) };
    // SAFETY: `start` has put the state, and the core serialises calls for one dump.
    let state = unsafe { state::get(cb) };
    // SAFETY: Both are of this call.
    let mut entries = unsafe { Entries::new(skb, cb) };
    let result = O::dump(state, &mut entries);
    entries.finish(result)
}

/// The core's way into the end of a dump.
///
/// # Safety
///
/// Only the core may call it, as the `done` of the table of `H`'s family.
pub(crate) unsafe extern "C" fn done<H: Home, O: Dump<H>>(
    cb: *mut bindings::netlink_callback,
) -> c_int {
    // SAFETY: The core passes a valid pointer.
    let cb = unsafe { NonNull::new_unchecked(cb) };
    // SAFETY: `start` has put the state, and the core calls this once.
    unsafe { state::drop_in::<O::State>(cb) };
    0
}
