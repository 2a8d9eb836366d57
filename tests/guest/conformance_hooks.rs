// SPDX-License-Identifier: MIT OR Apache-2.0

//! What surrounds an operation: rows 11, 14, 15 and 20 to 23 of docs/conformance.md, on the C
//! family `genltest_legacy`, whose operations have hooks and a number below `resv_start_op`.

use genlkit::wire::{flags, kind};
use genlkit_tests::{
    child::isolated,
    raw::{Family, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    unistd::{Uid, setresuid},
};
use std::sync::Mutex;

// kmod/genltest_c/legacy.h
const FLAGS: u8 = 1;
const HOOKED: u8 = 2;
const TRACE: u8 = 3;
const ADMIN: u8 = 4;
const A_VALUE: u16 = 1;
const A_PRE_ERRNO: u16 = 2;
const A_DO_ERRNO: u16 = 3;
const A_FLAGS: u16 = 4;
const A_TRACE: u16 = 5;
const UNKNOWN: u16 = 100;

/// The family has one trace for all.
static TURN: Mutex<()> = Mutex::new(());

fn legacy() -> (RawSocket, Family) {
    let socket = RawSocket::generic();
    let family = socket.family("genltest_legacy");
    (socket, family)
}

fn nobody() {
    let nobody = Uid::from_raw(65534);
    setresuid(nobody, nobody, nobody).expect("root may");
}

/// What a hooked operation answers, and what it ran: `p`re_doit, `d`oit, `P`ost_doit.
fn hooked(fill: impl FnOnce(Request) -> Request) -> (i32, String) {
    let _turn = TURN.lock().expect("no test panics in its turn");
    let (socket, family) = legacy();
    // So that nothing is left of the one before.
    socket.ask(Request::of(&family, HOOKED).u32(A_PRE_ERRNO, 1));
    let answers = socket.ask(fill(Request::of(&family, HOOKED).ack()));
    let errno = answers.error().errno;
    let trace = socket.ask(Request::of(&family, TRACE));
    let trace = trace
        .single()
        .attr(A_TRACE)
        .expect("the trace")
        .str()
        .escaped()
        .to_string();
    (errno, trace)
}

#[test]
fn row_11_a_family_that_is_not_for_namespaces_is_enoent_in_another() {
    let (socket, family) = legacy();
    let answers = socket.ask(Request::of(&family, FLAGS));
    assert_eq!(answers.kinds(), [family.id]);
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let there = RawSocket::generic();
        assert_eq!(
            there.ask(Request::of(&family, FLAGS)).error().errno(),
            Errno::ENOENT
        );
        assert_eq!(Family::find(&there, "genltest_legacy"), None);
    });
}

#[test]
fn row_14_an_operation_below_resv_start_op_accepts_a_reserved_field() {
    let (socket, family) = legacy();
    let answers = socket.ask(Request::of(&family, FLAGS).reserved(7).u32(A_VALUE, 5));
    assert_eq!(answers.single().u32(A_VALUE), 5);
    // The next one does not.
    let error = socket.ask(Request::of(&family, HOOKED).reserved(7)).error();
    assert_eq!(error.errno(), Errno::EINVAL);
}

#[test]
fn row_15_an_operation_below_resv_start_op_sees_all_flags() {
    let (socket, family) = legacy();
    let new = flags::CREATE | flags::EXCL;
    for flag in [
        new,
        flags::REPLACE,
        flags::CREATE | flags::APPEND,
        flags::MULTI,
        flags::ECHO,
    ] {
        let answers = socket.ask(Request::of(&family, FLAGS).flags(flag));
        let seen = answers.single().attr(A_FLAGS).expect("the flags").u16();
        assert_eq!(seen, Ok(flags::REQUEST | flag), "{flag:#x}");
        let strict = socket
            .ask(Request::of(&family, HOOKED).ack().flags(flag))
            .error();
        let expected = if flag == flags::ECHO {
            0
        } else {
            Errno::EINVAL as i32
        };
        assert_eq!(strict.errno, expected, "{flag:#x}");
    }
    // REPLACE and EXCL together are a dump, whatever was meant.
    let answers = socket.ask(Request::of(&family, FLAGS).flags(flags::REPLACE | flags::EXCL));
    assert_eq!(answers.kinds(), [family.id, kind::DONE]);
}

