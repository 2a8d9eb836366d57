// SPDX-License-Identifier: GPL-2.0-only

//! Requests, and replies to them.

use crate::{
    attr::{Attrs, Invariant, Key, Kind},
    extack::Extack,
    gfp::Gfp,
    helpers,
    mcast::{group, Multicast},
    message::{Header, HEADERS},
    net::Net,
    op::Op,
    socket::Socket,
    walk::{Each, Walk},
    writer::Builder,
};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::prelude::*;
use kernel::{bindings, cred::Credential};

/// A request for the operation `O`, whose attributes the core has checked.
///
/// # Invariants
///
/// - `info` is what the core passes to a `doit` or has made for a dump, valid during `'r`; its
///   attribute table is as [`Attrs`] wants it for `O::Policy`.
/// - `skb` is the request's buffer, valid during `'r`.
pub struct Request<'r, O> {
    info: NonNull<bindings::genl_info>,
    skb: NonNull<bindings::sk_buff>,
    _p: PhantomData<(Invariant<'r>, fn() -> O)>,
}

/// Proof that a reply was sent: what a handler of an operation that has a reply must return.
///
/// It cannot be kept for another request: what outlives a call of the handler can be sent to
/// another thread, and this cannot.
#[must_use = "return it from the handler"]
pub struct Sent(PhantomData<*mut ()>);

impl<'r, O: Op> Request<'r, O> {
    /// # Safety
    ///
    /// The pointers must be as the type's invariants say.
    #[inline(always)]
    pub(crate) unsafe fn new(
        skb: NonNull<bindings::sk_buff>,
        info: NonNull<bindings::genl_info>,
    ) -> Self {
        // INVARIANT: By the safety requirement.
        Self {
            info,
            skb,
            _p: PhantomData,
        }
    }

    #[inline(always)]
    fn info(&self) -> &bindings::genl_info {
        // SAFETY: By the invariant.
        unsafe { self.info.as_ref() }
    }

