// SPDX-License-Identifier: GPL-2.0-only

//! Multicast groups, and notifications to them.

use crate::{
    family::{Home, Interface},
    gfp::Gfp,
    helpers,
    message::Header,
    net::Net,
    skb::NetlinkSkBuff,
    socket::Socket,
    writer::Builder,
};
use core::marker::PhantomData;
use kernel::prelude::*;
use kernel::{bindings, error::to_result};

/// Whom the core lets join a multicast group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Everybody.
    Any,
    /// Who has `CAP_NET_ADMIN` in the user namespace that owns the network namespace.
    NetAdmin,
    /// Who has `CAP_SYS_ADMIN` there.
    SysAdmin,
}

/// A generic netlink multicast group.
#[repr(transparent)]
pub struct MulticastGroup(bindings::genl_multicast_group);

// SAFETY: Pure data.
unsafe impl Sync for MulticastGroup {}

impl MulticastGroup {
    /// A group with a name of 1 to 15 bytes; compilation fails for another in a constant.
    #[inline]
    pub const fn const_new(name: &CStr, join: Join) -> Self {
        let mut group: bindings::genl_multicast_group = pin_init::zeroed();
        let name = name.to_bytes_with_nul();
        assert!(
            1 < name.len() && name.len() <= group.name.len(),
            "a multicast group's name has 1 to 15 bytes"
        );
        let mut i = 0;
        while i < name.len() {
            group.name[i] = name[i];
            i += 1;
        }
        // GENL_MCAST_CAP_NET_ADMIN and GENL_MCAST_CAP_SYS_ADMIN.
        group.flags = match join {
            Join::Any => 0,
            Join::NetAdmin => 1 << 0,
            Join::SysAdmin => 1 << 1,
        };
        Self(group)
    }
}

/// A message that nobody asked for.
pub trait Notification: Builder {
    /// The family that it belongs to.
    type Family: Interface;

    /// Its command number.
    const CMD: u8;
}

/// A notification to a multicast group (`mcgrp`). One that has none goes to single sockets, or to
/// a group that the handler chooses ([`Batch::multicast_to`]).
pub trait Multicast: Notification {
    /// The index of its group in the family's table.
    const GROUP: usize;
}

/// The multicast groups of a family by their names.
pub trait Groups: Copy {
    /// The family that has them.
    type Family: Interface;

    /// The index in the family's table.
    fn index(self) -> usize;
}

/// The group of `N` as the core counts, checked against the family's table.
#[inline]
pub(crate) const fn group<N: Multicast>() -> u32 {
    assert!(
        N::GROUP < <N::Family as Interface>::GROUPS.len(),
        "the family has no such multicast group"
    );
    N::GROUP as u32
}

/// Whether anyone may listen to the group of `N`.
///
/// A cheap way not to build what surely nobody hears: the core keeps one mask of groups for all
/// network namespaces, so that a yes may be about a listener in another one. What a notification
/// met, [`Batch::multicast`] tells. Never sleeps. Says no where the family is not registered.
pub fn has_listeners<H, N>(net: &Net) -> bool
where
    H: Home,
    N: Multicast<Family = H::Family>,
{
    let slot = H::slot();
    let listens = slot.while_live(|| {
        // SAFETY: The family is registered meanwhile and has the group; the namespace lives.
        unsafe { bindings::genl_has_listeners(slot.family(), net.as_raw(), const { group::<N>() }) }
    });
    listens.is_some_and(|listens| listens > 0)
}

/// Whether anyone may listen to the group of `N` in a network namespace that the initial user
/// namespace owns.
///
/// As with [`has_listeners`], a yes may be about a listener elsewhere. Never sleeps. Says no where
/// the family is not registered.
pub fn init_owned_listens<H, N>() -> bool
where
    H: Home,
    N: Multicast<Family = H::Family>,
{
    let slot = H::slot();
    let listens = slot.while_live(|| {
        // SAFETY: The family is registered meanwhile and has the group.
        unsafe { helpers::genl_init_owned_listens(slot.family(), const { group::<N>() }) }
    });
    listens.unwrap_or(false)
}

