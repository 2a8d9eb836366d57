// SPDX-License-Identifier: MIT OR Apache-2.0
//! The system calls that neli's socket does not offer, and where programs begin. The crate's only
//! unsafe code.
#![expect(unsafe_code, reason = "the one file where system calls are made")]

use super::Datagram;
#[cfg(feature = "tokio")]
use ::tokio::io::{Interest, unix::AsyncFd};
use std::ffi::CStr;
use std::io;
use std::mem::{self, MaybeUninit};
#[cfg(feature = "tokio")]
use std::os::fd::{AsFd, OwnedFd};
use std::os::fd::{AsRawFd, BorrowedFd};
#[cfg(feature = "tokio")]
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Netlink socket options that are on or off.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub(super) enum Switch {
    /// `NETLINK_PKTINFO`: tell each datagram's group.
    Pktinfo = libc::NETLINK_PKTINFO,
    /// `NETLINK_CAP_ACK`: errors do not repeat the request.
    CapAck = libc::NETLINK_CAP_ACK,
}

/// Switches a netlink option on.
pub(super) fn switch_on(socket: &impl AsRawFd, option: Switch) -> io::Result<()> {
    set_u32(socket, libc::SOL_NETLINK, option as i32, 1)
}

/// Joins or leaves a multicast group of any number.
pub(super) fn set_membership(socket: &impl AsRawFd, group: u32, member: bool) -> io::Result<()> {
    let option = match member {
        true => libc::NETLINK_ADD_MEMBERSHIP,
        false => libc::NETLINK_DROP_MEMBERSHIP,
    };
    set_u32(socket, libc::SOL_NETLINK, option, group)
}

/// Sets the size of the queue of received datagrams in bytes, beyond the system's limit
/// (`net.core.rmem_max`) where the caller may.
pub(super) fn set_queue_size(socket: &impl AsRawFd, bytes: u32) -> io::Result<()> {
    set_u32(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes)
        .or_else(|_| set_u32(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, bytes))
}

fn set_u32(socket: &impl AsRawFd, level: i32, option: i32, value: u32) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    // SAFETY: the descriptor is borrowed for the call, and `value` has the length that is told.
    let result = unsafe {
        libc::setsockopt(
            fd,
            level,
            option,
            (&raw const value).cast(),
            size_of::<u32>() as u32,
        )
    };
    check(result as isize).map(drop)
}

/// How many datagrams were dropped because the queue was full (`SO_MEMINFO`).
pub(super) fn drops(socket: &impl AsRawFd) -> io::Result<u32> {
    let mut info = [0u32; libc::SK_MEMINFO_DROPS as usize + 1];
    let mut len = size_of_val(&info) as libc::socklen_t;
    let fd = socket.as_raw_fd();
    // SAFETY: the descriptor is borrowed for the call, `info` has `len` bytes, and any bytes make
    // valid numbers.
    let result = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            info.as_mut_ptr().cast(),
            &raw mut len,
        )
    };
    check(result as isize)?;
    Ok(info[libc::SK_MEMINFO_DROPS as usize])
}

/// Connects to the kernel: from now on it refuses what anybody else sends to this socket alone.
pub(super) fn connect_to_kernel(socket: &impl AsRawFd) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    // SAFETY: zeros make a valid address: that of the kernel, once its family is set.
    let mut kernel: libc::sockaddr_nl = unsafe { mem::zeroed() };
    kernel.nl_family = libc::AF_NETLINK as libc::sa_family_t;
    let len = size_of_val(&kernel) as libc::socklen_t;
    // SAFETY: the descriptor is borrowed for the call, and `kernel` has the length that is told.
    let result = unsafe { libc::connect(fd, (&raw const kernel).cast(), len) };
    check(result as isize).map(drop)
}

/// Receives a datagram without waiting, and not who sent it; its length, also beyond the buffer.
#[inline]
pub(super) fn recv(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<usize> {
    let fd = socket.as_raw_fd();
    let flags = libc::MSG_TRUNC | libc::MSG_DONTWAIT;
    // SAFETY: the descriptor is borrowed for the call; the buffer is writable for the length told.
    let received = unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags) };
    check(received)
}

