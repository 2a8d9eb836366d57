// SPDX-License-Identifier: MIT OR Apache-2.0

//! What an answer carries beside its errno, and who is answered at all: rows 13, 15, 18, 20, 23,
//! 24, 28 and 33 to 36 of docs/conformance.md, on `genltest`.

use genlkit::wire::{flags, kind};
use genlkit_tests::{
    child::isolated,
    genltest::{Genltest, attr},
    raw::{NetlinkOption, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    unistd::{Uid, setresuid},
};

fn fault(name: &str) -> u16 {
    attr("fault", name)
}

/// Texts of the enum `fault-text`.
const FIXED: u32 = 1;
const FORMATTED: u32 = 2;
const LONG: u32 = 3;

fn failing(family: &Genltest, errno: Errno) -> Request {
    family.request("fault").u32(fault("errno"), errno as u32)
}

#[test]
fn row_34_an_error_repeats_the_request_of_every_size() {
    let family = Genltest::open();
    for size in [0, 1, 7, 1000, 30_000] {
        // An attribute that no request may have.
        let request = family.request("echo").attr(9, &vec![7; size]);
        let answers = family.ask(request.clone());
        let error = answers.single();
        assert_eq!(
            error.echoed(),
            request.clone().seq(error.header.seq).bytes()
        );
        assert_eq!(error.error().offset, Some(20));
        family.socket.option(NetlinkOption::CAP_ACK, 1);
        let answers = family.ask(request.clone());
        let capped = answers.single();
        assert!(capped.has(flags::CAPPED));
        assert_eq!(
            capped.echoed(),
            &request.seq(capped.header.seq).bytes()[..16]
        );
        assert_eq!(capped.error().offset, Some(20));
        family.socket.option(NetlinkOption::CAP_ACK, 0);
    }
}

#[test]
fn row_35_a_text_comes_with_an_error_and_with_a_success() {
    let family = Genltest::open();
    let success = family.outcome(family.request("fault").u32(fault("text"), FIXED));
    assert_eq!(
        (success.errno, success.text.as_str()),
        (0, "as it was asked for")
    );
    let error = family.outcome(failing(&family, Errno::EXDEV).u32(fault("text"), FIXED));
    assert_eq!(
        (error.errno(), error.text.as_str()),
        (Errno::EXDEV, "as it was asked for")
    );
    let error = family.outcome(failing(&family, Errno::EXDEV).u32(fault("text"), FORMATTED));
    assert_eq!(error.text, "errno 18, as it was asked for");
}

#[test]
fn row_35_a_text_that_is_too_long_is_cut_and_says_so() {
    let family = Genltest::open();
    let error = family.outcome(failing(&family, Errno::EXDEV).u32(fault("text"), LONG));
    assert_eq!(error.text, format!("{}...", "0".repeat(76)));
}

#[test]
fn row_35_a_cookie_comes_with_a_success() {
    let family = Genltest::open();
    let cookie = 0x0102_0304_0506_0708_u64.to_ne_bytes();
    let request = family.request("fault").attr(fault("cookie"), &cookie);
    let answers = family.ask(request.ack());
    let ack = answers.single();
    assert!(ack.has(flags::CAPPED | flags::ACK_TLVS));
    assert_eq!(ack.error().cookie.as_deref(), Some(cookie.as_slice()));
    // Who did not ask for extended ACKs gets none.
    family.socket.option(NetlinkOption::EXT_ACK, 0);
    let request = family.request("fault").attr(fault("cookie"), &cookie);
    assert!(!family.ask(request.ack()).single().has(flags::ACK_TLVS));
}

#[test]
fn row_35_a_wrong_attribute_is_named_with_an_error_only() {
    let family = Genltest::open();
    let request = failing(&family, Errno::EXDEV);
    let at = request.next_offset();
    let error = family.outcome(request.u32(fault("blame"), 0));
    assert_eq!((error.errno(), error.offset), (Errno::EXDEV, Some(at)));
    let success = family.outcome(family.request("fault").u32(fault("blame"), 0));
    assert_eq!((success.errno, success.offset), (0, None));
}

#[test]
fn row_35_a_missing_attribute_is_named_with_an_error_only() {
    let family = Genltest::open();
    for number in 1..=6 {
        let error = family.outcome(failing(&family, Errno::EXDEV).u32(fault("missing"), number));
        assert_eq!((error.missing, error.missing_from), (Some(number), None));
        let success = family.outcome(family.request("fault").u32(fault("missing"), number));
        assert_eq!((success.errno, success.missing), (0, None));
    }
}

#[test]
fn row_35_a_nest_is_named_with_what_it_misses_or_what_is_wrong_in_it() {
    let family = Genltest::open();
    let inner = |name| attr("fault-inner", name);
    let request = failing(&family, Errno::EXDEV);
    let at = request.next_offset();
    let error = family.outcome(request.clone().nest(fault("missing-inner"), |nest| nest));
    assert_eq!(error.missing, Some(inner("demanded").into()));
    assert_eq!((error.missing_from, error.offset), (Some(at), None));
    let wrong = request.nest(fault("missing-inner"), |nest| nest.u32(inner("blame"), 0));
    let error = family.outcome(wrong);
    assert_eq!((error.offset, error.missing), (Some(at + 4), None));
}

#[test]
fn every_errno_arrives_but_those_that_mean_something_inside_the_kernel() {
    let family = Genltest::open();
    for errno in 1..=4095 {
        let error = family.outcome(family.request("fault").u32(fault("errno"), errno));
        // EINTR would mean that a dump has begun, and above 511 are the kernel's own.
        let inside = errno == Errno::EINTR as u32 || errno > 511;
        let expected = if inside {
            Errno::EAGAIN as i32
        } else {
            errno as i32
        };
        assert_eq!(error.errno, expected, "{errno}");
    }
    let beyond = family.outcome(family.request("fault").u32(fault("errno"), 4096));
    assert_eq!((beyond.errno(), beyond.offset), (Errno::ERANGE, Some(20)));
}

#[test]
fn row_24_a_reply_comes_before_its_ack_and_the_ack_alone_where_there_is_none() {
    let family = Genltest::open();
    let answers = family.ask(family.request("echo").ack());
    assert_eq!(answers.kinds(), [family.family.id, kind::ERROR]);
    assert!(answers.messages()[1].is_ack());
    assert!(family.ask(family.request("check").ack()).single().is_ack());
    assert!(family.ask(family.request("check")).is_empty());
}

#[test]
fn rows_13_and_15_every_operation_is_strict_about_the_header() {
    let family = Genltest::open();
    for op in ["echo", "fault", "state", "gated"] {
        let error = family.outcome(family.request(op).reserved(1));
        assert_eq!(error.errno(), Errno::EINVAL, "{op}");
        assert_eq!(error.text, "genlmsghdr.reserved field is not 0", "{op}");
        for flag in [
            flags::CREATE,
            flags::EXCL,
            flags::REPLACE,
            flags::APPEND,
            flags::MULTI,
        ] {
            let error = family.outcome(family.request(op).flags(flag));
            assert_eq!(error.errno(), Errno::EINVAL, "{op} {flag:#x}");
            assert_eq!(error.text, "ambiguous or reserved bits set in nlmsg_flags");
        }
    }
}

#[test]
fn row_18_the_version_of_a_request_is_not_checked() {
    let family = Genltest::open();
    for version in [0, 2, 255] {
        let reply = family.reply(family.request("echo").version(version));
        assert_eq!(reply.body()[1], 1);
    }
}

#[test]
fn rows_19_and_20_operations_and_modes_that_are_not_there_are_eopnotsupp() {
    let family = Genltest::open();
    let errno = |request| family.ask(request).error().errno();
    for cmd in [0, 13, 19, 31, 255] {
        assert_eq!(
            errno(Request::of(&family.family, cmd)),
            Errno::EOPNOTSUPP,
            "{cmd}"
        );
    }
    assert_eq!(errno(family.request("echo").dump()), Errno::EOPNOTSUPP);
    assert_eq!(errno(family.request("entry")), Errno::EOPNOTSUPP);
    // The number of a notification is no operation.
    assert_eq!(errno(family.request("tick-ntf")), Errno::EOPNOTSUPP);
}

fn nobody() {
    let nobody = Uid::from_raw(65534);
    setresuid(nobody, nobody, nobody).expect("root may");
}

#[test]
fn row_23_admin_is_for_the_machines_administrator_and_uns_admin_for_the_namespaces() {
    let family = Genltest::open();
    assert_eq!(family.reply(family.request("admin")).attrs().len(), 1);
    assert_eq!(family.reply(family.request("uns-admin")).attrs().len(), 1);
    isolated(|| {
        nobody();
        let family = Genltest::open();
        for request in [
            family.request("admin"),
            family.request("uns-admin"),
            family.request("uns-admin").dump(),
        ] {
            assert_eq!(family.ask(request).error().errno(), Errno::EPERM);
        }
        family.reply(family.request("gated"));
    });
    // Who makes a user namespace with a network namespace administers the latter.
    isolated(|| {
        nobody();
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anybody may");
        let family = Genltest::open();
        assert_eq!(
            family.ask(family.request("admin")).error().errno(),
            Errno::EPERM
        );
        family.reply(family.request("uns-admin"));
        assert_eq!(
            family.ask(family.request("uns-admin").dump()).done().errno,
            0
        );
    });
    // A user namespace alone is no administrator of the network namespace.
    isolated(|| {
        nobody();
        unshare(CloneFlags::CLONE_NEWUSER).expect("anybody may");
        let family = Genltest::open();
        assert_eq!(
            family.ask(family.request("uns-admin")).error().errno(),
            Errno::EPERM
        );
    });
}

#[test]
fn row_28_a_dump_that_fails_at_its_start_is_an_error() {
    let family = Genltest::open();
    let error = family.ask(
        failing(&family, Errno::EXDEV)
            .u32(fault("text"), FIXED)
            .dump(),
    );
    let error = error.error();
    assert_eq!(
        (error.errno(), error.text.as_str()),
        (Errno::EXDEV, "as it was asked for")
    );
    // Attributes of a dump are checked as those of a do.
    let error = family
        .ask(family.request("fault").dump().u32(fault("cookie"), 0))
        .error();
    assert_eq!((error.errno(), error.offset), (Errno::EINVAL, Some(20)));
}

#[test]
fn rows_28_and_36_a_dump_that_fails_later_says_so_in_its_done() {
    let family = Genltest::open();
    for at in [0, 1, 100, 2000] {
        let request = failing(&family, Errno::EXDEV).u32(fault("text"), FORMATTED);
        let answers = family.ask(request.u32(fault("at"), at).dump());
        let indexes: Vec<u32> = answers
            .data()
            .map(|entry| entry.u32(fault("index")))
            .collect();
        assert!(indexes.into_iter().eq(0..at), "{at} entries");
        let (last, parts) = answers.messages().split_last().expect("DONE");
        assert!(last.has(flags::ACK_TLVS | flags::MULTI));
        let done = last.done();
        assert_eq!(done.errno(), Errno::EXDEV);
        assert_eq!(done.text, "errno 18, as it was asked for");
        assert!(
            parts
                .iter()
                .all(|part| part.header.kind == family.family.id)
        );
    }
    // A success can have a text too.
    let answers = family.ask(
        family
            .request("fault")
            .u32(fault("text"), FIXED)
            .u32(fault("at"), 1)
            .dump(),
    );
    assert_eq!(
        (answers.done().errno, answers.done().text.as_str()),
        (0, "as it was asked for")
    );
    family.socket.option(NetlinkOption::EXT_ACK, 0);
    let answers = family.ask(failing(&family, Errno::EXDEV).u32(fault("at"), 1).dump());
    assert!(
        !answers
            .messages()
            .last()
            .expect("DONE")
            .has(flags::ACK_TLVS)
    );
}
