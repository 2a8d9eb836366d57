// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes back: replies, errors, ends.

use super::{bytes, messages};
use genlkit::wire::{Answer, ErrorMessage, ExtAck, Header, Policy, Str};

#[test]
fn every_kind_of_answer_is_understood() {
    let request = Header {
        len: 28,
        kind: 0x1c,
        flags: 1,
        seq: 7,
        portid: 9,
    };
    let error = |errno, extack| {
        Answer::Error(ErrorMessage {
            errno,
            request: Some(request),
            extack,
        })
    };
    let why = Some(Str::until_nul(b"why"));
    let policy = Policy {
        kind: Some(4),
        unsigned: (Some(1), Some(255)),
        mask: Some(7),
        ..Policy::default()
    };
    const HEAD: &str = "1c000000 1c00 0100 07000000 09000000"; // the request's
    let rows: &[(&str, String, Answer<'_>)] = &[
        ("a reply", format!("10000000 1c00 0000 {SEQ}"), Answer::Data),
        (
            "a part of a dump",
            format!("10000000 1c00 0200 {SEQ}"),
            Answer::Data,
        ),
        (
            "an ACK",
            format!("24000000 0200 0001 {SEQ} 00000000 {HEAD}"),
            error(0, ExtAck::default()),
        ),
        (
            "an error that does not repeat the request",
            format!("24000000 0200 0001 {SEQ} eaffffff {HEAD}"),
            error(22, ExtAck::default()),
        ),
        (
            "an error that repeats the request, of 28 bytes, before its TLVs",
            format!(
                "38000000 0200 0002 {SEQ} eaffffff {HEAD} 02010000 0800010001000000
                 0800 0100 77687900"
            ),
            error(
                22,
                ExtAck {
                    msg: why,
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "MSG",
            format!("2c000000 0200 0003 {SEQ} eaffffff {HEAD} 0800 0100 77687900"),
            error(
                22,
                ExtAck {
                    msg: why,
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "OFFS",
            format!("2c000000 0200 0003 {SEQ} eaffffff {HEAD} 0800 0200 14000000"),
            error(
                22,
                ExtAck {
                    offset: Some(20),
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "COOKIE",
            format!("2c000000 0200 0003 {SEQ} 00000000 {HEAD} 0700 0300 010203 00"),
            error(
                0,
                ExtAck {
                    cookie: Some(&[1, 2, 3]),
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "POLICY: type, smallest, largest, mask",
            format!(
                "54000000 0200 0003 {SEQ} deffffff {HEAD} 3000 0480
                 0800 0100 04000000                # NL_POLICY_TYPE_ATTR_TYPE: u32
                 0c00 0400 0100000000000000        # MIN_VALUE_U
                 0c00 0500 ff00000000000000        # MAX_VALUE_U
                 0c00 0c00 0700000000000000        # MASK"
            ),
            error(
                34,
                ExtAck {
                    policy: Some(policy),
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "MISS_TYPE",
            format!("2c000000 0200 0003 {SEQ} eaffffff {HEAD} 0800 0500 01000000"),
            error(
                22,
                ExtAck {
                    miss_type: Some(1),
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "MISS_NEST",
            format!("2c000000 0200 0003 {SEQ} eaffffff {HEAD} 0800 0600 18000000"),
            error(
                22,
                ExtAck {
                    miss_nest: Some(24),
                    ..ExtAck::default()
                },
            ),
        ),
        (
            "an error without an errno is no success",
            format!("10000000 0200 0000 {SEQ}"),
            Answer::Error(ErrorMessage {
                errno: 71,
                request: None,
                extack: ExtAck::default(),
            }),
        ),
        (
            "DONE",
            format!("14000000 0300 0200 {SEQ} 00000000"),
            Answer::Done {
                errno: 0,
                extack: ExtAck::default(),
            },
        ),
        (
            "DONE of a family that says no errno",
            format!("10000000 0300 0200 {SEQ}"),
            Answer::Done {
                errno: 0,
                extack: ExtAck::default(),
            },
        ),
        (
            "DONE with an errno and a text",
            format!("1c000000 0300 0202 {SEQ} f4ffffff 0800 0100 77687900"),
            Answer::Done {
                errno: 12,
                extack: ExtAck {
                    msg: why,
                    ..ExtAck::default()
                },
            },
        ),
        ("NOOP", format!("10000000 0100 0000 {SEQ}"), Answer::Noop),
        (
            "OVERRUN",
            format!("10000000 0400 0000 {SEQ}"),
            Answer::Overrun,
        ),
        (
            "a control message that nobody defined",
            format!("10000000 0f00 0000 {SEQ}"),
            Answer::Noop,
        ),
    ];
    /// Sequence number and port id.
    const SEQ: &str = "07000000 09000000";
    for (name, golden, expected) in rows {
        let datagram = bytes(golden);
        let found = messages(&datagram);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(
            (found[0].header.seq, found[0].header.portid),
            (7, 9),
            "{name}"
        );
        assert_eq!(found[0].answer(), *expected, "{name}");
    }
}

#[test]
fn a_datagram_holds_many_messages_and_the_end() {
    let datagram = bytes(
        "1c000000 1c00 0200 07000000 09000000 02010000 0800 0100 01000000
         19000000 1c00 0202 07000000 09000000 02010000 0500 0600 01 000000
         14000000 0300 0200 07000000 09000000 00000000",
    );
    let found = messages(&datagram);
    assert_eq!(
        found.iter().map(|m| m.header.len).collect::<Vec<_>>(),
        [28, 25, 20]
    );
    assert_eq!(
        found[2].answer(),
        Answer::Done {
            errno: 0,
            extack: ExtAck::default()
        }
    );
}