/// Receives a datagram without waiting, and its group, on a socket with [`Switch::Pktinfo`].
// Apart, so that who needs no groups does not make room for them.
#[inline(never)]
pub(super) fn recv_msg(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<Datagram> {
    const CONTROL_LEN: usize = 64;
    /// Room for one control message, aligned as its header must be.
    #[repr(C, align(8))]
    struct Control([u8; CONTROL_LEN]);

    let fd = socket.as_raw_fd();
    let mut address = MaybeUninit::<libc::sockaddr_nl>::zeroed();
    let mut control = Control([0; CONTROL_LEN]);
    let mut vector = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // SAFETY: zeros make a valid message: one without an address, buffers and control messages. It has
    // fields beside these with some C libraries, which have to be zero.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = address.as_mut_ptr().cast();
    message.msg_namelen = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
    message.msg_iov = &raw mut vector;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = CONTROL_LEN as _;
    let flags = libc::MSG_TRUNC | libc::MSG_DONTWAIT;
    // SAFETY: the descriptor is borrowed for the call; everything that `message` points to is
    // writable for the lengths told, and outlives the call.
    let received = unsafe { libc::recvmsg(fd, &raw mut message, flags) };
    let received = check(received)?;
    // SAFETY: all bytes were zero before the call, and zeros make a valid address.
    let address = unsafe { address.assume_init() };
    let told = message.msg_controllen as usize;
    let group = pktinfo(control.0.get(..told).unwrap_or_default());
    Ok(Datagram {
        len: received,
        sender: address.nl_pid,
        group: group.unwrap_or(0),
    })
}

/// Finds `struct nl_pktinfo`, which is one number, in a datagram's only control message.
fn pktinfo(control: &[u8]) -> Option<u32> {
    let header = control.get(..size_of::<libc::cmsghdr>())?;
    let level = header
        .get(mem::offset_of!(libc::cmsghdr, cmsg_level)..)?
        .first_chunk()?;
    let kind = header
        .get(mem::offset_of!(libc::cmsghdr, cmsg_type)..)?
        .first_chunk()?;
    let is_pktinfo = i32::from_ne_bytes(*level) == libc::SOL_NETLINK
        && i32::from_ne_bytes(*kind) == libc::NETLINK_PKTINFO;
    let data = control.get(size_of::<libc::cmsghdr>()..)?.first_chunk()?;
    is_pktinfo.then(|| u32::from_ne_bytes(*data))
}

/// Waits until there is something to receive, an error included; false past the time.
///
/// # Errors
/// `EINTR` after a signal, and what else the system says.
pub(super) fn wait(socket: &impl AsRawFd, time: Option<Duration>) -> io::Result<bool> {
    let fd = socket.as_raw_fd();
    let mut poll = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    let time = time.map(|time| libc::timespec {
        tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(time.subsec_nanos()),
    });
    let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the descriptor is borrowed for the call; `poll` is one entry; `time` is null or
    // points to a timespec that outlives the call.
    let ready = unsafe { libc::ppoll(&raw mut poll, 1, time, std::ptr::null()) };
    check(ready as isize).map(|ready| ready > 0)
}

#[inline]
fn check(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Lends a socket's descriptor.
pub(super) fn borrow(socket: &neli::socket::NlSocket) -> BorrowedFd<'_> {
    // SAFETY: an NlSocket owns its descriptor until it is dropped, and it is borrowed here.
    unsafe { BorrowedFd::borrow_raw(socket.as_raw_fd()) }
}

/// Has tokio tell when there may be something to receive, by a descriptor of its own for the socket:
/// neither has to outlive the other.
///
/// # Invariants
/// The descriptor is what it was when it was registered: nobody else sees it.
#[cfg(feature = "tokio")]
pub(super) struct Watch(AsyncFd<OwnedFd>);

#[cfg(feature = "tokio")]
impl Watch {
    /// Watches a socket, on the runtime that is entered.
    pub(super) fn new(socket: &impl AsFd) -> io::Result<Self> {
        let fd = socket.as_fd().try_clone_to_owned()?;
        // SAFETY: who owns a descriptor keeps it open, and always tells the same; by the invariant it is not
        // exchanged.
        let watch = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }?;
        Ok(Self(watch))
    }

    /// Waits until tokio notes that there may be something to receive; false has it forget that.
    pub(super) fn poll_readable(
        &self,
        context: &mut Context<'_>,
        mut is_readable: impl FnMut() -> io::Result<bool>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(context))?;
            if is_readable()? {
                return Poll::Ready(Ok(()));
            }
            ready.clear_ready();
        }
    }

    /// Whether tokio has noted an error without anything to receive, which it does not take for readable
    /// but, for good, for the end of writing: nothing more is told after that. Else the task is woken then.
    pub(super) fn poll_error(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write_ready(context).map_ok(drop)
    }
}