/// Notifications on their way to the listeners of one group, or to one socket: complete messages
/// in one buffer, which a listener receives in one call.
///
/// `H` is the handler whose family sends. It can be made and sent in any context, by anyone in the
/// module; where the family is not registered, sending fails and nothing is sent. That begins a
/// little before it is unregistered, so that an operation that still runs then is told `ENODEV` as
/// well: those who listen are about to lose the family anyway. Replies and
/// [`Request::notify`](crate::Request::notify) go out until the operation ends.
///
/// An empty batch is refused with `EINVAL`, one that was begun before the family was registered
/// with `ENODEV`.
pub struct Batch<H, N> {
    skb: NetlinkSkBuff,
    header: Header,
    _p: PhantomData<fn() -> (H, N)>,
}

impl<H, N> Batch<H, N>
where
    H: Home,
    N: Notification<Family = H::Family>,
{
    fn header() -> Header {
        let slot = H::slot();
        // SAFETY: The id is written when the family is registered, and a word is read at once.
        // Before, it is 0, which `ready` refuses; afterwards the family is not live.
        let id = unsafe { (&raw const (*slot.family()).id).read_volatile() };
        Header {
            family: id as u16,
            flags: 0,
            seq: 0,
            portid: 0,
            cmd: N::CMD,
            version: <N::Family as Interface>::VERSION,
        }
    }

    /// An empty batch with room for `size` bytes of messages, or somewhat more.
    pub fn new(size: usize, gfp: Gfp) -> Result<Self> {
        Ok(Self {
            skb: NetlinkSkBuff::new(size, gfp)?,
            header: Self::header(),
            _p: PhantomData,
        })
    }

    /// A batch with one notification of at most 512 KiB, in a buffer that grows until it fits.
    ///
    /// The closure runs again for each buffer, from an empty message.
    pub fn one(gfp: Gfp, fill: impl FnMut(&mut N::At<'_>) -> Result) -> Result<Self> {
        let header = Self::header();
        Ok(Self {
            skb: header.build::<N>(gfp, 0, fill)?,
            header,
            _p: PhantomData,
        })
    }

    /// Appends a notification with what the closure puts into it.
    ///
    /// `EMSGSIZE` where it does not fit: send the batch and begin another. Any other error is the
    /// closure's. In either case the batch is as before.
    #[inline]
    pub fn push(&mut self, fill: impl FnOnce(&mut N::At<'_>) -> Result) -> Result {
        let mut free = self.skb.free();
        self.header.message::<N>(&mut free.cursor, fill)?;
        let end = free.cursor.tail();
        // SAFETY: The message ends where the cursor is.
        unsafe { free.commit(end) };
        Ok(())
    }

    /// The buffer, if it can be sent: an empty datagram reads as an end, and a message without the
    /// family's number as one of netlink's own.
    fn ready(self) -> Result<NetlinkSkBuff> {
        if self.is_empty() {
            return Err(EINVAL);
        }
        if self.header.family == 0 {
            return Err(ENODEV);
        }
        Ok(self.skb)
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        // SAFETY: The buffer is ours.
        unsafe { (*self.skb.as_raw()).len == 0 }
    }

    /// Sends to one socket, whether it listens or not.
    ///
    /// May sleep. `ENODEV` where the family is not registered, `ECONNREFUSED` where there is no
    /// such socket or it is the kernel's own, `EAGAIN` where its receive buffer is full. A port id
    /// that somebody kept may be another socket's by now: see `WATCHES_SOCKETS` of the generated
    /// `Handler`.
    pub fn unicast(self, net: &Net, portid: u32) -> Result {
        // What is sent to the kernel is handled at once, under a lock that a handler's caller has.
        if portid == 0 {
            return Err(ECONNREFUSED);
        }
        let skb = self.ready()?;
        H::slot().while_live(|| ()).ok_or(ENODEV)?;
        skb.unicast(net, portid)
    }

    /// Puts the batch into a socket's receive queue, whoever has its port id by now. May sleep.
    ///
    /// `EAGAIN` where that is full, which the socket is not told of; `ENODEV` where the family is
    /// not registered.
    pub fn queue(self, socket: &Socket) -> Result {
        let skb = self.ready()?;
        H::slot().while_live(|| ()).ok_or(ENODEV)?;
        socket.queue(skb)
    }

    /// As [`multicast`](Self::multicast), to the listeners of a group that the caller chooses.
    ///
    /// `EINVAL` where the family has no such group.
    pub fn multicast_to<G>(self, group: G, net: &Net) -> Result<bool>
    where
        G: Groups<Family = H::Family>,
    {
        let index = group.index();
        if index >= <H::Family as Interface>::GROUPS.len() {
            return Err(EINVAL);
        }
        self.multicast_in(net, index as u32)
    }

    fn multicast_in(self, net: &Net, group: u32) -> Result<bool> {
        let slot = H::slot();
        let skb = self.ready()?;
        sent(slot.while_live(move || {
            // SAFETY: The family is registered meanwhile and has the group; the namespace lives;
            // the buffer was ours and is given away.
            to_result(unsafe {
                helpers::genl_multicast_netns(
                    slot.family(),
                    net.as_raw(),
                    skb.into_raw(),
                    group,
                    Gfp::Atomic.as_raw(),
                )
            })
        }))
    }
}

impl<H, N> Batch<H, N>
where
    H: Home,
    N: Multicast<Family = H::Family>,
{
    /// Sends to the group's listeners in a namespace; says whether there was any.
    ///
    /// Never sleeps. `ENODEV` where the family is not registered, `ENOBUFS` where a listener lost
    /// the batch because its receive buffer is full, `ENOMEM`.
    pub fn multicast(self, net: &Net) -> Result<bool> {
        self.multicast_in(net, const { group::<N>() })
    }

    /// Sends to the group's listeners in every network namespace; says whether there was any.
    ///
    /// Never sleeps. Errors are those of [`multicast`](Self::multicast).
    pub fn multicast_all(self) -> Result<bool> {
        let slot = H::slot();
        let skb = self.ready()?;
        sent(slot.while_live(move || {
            // SAFETY: The family is registered meanwhile and has the group; the buffer was ours
            // and is given away. RCU is held.
            to_result(unsafe {
                bindings::genlmsg_multicast_allns(
                    slot.family(),
                    skb.into_raw(),
                    0,
                    const { group::<N>() },
                )
            })
        }))
    }

    /// Sends to the group's listeners in every network namespace that the initial user namespace
    /// owns; says whether there was any.
    ///
    /// For what only the machine's own administrator may see: in another user namespace, anyone is
    /// administrator. Never sleeps. `ENODEV` where the family is not registered. A listener that
    /// there is no room or memory for gets `ENOBUFS` from its socket.
    pub fn multicast_init_owned(self) -> Result<bool> {
        let slot = H::slot();
        let skb = self.ready()?;
        sent(slot.while_live(move || {
            // SAFETY: The family is registered meanwhile and has the group; the buffer was ours
            // and is given away.
            to_result(unsafe {
                helpers::genl_multicast_init_owned(
                    slot.family(),
                    skb.into_raw(),
                    const { group::<N>() },
                )
            })
        }))
    }
}

/// Whether anyone listened, from what the core says and whether the family was registered.
fn sent(result: Option<Result>) -> Result<bool> {
    match result.ok_or(ENODEV)? {
        Ok(()) => Ok(true),
        Err(error) if error == ESRCH => Ok(false),
        Err(error) => Err(error),
    }
}
