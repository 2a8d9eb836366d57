// SPDX-License-Identifier: MIT OR Apache-2.0

//! Multicast groups of a family in Rust: who may join, who hears, and what happens when nobody
//! reads (row 49 of docs/conformance.md).

use genlkit_tests::{
    child::isolated,
    genltest::{Genltest, attr, cmd},
    raw::NetlinkOption,
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    unistd::{Uid, setresuid},
};

fn tick(name: &str) -> u16 {
    attr("tick", name)
}

/// Sends ticks; says how many somebody listened to.
fn ticks(family: &Genltest, count: u32) -> u32 {
    let reply = family.reply(family.request("tick").u32(tick("count"), count));
    reply.u32(tick("sent"))
}

/// The numbers of the ticks in a listener's queue.
fn heard(listener: &Genltest) -> Vec<u32> {
    let answers = listener.socket.answers();
    for message in answers.messages() {
        assert_eq!(message.cmd(), cmd("tick-ntf"));
        assert_eq!(
            (
                message.header.seq,
                message.header.portid,
                message.header.flags
            ),
            (0, 0, 0)
        );
    }
    answers
        .messages()
        .iter()
        .map(|message| message.u32(tick("seq")))
        .collect()
}

fn in_a_namespace(test: impl FnOnce()) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test();
    });
}

#[test]
fn a_group_is_heard_by_its_listeners_only() {
    in_a_namespace(|| {
        let (family, one, two, other) = (
            Genltest::open(),
            Genltest::open(),
            Genltest::open(),
            Genltest::open(),
        );
        assert_eq!((ticks(&family, 3), family.state("listening")), (0, 0));
        one.join("ticks").expect("anybody may");
        two.join("ticks").expect("anybody may");
        other.join("objects").expect("anybody may");
        assert_eq!(family.state("listening"), 2);
        assert_eq!(ticks(&family, 3), 3);
        assert_eq!((heard(&one), heard(&two)), (vec![0, 1, 2], vec![0, 1, 2]));
        assert!(other.socket.answers().is_empty());
        let group = one.family.group_id("ticks").cast_signed();
        one.socket.option(NetlinkOption::DROP_MEMBERSHIP, group);
        assert_eq!(ticks(&family, 1), 1);
        assert_eq!((heard(&one), heard(&two)), (vec![], vec![0]));
        drop(two);
        assert_eq!(ticks(&family, 1), 0);
    });
}

#[test]
fn a_group_is_heard_in_its_network_namespace_only() {
    in_a_namespace(|| {
        let here = Genltest::open();
        here.join("ticks").expect("anybody may");
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let there = Genltest::open();
        assert_eq!(ticks(&there, 1), 0);
        assert!(heard(&here).is_empty());
        // Unless it is sent everywhere.
        let everywhere = there.request("tick").attr(tick("everywhere"), &[]);
        assert_eq!(there.reply(everywhere).u32(tick("sent")), 1);
        assert_eq!(heard(&here), [0]);
    });
}

#[test]
fn a_tick_can_go_to_one_socket() {
    in_a_namespace(|| {
        let (family, one) = (Genltest::open(), Genltest::open());
        let to = |port| family.request("tick").u32(tick("port"), port);
        family.reply(to(one.socket.portid()));
        assert_eq!(heard(&one), [0]);
        let nobody = family.outcome(to(0x7fff_fff0));
        assert_eq!(
            (nobody.errno(), nobody.offset),
            (Errno::ECONNREFUSED, Some(20))
        );
    });
}

#[test]
fn a_tick_to_the_kernel_itself_is_refused() {
    let family = Genltest::open();
    let request = family.request("tick").u32(tick("port"), 0);
    assert_eq!(family.errno(request), Err(Errno::ECONNREFUSED));
}

#[test]
fn a_secret_group_is_for_the_namespaces_administrator() {
    let family = Genltest::open();
    family.join("secrets").expect("root may");
    isolated(|| {
        let nobody = Uid::from_raw(65534);
        setresuid(nobody, nobody, nobody).expect("root may");
        let family = Genltest::open();
        assert_eq!(family.join("secrets"), Err(Errno::EPERM));
        family.join("ticks").expect("anybody may");
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anybody may");
        Genltest::open()
            .join("secrets")
            .expect("it is its administrator");
    });
}

#[test]
fn row_49_a_listener_that_does_not_read_is_told_before_what_it_has_queued() {
    in_a_namespace(|| {
        let (family, listener) = (Genltest::open(), Genltest::open());
        listener.join("ticks").expect("anybody may");
        listener.socket.receive_buffer(16 << 10);
        let request = family
            .request("tick")
            .u32(tick("count"), 200)
            .u32(tick("padding"), 1000);
        // The sender is told how many arrived.
        family.reply(request).u32(tick("sent"));
        assert_eq!(listener.socket.try_receive().map(drop), Err(Errno::ENOBUFS));
        let queued = heard(&listener);
        assert!(!queued.is_empty() && queued.len() < 200, "{queued:?}");
        assert!(
            queued.iter().copied().eq(0..queued.len() as u32),
            "{queued:?}"
        );
        assert_eq!((ticks(&family, 1), heard(&listener)), (1, vec![0]));
    });
}

#[test]
fn row_49_a_listener_can_choose_not_to_be_told() {
    in_a_namespace(|| {
        let (family, listener) = (Genltest::open(), Genltest::open());
        listener.join("ticks").expect("anybody may");
        listener.socket.receive_buffer(16 << 10);
        listener.socket.option(NetlinkOption::NO_ENOBUFS, 1);
        let request = family
            .request("tick")
            .u32(tick("count"), 200)
            .u32(tick("padding"), 1000);
        family.reply(request);
        let queued = heard(&listener);
        assert!(!queued.is_empty() && queued.len() < 200, "{queued:?}");
    });
}