/// Begins a program at the C library's `main` instead of the standard library's, with which an empty
/// program takes 1.23 times as long as one in C, and with this 1.05: it asks where the stack is, which
/// the C library reads from `/proc/self/maps`, and has faults handled on another, so that one past the
/// stack's end is told as such. Here the signal alone tells it. All else is as usual: arguments, a
/// reader that is gone is an error of writing and no signal, standard streams that are closed are
/// `/dev/null`, what was printed is written at the end, and a panic is told and ends with status 101, or with SIGABRT where the profile
/// has `panic = "abort"`, as a release has.
///
/// It takes a `fn() -> u8`, which returns the exit status, and stands at the root of a program with
/// `#![cfg_attr(all(not(test), target_env = "gnu"), no_main)]`: other C libraries do not tell the
/// standard library a program's arguments by themselves.
///
/// ```
/// #![cfg_attr(all(not(test), target_env = "gnu"), no_main)]
///
/// genlkit::entry!(run);
///
/// fn run() -> u8 {
///     println!("{} arguments", std::env::args().count());
///     0
/// }
/// ```
#[macro_export]
macro_rules! entry {
    ($run:path) => {
        // SAFETY: the C library calls the one function of this name, once, and takes what it is given
        // here: no arguments that it would read, and a number.
        #[cfg(all(not(test), target_env = "gnu"))]
        #[unsafe(no_mangle)]
        extern "C" fn main() -> ::core::ffi::c_int {
            $crate::transport::begin($run)
        }

        #[cfg(not(all(not(test), target_env = "gnu")))]
        fn main() -> ::std::process::ExitCode {
            $run().into()
        }
    };
}

/// What the standard library does around a program's `main`, as [`entry!`](crate::entry) says.
pub fn begin(run: fn() -> u8) -> ! {
    open_standard_streams();
    // SAFETY: what is ignored runs no code.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let status = std::panic::catch_unwind(run).unwrap_or(101);
    // Writes what was printed.
    std::process::exit(status.into())
}

/// Opens `/dev/null` in the place of standard streams that are closed, so that no socket gets their
/// number, and what is printed goes to the kernel. Ends the program where that cannot be done, as the
/// standard library does.
fn open_standard_streams() {
    const NULL: &CStr = c"/dev/null";
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd {
        fd,
        events: 0,
        revents: 0,
    });
    // SAFETY: `streams` has as many entries as are told.
    let closed = unsafe { libc::poll(streams.as_mut_ptr(), streams.len() as libc::nfds_t, 0) };
    if closed < 1 {
        return;
    }
    for _ in streams
        .iter()
        .filter(|stream| stream.revents & libc::POLLNVAL != 0)
    {
        // SAFETY: the path ends with a NUL. The lowest number that is free is taken, and they are
        // opened from the lowest on.
        let opened = unsafe { libc::open(NULL.as_ptr(), libc::O_RDWR) };
        if opened < 0 {
            std::process::abort();
        }
    }
}
