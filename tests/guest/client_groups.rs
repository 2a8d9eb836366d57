// SPDX-License-Identifier: MIT OR Apache-2.0
//! Multicast groups of any number, and which of them a datagram came by.

use genlkit::transport::{Options, Socket, Transport};
use genlkit_tests::{module::Module, pace::seconds};
use std::{
    net::{Ipv4Addr, UdpSocket},
    thread,
    time::Duration,
};

#[expect(dead_code, reason = "its `main` listens for too short a time")]
#[path = "../../user/examples/notifications.rs"]
mod notifications;

#[expect(dead_code, reason = "its `main` listens for too short a time")]
#[path = "../../user/examples/in_step.rs"]
mod in_step;

const ROUTE: u32 = 0;
/// `RTNLGRP_IPV4_MCADDR`, beyond what a mask of 32 bits has.
const IPV4_MCADDR: u32 = 37;
const RTM_NEWMULTICAST: [u8; 2] = 56_u16.to_ne_bytes();

#[test]
fn a_group_above_32_is_delivered_with_its_number() {
    let mut socket = Socket::open(&Options::new().protocol(ROUTE)).expect("a socket");
    socket.join(IPV4_MCADDR).expect("a member");
    let udp = UdpSocket::bind(("0.0.0.0", 0)).expect("a socket");
    let join = || udp.join_multicast_v4(&Ipv4Addr::new(224, 5, 6, 7), &Ipv4Addr::LOCALHOST);
    join().expect("a member");
    let mut buffer = [0; 4096];
    let datagram = socket.try_recv(&mut buffer).expect("a notification");
    assert_eq!((datagram.group, datagram.sender), (IPV4_MCADDR, 0));
    assert_eq!(buffer[4..6], RTM_NEWMULTICAST);

    socket.leave(IPV4_MCADDR).expect("no member any longer");
    let left = udp.leave_multicast_v4(&Ipv4Addr::new(224, 5, 6, 7), &Ipv4Addr::LOCALHOST);
    left.expect("no member any longer");
    assert!(socket.try_recv(&mut buffer).is_err());
}

#[test]
fn the_examples_hear_of_families_that_come_and_go() {
    let module = Module::named("genltest");
    let heard = thread::scope(|scope| {
        let listens = scope.spawn(|| notifications::listen(seconds(1)));
        while !listens.is_finished() {
            module.load();
            module.unload_soon();
        }
        listens.join().expect("no panic")
    });
    assert!(heard.expect("no error") > 0);

    for is_there in [true, false] {
        let families = thread::scope(|scope| {
            let follows = scope.spawn(|| in_step::follow(seconds(1)));
            thread::sleep(Duration::from_millis(200));
            match is_there {
                true => module.load(),
                false => module.unload_soon(),
            }
            follows.join().expect("no panic")
        });
        let families = families.expect("no error");
        assert_eq!(families.contains_key("genltest"), is_there, "{families:?}");
    }
}