    /// The request's attributes, whose methods are the request's too.
    #[inline(always)]
    pub fn attrs(&self) -> Attrs<'r, O::Policy> {
        let info = self.info();
        let extack = self.extack();
        // SAFETY: By the invariant, the header is valid.
        let len = unsafe { (*info.nlhdr).nlmsg_len } as usize;
        // SAFETY: The core has checked that both headers are there.
        let first = unsafe { info.nlhdr.cast::<u8>().add(HEADERS) };
        // SAFETY: As above; the attributes are the rest of the message, 4-aligned.
        let all = unsafe { Walk::new(first, len.wrapping_sub(HEADERS), extack) };
        // SAFETY: By the invariant.
        unsafe { Attrs::of_request(info.attrs, all, extack) }
    }

    /// [`Attrs::get`]
    #[inline(always)]
    pub fn get<K: Kind + ?Sized>(&self, key: Key<O::Policy, K>) -> Option<K::Value<'r>> {
        self.attrs().get(key)
    }

    /// [`Attrs::each`]
    #[inline(always)]
    pub fn each<K: Kind + ?Sized>(&self, key: Key<O::Policy, K>) -> Each<'r, K> {
        self.attrs().each(key)
    }

    /// [`Attrs::has`]
    #[inline(always)]
    pub fn has<K: ?Sized>(&self, key: Key<O::Policy, K>) -> bool {
        self.attrs().has(key)
    }

    /// [`Attrs::require`]
    #[inline(always)]
    pub fn require<K: Kind + ?Sized>(&self, key: Key<O::Policy, K>) -> Result<K::Value<'r>> {
        self.attrs().require(key)
    }

    /// [`Attrs::missing`]
    #[cold]
    pub fn missing<K: ?Sized>(&self, key: Key<O::Policy, K>) -> Error {
        self.attrs().missing(key)
    }

    /// [`Attrs::reject`]
    #[cold]
    pub fn reject<K: ?Sized>(
        &self,
        key: Key<O::Policy, K>,
        error: Error,
        text: &'static CStr,
    ) -> Error {
        self.attrs().reject(key, error, text)
    }

    /// The extended ACK that goes with the answer.
    #[inline(always)]
    pub fn extack(&self) -> Extack<'r> {
        // SAFETY: By the invariant, the extended ACK is the request's or null.
        unsafe { Extack::new(self.info().extack) }
    }

    /// The sender's port id; a closed socket's may be given to another.
    #[inline(always)]
    pub fn portid(&self) -> u32 {
        self.info().snd_portid
    }

    /// The request's sequence number.
    #[inline(always)]
    pub fn seq(&self) -> u32 {
        self.info().snd_seq
    }

    /// The network namespace of the sender's socket.
    #[inline(always)]
    pub fn net(&self) -> &'r Net {
        // SAFETY: The socket that the request came through holds its namespace.
        unsafe { Net::from_raw(self.info()._net.net) }
    }

    /// The `NLM_F_*` flags of the request.
    #[inline(always)]
    pub fn flags(&self) -> u16 {
        // SAFETY: By the invariant, the header is valid.
        unsafe { (*self.info().nlhdr).nlmsg_flags }
    }

    /// Whether the sender wants to see what its change has made (`NLM_F_ECHO`).
    #[inline(always)]
    pub fn echo(&self) -> bool {
        u32::from(self.flags()) & bindings::NLM_F_ECHO != 0
    }

    /// The credentials of who opened the sender's socket, which may be another than the sender.
    ///
    /// What needs a privilege, or shows what not everybody may see, asks for both: a program can
    /// be made to write to a socket that it was given.
    pub fn opener(&self) -> &'r Credential {
        // SAFETY: By the invariant, the buffer is that of a request that is being served.
        let cred = unsafe { helpers::genl_opener(self.skb.as_ptr()) };
        // SAFETY: The credentials live as long as the request is being served.
        unsafe { Credential::from_ptr(cred) }
    }

    /// Whether this is the family that the core has called.
    pub(crate) fn is_served_by(&self, family: *const bindings::genl_family) -> bool {
        core::ptr::eq(self.info().family, family)
    }

    /// The sender's socket, which stays open while the request is served; none where the kernel
    /// asks.
    pub(crate) fn sender(&self) -> Option<NonNull<bindings::sock>> {
        // SAFETY: By the invariant, the buffer is that of a request that is being served.
        NonNull::new(unsafe { helpers::genl_sender(self.skb.as_ptr()) })
    }

    /// The sender's socket, to send to it later; none where the kernel asks.
    pub fn socket(&self) -> Option<Socket> {
        // SAFETY: By the invariant, the buffer is that of a request that is being served.
        unsafe { Socket::of_request(self.skb) }
    }

    /// Whether the opener of the sender's socket and the sender have the capability `cap` (a
    /// `CAP_*` number) in the initial user namespace (`netlink_capable`). Nobody has what is no
    /// capability.
    #[inline]
    pub fn capable(&self, cap: u32) -> bool {
        // SAFETY: By the invariant, the buffer is the request's, with its sender's socket.
        is_capability(cap) && unsafe { bindings::netlink_capable(self.skb.as_ptr(), cap as c_int) }
    }

    /// As [`capable`](Self::capable), in the user namespace that owns the sender's network
    /// namespace (`netlink_net_capable`).
    #[inline]
    pub fn net_capable(&self, cap: u32) -> bool {
        is_capability(cap)
            // SAFETY: By the invariant, the buffer is the request's, with its sender's socket.
            && unsafe { bindings::netlink_net_capable(self.skb.as_ptr(), cap as c_int) }
    }

    /// Sends a notification of a change that the request has made to the listeners of its group in
    /// the sender's network namespace, and to the sender where it asked for an echo
    /// (`genl_notify`); once, where it does both.
    ///
    /// The message carries the request's port id and sequence number, by which the sender knows
    /// its own. The closure may run several times, as with [`reply`](Self::reply). `ENOMEM`,
    /// `EMSGSIZE`, and what the closure returns; that somebody did not get it is no error.
    pub fn notify<N>(&self, fill: impl FnMut(&mut N::At<'_>) -> Result) -> Result
    where
        N: Multicast<Family = O::Family>,
    {
        let header = Header {
            cmd: N::CMD,
            ..self.header()
        };
        let skb = header.build::<N>(Gfp::Kernel, 0, fill)?;
        let family = self.info().family;
        let group = const { group::<N>() };
        let (skb, flags) = (skb.into_raw(), Gfp::Kernel.as_raw());
        // SAFETY: The family is registered while it serves a request, and has the group; the
        // buffer was ours and is given away.
        unsafe { bindings::genl_notify(family, skb, self.info.as_ptr(), group, flags) };
        Ok(())
    }

    #[inline(always)]
    fn header(&self) -> Header {
        // SAFETY: By the invariant, `family` is the family that was called.
        let family = unsafe { &*self.info().family };
        Header {
            family: family.id as u16,
            flags: 0,
            seq: self.seq(),
            portid: self.portid(),
            cmd: O::CMD,
            version: family.version as u8,
        }
    }

    /// Sends a reply with what the closure puts into it.
    ///
    /// The closure runs again, from an empty message, where the reply did not fit into a page, in
    /// a larger buffer; it must not count on running once. It may sleep.
    ///
    /// `ENOMEM` where there is no memory, `EMSGSIZE` where the reply is larger than 512 KiB,
    /// headers included, or a single attribute longer than 65 531 bytes, `ECONNREFUSED` where the
    /// sender is gone, `EAGAIN` where its receive buffer is full, and what the closure returns.
    #[inline(always)]
    pub fn reply<B: Builder>(&self, fill: impl FnMut(&mut B::At<'_>) -> Result) -> Result<Sent> {
        self.reply_with_capacity::<B>(0, fill)
    }

    /// As [`reply`](Self::reply), where the handler knows that a page may not do: the first buffer
    /// has room for `capacity` bytes beside the headers and the attributes of fixed size.
    ///
    /// `capacity` is a hint: the sum of what [`total_size`](crate::total_size) gives for the
    /// strings, byte slices and nests of the reply, for example.
    #[inline(always)]
    pub fn reply_with_capacity<B: Builder>(
        &self,
        capacity: usize,
        fill: impl FnMut(&mut B::At<'_>) -> Result,
    ) -> Result<Sent> {
        let skb = self.header().build::<B>(Gfp::Kernel, capacity, fill)?;
        skb.unicast(self.net(), self.portid())?;
        Ok(Sent(PhantomData))
    }
}

/// Whether the kernel knows the capability: asked for another, it stops.
#[inline]
fn is_capability(cap: u32) -> bool {
    cap <= kernel::uapi::CAP_LAST_CAP
}
