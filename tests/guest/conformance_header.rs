// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which family and operation a message is for, and who may call it: rows 10 to 20 of
//! docs/conformance.md, on families that every kernel has.

use genlkit::wire::{flags, kind};
use genlkit_tests::{
    child::isolated,
    raw::{Family, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};

const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const RTM_GETLINK: u16 = 18;

/// The halves of the dump flag, and a flag for reading that nobody implements.
const ROOT: u16 = 0x100;
const MATCH: u16 = 0x200;
const ATOMIC: u16 = 0x400;

/// The first number of the controller's that no operation has; from here on the kernel is strict
/// about its header.
const STRICT: u8 = GETPOLICY + 1;

const AMBIGUOUS: &str = "ambiguous or reserved bits set in nlmsg_flags";

/// Flags with which a strict operation cannot do anything, alone or together.
const MEANINGLESS: [u16; 9] = [
    flags::MULTI,
    flags::DUMP_INTR,
    flags::DUMP_FILTERED,
    flags::CREATE,
    flags::APPEND,
    flags::REPLACE,
    flags::EXCL,
    flags::CREATE | flags::EXCL,
    flags::CREATE | flags::REPLACE,
];

fn get_family() -> Request {
    Request::nlctrl(GETFAMILY).str(FAMILY_NAME, "nlctrl")
}

/// A family that exists in the initial network namespace only.
fn family_of_the_first_namespace(socket: &RawSocket) -> Family {
    socket.family("genltest_legacy")
}

#[test]
fn row_10_unknown_family_id_is_enoent() {
    let socket = RawSocket::generic();
    for id in [0x1000, 0xffff] {
        let error = socket.ask(Request::new(id).genl(1)).error();
        assert_eq!((error.errno(), error.text.as_str()), (Errno::ENOENT, ""));
    }
}

#[test]
fn row_11_a_family_of_the_first_namespace_is_enoent_in_another() {
    let family = family_of_the_first_namespace(&RawSocket::generic());
    // A message without a generic netlink header would be EINVAL where the family is.
    let short = Request::new(family.id);
    let here = RawSocket::generic().ask(short.clone()).error();
    assert_eq!(here.errno(), Errno::EINVAL);
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let there = RawSocket::generic().ask(short).error();
        assert_eq!(there.errno(), Errno::ENOENT);
    });
}

#[test]
fn row_12_a_message_shorter_than_its_header_is_einval() {
    let socket = RawSocket::generic();
    for len in 0..4 {
        let short = Request::new(kind::FIRST).raw(&[GETFAMILY, 1, 0, 0][..len]);
        let error = socket.ask(short.clone()).error();
        assert_eq!(
            (error.errno(), error.text.as_str()),
            (Errno::EINVAL, ""),
            "{len} bytes"
        );
        assert_eq!(socket.ask(short.ack()).error().errno(), Errno::EINVAL);
    }
    assert_eq!(socket.ask(get_family()).kinds(), [kind::FIRST]);
}

#[test]
fn row_13_a_reserved_field_that_is_not_0_is_einval_with_text() {
    let socket = RawSocket::generic();
    for value in [1, 0x8000, 0xffff] {
        let error = socket.ask(Request::nlctrl(STRICT).reserved(value)).error();
        assert_eq!(error.errno(), Errno::EINVAL);
        assert_eq!(error.text, "genlmsghdr.reserved field is not 0");
    }
}

#[test]
fn row_14_a_legacy_operation_accepts_a_reserved_field_that_is_not_0() {
    let socket = RawSocket::generic();
    let answers = socket.ask(get_family().reserved(0xffff));
    assert_eq!(answers.kinds(), [kind::FIRST]);
    let id = answers.single().attr(FAMILY_ID).expect("the id");
    assert_eq!(id.u16(), Ok(kind::FIRST));
}

