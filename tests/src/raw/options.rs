// SPDX-License-Identifier: MIT OR Apache-2.0

//! The options of the netlink layer.

use nix::{
    errno::Errno,
    libc::{self, c_int, c_void, socklen_t},
    sys::socket::SetSockOpt,
};
use std::os::fd::{AsFd, AsRawFd as _};

/// An option of the netlink layer (`SOL_NETLINK`), all of which are numbers.
///
/// C header: `linux/netlink.h`
#[derive(Clone, Copy, Debug)]
pub struct NetlinkOption(c_int);

impl NetlinkOption {
    /// Joins a group.
    pub const ADD_MEMBERSHIP: Self = Self(libc::NETLINK_ADD_MEMBERSHIP);
    /// Leaves a group.
    pub const DROP_MEMBERSHIP: Self = Self(libc::NETLINK_DROP_MEMBERSHIP);
    /// Errors carry extended ACK attributes.
    pub const EXT_ACK: Self = Self(libc::NETLINK_EXT_ACK);
    /// Errors carry the header of the request only.
    pub const CAP_ACK: Self = Self(libc::NETLINK_CAP_ACK);
    /// Lost datagrams are not reported.
    pub const NO_ENOBUFS: Self = Self(libc::NETLINK_NO_ENOBUFS);
    /// Requests to read are checked as strictly as others.
    pub const GET_STRICT_CHK: Self = Self(libc::NETLINK_GET_STRICT_CHK);
}

impl SetSockOpt for NetlinkOption {
    type Val = i32;

    fn set<F: AsFd>(&self, fd: &F, value: &i32) -> nix::Result<()> {
        // SAFETY: The pointer and the length are those of a number that lives during the call.
        let result = unsafe {
            libc::setsockopt(
                fd.as_fd().as_raw_fd(),
                libc::SOL_NETLINK,
                self.0,
                std::ptr::from_ref(value).cast::<c_void>(),
                size_of::<i32>() as socklen_t,
            )
        };
        Errno::result(result).map(drop)
    }
}
