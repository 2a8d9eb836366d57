// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a real socket has to bear: other processes and signals.

use genlkit::client::Client;
use genlkit::nlctrl::{self, GetFamily, Notification};
use nix::errno::Errno;
use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::Signal;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, getsockname, sendto,
    socket,
};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any wait may take.
const LONGEST: Duration = Duration::from_secs(5);

#[test]
fn the_kernel_refuses_what_other_sockets_send_to_a_client() {
    let mut client = Client::open().unwrap();
    let address: NetlinkAddr = getsockname(client.transport().as_raw_fd()).unwrap();
    assert_ne!(address.pid(), 0);
    let spoofer = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::empty(),
        SockProtocol::NetlinkGeneric,
    )
    .unwrap();
    let lie = [0; 64];
    let sent = sendto(spoofer.as_raw_fd(), &lie, &address, MsgFlags::empty());
    assert_eq!(sent, Err(Errno::ECONNREFUSED));
    // Of two sockets of ours, neither is the kernel.
    let mut other = Client::open().unwrap();
    let other: NetlinkAddr = getsockname(other.transport().as_raw_fd()).unwrap();
    let sent = sendto(spoofer.as_raw_fd(), &lie, &other, MsgFlags::empty());
    assert_eq!(sent, Err(Errno::ECONNREFUSED));
    let reply = client.call(&GetFamily { name: "nlctrl" }).unwrap();
    assert_eq!(reply.id, Some(nlctrl::ID));
}

/// Runs `wait` while signals interrupt its thread all the time, but no longer than any wait here may
/// take; how many did.
fn interrupted(wait: impl FnOnce()) -> u32 {
    let handled = Arc::new(AtomicBool::new(false));
    let action = signal_hook::flag::register(libc::SIGUSR1, Arc::clone(&handled)).unwrap();
    let ended = AtomicBool::new(false);
    let waits = pthread_self();
    let count = thread::scope(|scope| {
        let interrupts = scope.spawn(|| {
            let mut count = 0;
            let begun = Instant::now();
            while !ended.load(Ordering::Relaxed) && begun.elapsed() < LONGEST {
                pthread_kill(waits, Signal::SIGUSR1).unwrap();
                thread::sleep(Duration::from_millis(1));
                count += u32::from(handled.swap(false, Ordering::Relaxed));
            }
            count
        });
        wait();
        ended.store(true, Ordering::Relaxed);
        interrupts.join().unwrap()
    });
    signal_hook::low_level::unregister(action);
    count
}

#[test]
fn signals_neither_end_a_wait_nor_put_its_deadline_off() {
    const TIME: Duration = Duration::from_millis(100);
    let mut client = Client::open().unwrap();
    let count = interrupted(|| {
        let start = Instant::now();
        let mut events = client.events::<Notification>();
        assert!(events.next_until(start + TIME).unwrap().is_none());
        assert!(start.elapsed() >= TIME);
        assert!(start.elapsed() < LONGEST);
    });
    assert!(count > 5, "{count} signals");
    let calls = interrupted(|| {
        // Longer, because who interrupts has to get a processor beside this.
        let end = Instant::now() + 10 * TIME;
        while Instant::now() < end {
            let reply = client.call(&GetFamily { name: "nlctrl" }).unwrap();
            assert_eq!(reply.id, Some(nlctrl::ID));
        }
    });
    assert!(calls > 5, "{calls} signals");
}
