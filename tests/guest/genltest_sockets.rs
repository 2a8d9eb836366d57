// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a family in Rust keeps for each socket, sends without a group of its own, and does before and
//! behind an operation.

use genlkit::client::Client;
use genlkit_tests::{
    child::isolated,
    generated::genltest::{GuardRequest, Step},
    genltest::{Genltest, attr, cmd},
    module::Module,
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    unistd::write,
};
use std::thread;

/// What is kept for a socket: how often it has asked, and for how many something is kept.
fn mine(family: &Genltest) -> (u32, u32) {
    let reply = family.reply(family.request("mine"));
    (
        reply.u32(attr("mine", "calls")),
        reply.u32(attr("mine", "sockets")),
    )
}

#[test]
fn every_socket_has_a_state_of_its_own() {
    let (one, two) = (Genltest::open(), Genltest::open());
    let (calls, before) = mine(&one);
    assert_eq!(calls, 1);
    assert_eq!(mine(&two), (1, before + 1));
    assert_eq!(mine(&one), (2, before + 1));
    assert_eq!(mine(&two), (2, before + 1));
}

#[test]
fn a_sockets_state_is_made_when_it_is_asked_for_and_ends_with_the_socket() {
    let family = Genltest::open();
    let (_, before) = mine(&family);
    let others: Vec<Genltest> = (0..50).map(|_| Genltest::open()).collect();
    assert_eq!(mine(&family), (2, before));
    others.iter().for_each(|other| assert_eq!(mine(other).0, 1));
    assert_eq!(mine(&family), (3, before + 50));
    drop(others);
    assert_eq!(mine(&family), (4, before));
    // A socket that may have the place of one before in memory finds nothing there.
    for _ in 0..50 {
        assert_eq!(mine(&Genltest::open()), (1, before + 1));
    }
}

#[test]
fn a_sockets_state_and_its_open_dump_both_end_with_it() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let watcher = Genltest::open();
        let (_, before) = mine(&watcher);
        for _ in 0..20 {
            let family = Genltest::open();
            assert_eq!(mine(&family), (1, before + 1));
            let dump = family.request("entry").u32(attr("entry", "count"), 5000);
            let sent = family.socket.send(&dump.dump().bytes());
            sent.expect("it is sent");
            // The state ends first, with the dump still there.
            assert_eq!(watcher.state("open-dumps"), 1);
            drop(family);
            assert_eq!(watcher.state("open-dumps"), 0);
            assert_eq!(mine(&watcher).1, before);
        }
    });
}

#[test]
fn threads_that_share_a_socket_share_its_state() {
    let family = Genltest::open();
    let (_, sockets) = mine(&family);
    let shared = Genltest::open();
    let (request, fd) = (shared.request("mine").bytes(), shared.socket.as_fd());
    // Who gets whose answer is not known: all are asked first.
    let ask = || {
        for _ in 0..8 {
            write(fd, &request).expect("it is sent");
        }
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(ask);
        }
    });
    let answers = shared.socket.answers();
    let replies = answers.messages().iter();
    let mut calls: Vec<u32> = replies
        .map(|reply| reply.u32(attr("mine", "calls")))
        .collect();
    calls.sort_unstable();
    assert_eq!(calls, (1..=32).collect::<Vec<u32>>());
    assert_eq!(mine(&family).1, sockets + 1);
}

#[test]
fn sockets_states_go_with_their_family() {
    let module = Module::named("genltest");
    let open: Vec<Genltest> = (0..10).map(|_| Genltest::open()).collect();
    open.iter().for_each(|family| assert_eq!(mine(family).0, 1));
    module.unload_soon();
    module.load();
    // The sockets are as they were, and what was kept for them is gone.
    let family = Genltest::open();
    assert_eq!(mine(&family), (1, 1));
    drop(open);
    assert_eq!(mine(&family), (2, 1));
}

/// The texts of the notes in a socket's queue.
fn notes(family: &Genltest) -> Vec<String> {
    let answers = family.socket.answers();
    let text = |message: &genlkit_tests::raw::Received| {
        assert_eq!(message.cmd(), cmd("note-ntf"));
        let text = message.attr(attr("note", "text")).expect("the text");
        String::from_utf8_lossy(text.payload().strip_suffix(b"\0").expect("a NUL")).into_owned()
    };
    answers.messages().iter().map(text).collect()
}

#[test]
fn an_event_without_a_group_goes_to_one_socket_or_to_the_group_that_is_chosen() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let (family, other, listener) = (Genltest::open(), Genltest::open(), Genltest::open());
        other.join("ticks").expect("anybody may");
        listener.join("secrets").expect("root may");
        let note = |text| family.request("note").str(attr("note", "text"), text);
        // The sender is told before its ACK.
        let request = note("mine").ack().bytes();
        family.socket.send(&request).expect("it is sent");
        let answers = family.socket.answers();
        let kinds = answers.kinds();
        assert_eq!(kinds, [family.family.id, 2]);
        assert_eq!(answers.messages()[0].cmd(), cmd("note-ntf"));
        let secret = note("ours").attr(attr("note", "secret"), &[]);
        assert_eq!(family.errno(secret), Ok(()));
        assert_eq!(notes(&listener), ["ours"]);
        assert!(other.socket.answers().is_empty());
        assert!(family.socket.answers().is_empty());
    });
}

/// What was done since the last reply.
fn steps(client: &mut Client) -> Vec<Step> {
    let reply = client
        .call(&GuardRequest::new())
        .expect("nothing forbids it");
    let steps = reply.steps.map(|step| step.expect("it is whole"));
    steps.collect()
}

#[test]
fn what_comes_before_an_operation_is_undone_behind_it_also_where_it_failed() {
    let (pre, call, post) = (Step::PRE, Step::CALL, Step::POST);
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let mut client = Client::open().expect("a socket");
        assert_eq!(steps(&mut client), [pre, call]);
        // The one before ends behind its reply.
        assert_eq!(steps(&mut client), [post, pre, call]);
        let fail = GuardRequest::new().fail(Errno::EXDEV as u32);
        let error = client.call(&fail).expect_err("the operation fails");
        assert_eq!(error.errno(), Some(Errno::EXDEV as i32));
        assert_eq!(steps(&mut client), [post, pre, call, post, pre, call]);
    });
}

#[test]
fn an_operation_is_not_called_where_what_comes_before_it_fails() {
    let (pre, call, post) = (Step::PRE, Step::CALL, Step::POST);
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let mut client = Client::open().expect("a socket");
        let refuse = GuardRequest::new().refuse(Errno::EPERM as u32);
        let error = client.call(&refuse).expect_err("it is refused");
        assert_eq!(error.errno(), Some(Errno::EPERM as i32));
        // There is nothing to undo.
        assert_eq!(steps(&mut client), [pre, pre, call]);
        assert_eq!(steps(&mut client), [post, pre, call]);
    });
}