#[test]
fn row_15_flags_without_a_meaning_are_einval_with_text_for_a_strict_operation() {
    let socket = RawSocket::generic();
    for flags in MEANINGLESS {
        let error = socket.ask(Request::nlctrl(STRICT).flags(flags)).error();
        assert_eq!(
            (error.errno(), error.text.as_str()),
            (Errno::EINVAL, AMBIGUOUS),
            "{flags:#x}"
        );
    }
    // With a dump's two flags each of the others is one too many as well.
    for flags in [flags::CREATE, flags::APPEND, flags::MULTI] {
        let error = socket
            .ask(Request::nlctrl(STRICT).dump().flags(flags))
            .error();
        assert_eq!(
            (error.errno(), error.text.as_str()),
            (Errno::EINVAL, AMBIGUOUS),
            "{flags:#x}"
        );
    }
    // These have one, and the next check finds that there is no such operation. REPLACE and EXCL
    // together are a dump.
    for flags in [
        0,
        flags::ACK,
        flags::ECHO,
        flags::DUMP,
        flags::REPLACE | flags::EXCL,
    ] {
        let error = socket.ask(Request::nlctrl(STRICT).flags(flags)).error();
        assert_eq!(
            (error.errno(), error.text.as_str()),
            (Errno::EOPNOTSUPP, ""),
            "{flags:#x}"
        );
    }
}

#[test]
fn row_15_a_legacy_operation_ignores_flags_without_a_meaning() {
    let socket = RawSocket::generic();
    for flags in MEANINGLESS {
        let answers = socket.ask(get_family().flags(flags));
        assert_eq!(answers.kinds(), [kind::FIRST], "{flags:#x}");
    }
}

#[test]
fn row_16_half_a_dump_flag_is_a_dump_for_route_and_none_for_generic() {
    // struct ifinfomsg.
    let get_links = |flags| Request::new(RTM_GETLINK).raw(&[0; 16]).flags(flags);
    let socket = RawSocket::route();
    let dump = socket.ask(get_links(flags::DUMP)).kinds();
    assert_eq!(dump.last(), Some(&kind::DONE));
    for half in [ROOT, MATCH] {
        assert_eq!(socket.ask(get_links(half)).kinds(), dump, "{half:#x}");
    }
    let socket = RawSocket::generic();
    for half in [ROOT, MATCH] {
        let answers = socket.ask(get_family().flags(half).ack());
        assert_eq!(answers.kinds(), [kind::FIRST, kind::ERROR], "{half:#x}");
    }
}

#[test]
fn row_17_a_route_dump_ignores_the_atomic_flag() {
    let socket = RawSocket::route();
    let get_links = Request::new(RTM_GETLINK).raw(&[0; 16]).dump();
    let plain = socket.ask(get_links.clone()).kinds();
    assert_eq!(socket.ask(get_links.flags(ATOMIC)).kinds(), plain);
}

#[test]
fn row_18_the_version_is_not_checked() {
    let socket = RawSocket::generic();
    for version in [0, 1, 2, 3, 255] {
        let answers = socket.ask(get_family().version(version));
        assert_eq!(answers.kinds(), [kind::FIRST], "version {version}");
        // The reply tells the family's own.
        assert_eq!(answers.single().body()[1], 2);
    }
}

#[test]
fn row_19_an_unknown_operation_is_eopnotsupp() {
    let socket = RawSocket::generic();
    for cmd in [0, 2, STRICT, 200, 255] {
        let error = socket.ask(Request::nlctrl(cmd)).error();
        assert_eq!(
            (error.errno(), error.text.as_str()),
            (Errno::EOPNOTSUPP, ""),
            "{cmd}"
        );
    }
}

#[test]
fn row_20_a_mode_that_an_operation_does_not_have_is_eopnotsupp() {
    let socket = RawSocket::generic();
    let policy = Request::nlctrl(GETPOLICY).str(FAMILY_NAME, "nlctrl");
    let error = socket.ask(policy.clone()).error();
    assert_eq!(error.errno(), Errno::EOPNOTSUPP);
    assert_eq!(socket.ask(policy.dump()).done().errno, 0);
}