#[test]
fn row_20_a_dump_of_an_operation_without_one_is_eopnotsupp() {
    let (socket, family) = legacy();
    let error = socket.ask(Request::of(&family, HOOKED).dump()).error();
    assert_eq!(error.errno(), Errno::EOPNOTSUPP);
}

#[test]
fn row_21_the_header_is_checked_before_the_operation() {
    let (socket, family) = legacy();
    let error = socket.ask(Request::of(&family, 200).reserved(1)).error();
    assert_eq!(error.errno(), Errno::EINVAL);
    assert_eq!(
        socket.ask(Request::of(&family, 200)).error().errno(),
        Errno::EOPNOTSUPP
    );
}

#[test]
fn row_21_the_namespace_is_checked_before_the_length_and_that_before_the_header() {
    let (socket, family) = legacy();
    let short = Request::new(family.id).raw(&[HOOKED]);
    assert_eq!(socket.ask(short.clone()).error().errno(), Errno::EINVAL);
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        assert_eq!(
            RawSocket::generic().ask(short).error().errno(),
            Errno::ENOENT
        );
    });
    // A short message with what the header check refuses has no text of that check.
    let error = socket
        .ask(Request::new(family.id).raw(&[HOOKED]).flags(flags::CREATE))
        .error();
    assert_eq!((error.errno(), error.text.as_str()), (Errno::EINVAL, ""));
}

#[test]
fn row_21_the_permission_is_checked_after_the_operation_and_before_the_attributes() {
    isolated(|| {
        nobody();
        let (socket, family) = legacy();
        let ask = |cmd| {
            socket
                .ask(Request::of(&family, cmd).u32(UNKNOWN, 0))
                .error()
                .errno()
        };
        assert_eq!(ask(200), Errno::EOPNOTSUPP);
        assert_eq!(ask(ADMIN), Errno::EPERM);
        let dump = socket.ask(Request::of(&family, ADMIN).dump()).error();
        assert_eq!(dump.errno(), Errno::EOPNOTSUPP);
        let reserved = socket.ask(Request::of(&family, ADMIN).reserved(1)).error();
        assert_eq!(reserved.errno(), Errno::EINVAL);
        assert_eq!(ask(HOOKED), Errno::EINVAL);
    });
}

#[test]
fn row_21_the_attributes_are_checked_before_the_hooks_and_the_hooks_surround_the_operation() {
    let einval = Errno::EINVAL as i32;
    assert_eq!(hooked(|request| request), (0, "pdP".into()));
    // The trace is that of the request before, which the first hook made fail.
    assert_eq!(
        hooked(|request| request.u32(UNKNOWN, 0)),
        (einval, "p".into())
    );
}

#[test]
fn row_22_post_doit_runs_after_a_failed_doit_and_not_after_a_failed_pre_doit() {
    let enxio = Errno::ENXIO as i32;
    assert_eq!(
        hooked(|request| request.u32(A_DO_ERRNO, enxio as u32)),
        (enxio, "pdP".into())
    );
    assert_eq!(
        hooked(|request| request.u32(A_PRE_ERRNO, enxio as u32)),
        (enxio, "p".into())
    );
}

#[test]
fn row_23_admin_perm_needs_the_initial_user_namespace() {
    let (socket, family) = legacy();
    let _turn = TURN.lock().expect("no test panics in its turn");
    assert!(
        socket
            .ask(Request::of(&family, ADMIN).ack())
            .single()
            .is_ack()
    );
    isolated(|| {
        nobody();
        let socket = RawSocket::generic();
        assert_eq!(
            socket.ask(Request::of(&family, ADMIN)).error().errno(),
            Errno::EPERM
        );
    });
    // Root of a user namespace is nobody outside.
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWUSER).expect("anybody may");
        let socket = RawSocket::generic();
        assert_eq!(
            socket.ask(Request::of(&family, ADMIN)).error().errno(),
            Errno::EPERM
        );
    });
}
