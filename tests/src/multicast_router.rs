// SPDX-License-Identifier: MIT OR Apache-2.0

//! A multicast router of IPv4 that knows no routes: the kernel reports each packet that needs one.

use nix::errno::Errno;
use nix::libc::{self, c_int, c_void, socklen_t};
use std::os::fd::{AsFd, AsRawFd as _};

/// Options of the router's socket, and a flag of an interface.
///
/// C header: `linux/mroute.h`
const MRT_INIT: c_int = 200;
const MRT_ADD_VIF: c_int = 202;
const VIFF_USE_IFINDEX: u8 = 8;

/// `struct vifctl`.
#[repr(C)]
struct Interface {
    number: u16,
    flags: u8,
    threshold: u8,
    rate_limit: u32,
    device: c_int,
    remote: u32,
}

/// Makes a raw socket of IGMP the router of its namespace, until it is closed, with one interface.
///
/// # Panics
///
/// Without privilege, or where there is another.
pub fn start(socket: &impl AsFd, number: u16, device: u64) {
    set(socket, MRT_INIT, &1_i32);
    let interface = Interface {
        number,
        flags: VIFF_USE_IFINDEX,
        threshold: 1,
        rate_limit: 0,
        device: c_int::try_from(device).expect("an index"),
        remote: 0,
    };
    set(socket, MRT_ADD_VIF, &interface);
}

fn set<T>(socket: &impl AsFd, option: c_int, value: &T) {
    let len = socklen_t::try_from(size_of::<T>()).expect("it is small");
    // SAFETY: The pointer and the length are those of a value that lives during the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_IP,
            option,
            std::ptr::from_ref(value).cast::<c_void>(),
            len,
        )
    };
    Errno::result(result).unwrap_or_else(|errno| panic!("option {option}: {errno}"));
}
