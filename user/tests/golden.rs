// SPDX-License-Identifier: MIT OR Apache-2.0
//! Golden bytes: a message of every kind, as it is on the wire, both ways.
#![cfg(target_endian = "little")]

use genlkit::client::Client;
use genlkit::generated::taskdiag::{TaskGetDump, TaskGetRequest, WatchDelRequest};
use genlkit::nlctrl::{FamilyReply, GetFamilies, GetFamily, GetPolicy, Notification, PolicyReply};
use genlkit::request::{Decode, Notification as _};
use genlkit::transport::Fake;
use genlkit::wire::{
    Answer, Bitfield32, Builder, ErrorMessage, ExtAck, GenlHeader, Header, Message, Messages,
    Policy, Str,
};

/// Hexadecimal digits; what stands behind `#` on a line is what they mean.
fn bytes(text: &str) -> Vec<u8> {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let digits: Vec<u32> = lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).expect("a digit"))
        .collect();
    let pairs = digits.chunks_exact(2);
    assert!(pairs.remainder().is_empty(), "half a byte: {text}");
    pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// What is sent where a client is asked to do this; its answer does not matter.
fn sent(ask: impl Fn(&mut Client<Fake>)) -> Vec<u8> {
    let fake = Fake::new(|kernel, request| kernel.error(request, libc::EINVAL, |_| {}));
    let mut client = Client::with(fake.family("taskdiag", 0x1c, &[]));
    // Its number is known from now on.
    let _ = client.family("taskdiag");
    ask(&mut client);
    client.transport().kernel().sent.pop().expect("a request")
}

#[test]
fn every_kind_of_request_has_its_bytes() {
    type Ask = fn(&mut Client<Fake>);
    let rows: &[(&str, Ask, &str)] = &[
        (
            "a do that is replied to asks for no ACK",
            |client| drop(client.call(&TaskGetRequest::new().pid(0x0102))),
            "1c000000 1c00 0100 02000000 00000000  # length, type, REQUEST, sequence number, port id
             02 01 0000                            # task-get, version
             0800 0100 02010000                    # pid",
        ),
        (
            "a do without a reply asks for an ACK",
            |client| drop(client.call(&WatchDelRequest::new().id(9))),
            "1c000000 1c00 0500 02000000 00000000  # REQUEST | ACK
             09 01 0000                            # watch-del
             0800 0200 09000000                    # id",
        ),
        (
            "a dump",
            |client| drop(client.dump(&TaskGetDump::new())),
            "14000000 1c00 0103 02000000 00000000  # REQUEST | DUMP
             02 01 0000",
        ),
        (
            "a batch is one datagram, each request padded",
            |client| {
                let requests = [GetFamily { name: "a" }, GetFamily { name: "nlctrl" }];
                let _ = client.batch(requests).next();
            },
            "1c000000 1000 0100 02000000 00000000
             03 02 0000
             0600 0200 6100 0000                   # two bytes, and two of padding
             20000000 1000 0100 03000000 00000000  # the next number
             03 02 0000
             0b00 0200 6e6c6374726c00 00",
        ),
        (
            "GETFAMILY by name",
            |client| drop(client.call(&GetFamily { name: "nlctrl" })),
            "20000000 1000 0100 02000000 00000000
             03 02 0000
             0b00 0200 6e6c6374726c00 00",
        ),
        (
            "GETFAMILY of all",
            |client| drop(client.dump(&GetFamilies)),
            "14000000 1000 0103 02000000 00000000
             03 02 0000",
        ),
        (
            "GETPOLICY",
            |client| drop(client.dump(&GetPolicy { name: "nlctrl" })),
            "20000000 1000 0103 02000000 00000000
             0a 02 0000
             0b00 0200 6e6c6374726c00 00",
        ),
    ];
    for (name, ask, golden) in rows {
        assert_eq!(sent(ask), bytes(golden), "{name}");
    }
}

#[test]
fn every_kind_of_attribute_has_its_bytes() {
    type Write = fn(&mut Builder<'_>);
    let rows: &[(&str, Write, &str)] = &[
        ("u8", |to| to.u8(1, 0xfe), "0500 0100 fe 000000"),
        ("u16", |to| to.u16(1, 0x0102), "0600 0100 0201 0000"),
        ("u32", |to| to.u32(1, 0x0102_0304), "0800 0100 04030201"),
        (
            "u64",
            |to| to.u64(1, 0x0102_0304),
            "0c00 0100 0403020100000000",
        ),
        ("s8", |to| to.s8(1, -2), "0500 0100 fe 000000"),
        ("s16", |to| to.s16(1, -2), "0600 0100 feff 0000"),
        ("s32", |to| to.s32(1, -2), "0800 0100 feffffff"),
        ("s64", |to| to.s64(1, -2), "0c00 0100 feffffffffffffff"),
        (
            "u16, big-endian",
            |to| to.u16_be(1, 0x0102),
            "0600 0100 0102 0000",
        ),
        (
            "u32, big-endian",
            |to| to.u32_be(1, 0x0102_0304),
            "0800 0100 01020304",
        ),
        (
            "u64, big-endian",
            |to| to.u64_be(1, 2),
            "0c00 0100 0000000000000002",
        ),
        (
            "s16, big-endian",
            |to| to.s16_be(1, -2),
            "0600 0100 fffe 0000",
        ),
        (
            "s32, big-endian",
            |to| to.s32_be(1, -2),
            "0800 0100 fffffffe",
        ),
        (
            "s64, big-endian",
            |to| to.s64_be(1, -2),
            "0c00 0100 fffffffffffffffe",
        ),
        (
            "u32, little-endian",
            |to| to.u32_le(1, 2),
            "0800 0100 02000000",
        ),
        (
            "uint of 32 bits",
            |to| to.uint(1, 0xffff_ffff),
            "0800 0100 ffffffff",
        ),
        (
            "uint of 64",
            |to| to.uint(1, 1 << 32),
            "0c00 0100 0000000001000000",
        ),
        ("sint of 32 bits", |to| to.sint(1, -2), "0800 0100 feffffff"),
        (
            "sint of 64",
            |to| to.sint(1, 1 << 31),
            "0c00 0100 0000008000000000",
        ),
        ("flag", |to| to.flag(1), "0400 0100"),
        ("flag that is not set", |to| to.flag_if(1, false), ""),
        (
            "string, with its NUL",
            |to| to.str(1, "abc"),
            "0800 0100 61626300",
        ),
        ("string, empty", |to| to.str(1, ""), "0500 0100 00 000000"),
        (
            "binary, without one",
            |to| to.attr(1, b"abc"),
            "0700 0100 616263 00",
        ),
        (
            "bitfield32: value, selector",
            |to| {
                to.bitfield32(
                    1,
                    Bitfield32 {
                        value: 1,
                        selector: 3,
                    },
                )
            },
            "0c00 0100 01000000 03000000",
        ),
        (
            "nest, marked as such",
            |to| to.nest(1, |to| to.nest(2, |to| to.u8(3, 4))),
            "1000 0180 0c00 0280 0500 0300 04 000000",
        ),
        ("nest of nothing", |to| to.nest(1, |_| {}), "0400 0180"),
        (
            "multi-attr",
            |to| to.each(1, &[5_u16, 6], Builder::u16),
            "0600 0100 0500 0000 0600 0100 0600 0000",
        ),
        (
            "indexed-array, whose numbers are places",
            |to| to.array(1, Some(&[5_u32, 6]), Builder::u32),
            "1400 0180 0800 0000 05000000 0800 0100 06000000",
        ),
        (
            "numbers without headers",
            |to| to.numbers(1, &[5_u16, 6, 7]),
            "0a00 0100 0500 0600 0700 0000",
        ),
    ];
    for (name, write, golden) in rows {
        // What was there before does not show.
        let mut buffer = [0xff; 64];
        let mut builder = Builder::new(&mut buffer);
        write(&mut builder);
        // The last one's padding belongs to the message around it.
        let mut written = builder.finish().expect("room").to_vec();
        written.resize(written.len().next_multiple_of(4), 0);
        assert_eq!(written, bytes(golden), "{name}");
    }
}

/// The messages of a datagram.
fn messages(datagram: &[u8]) -> Vec<Message<'_>> {
    Messages::new(datagram)
        .map(|message| message.expect("whole"))
        .collect()
}

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

/// A family, as the controller writes it: nests are not marked.
const NLCTRL: &str = "
    01 02 0000
    0b00 0200 6e6c6374726c00 00            # CTRL_ATTR_FAMILY_NAME
    0600 0100 1000 0000                    # FAMILY_ID
    0800 0300 02000000                     # VERSION
    0800 0400 00000000                     # HDRSIZE
    0800 0500 0a000000                     # MAXATTR
    1800 0600 1400 0100                    # OPS: the first
        0800 0100 03000000                 #   ID
        0800 0200 0e000000                 #   FLAGS
    1c00 0700 1800 0100                    # MCAST_GROUPS: the first
        0800 0200 10000000                 #   ID
        0b00 0100 6e6f7469667900 00        #   NAME";

#[test]
fn a_family_is_read_from_a_reply_and_from_a_notification() {
    let check = |family: &FamilyReply<'_>| {
        assert_eq!(family.name, Some(Str::until_nul(b"nlctrl")));
        assert_eq!((family.id, family.version), (Some(16), Some(2)));
        assert_eq!((family.hdrsize, family.maxattr), (Some(0), Some(10)));
        let ops: Vec<_> = family.ops.map(|op| op.expect("whole")).collect();
        assert_eq!(
            ops.iter().map(|op| (op.id, op.flags)).collect::<Vec<_>>(),
            [(Some(3), Some(14))]
        );
        let groups: Vec<_> = family.groups.map(|group| group.expect("whole")).collect();
        assert_eq!(groups[0].name, Some(Str::until_nul(b"notify")));
        assert_eq!((groups.len(), groups[0].id), (1, Some(16)));
    };
    let body = bytes(NLCTRL);
    let (genl, attributes) = GenlHeader::split(&body).expect("long enough");
    check(&FamilyReply::decode(attributes).expect("whole"));
    match Notification::decode(genl.cmd, attributes).expect("whole") {
        Notification::NewFamily(family) => check(&family),
        other => panic!("{other:?}"),
    }
}

#[test]
fn policies_are_read_from_both_kinds_of_parts() {
    let ops = bytes(
        "0600 0100 1000 0000                   # CTRL_ATTR_FAMILY_ID
         1800 0980 1400 0380                   # OP_POLICY: of operation 3
             0800 0100 00000000                #   CTRL_ATTR_POLICY_DO: policy 0
             0800 0200 01000000                #   CTRL_ATTR_POLICY_DUMP: policy 1",
    );
    let part = PolicyReply::decode(&ops).expect("whole");
    assert_eq!(part.family_id, Some(16));
    let ops: Vec<_> = part.ops().map(|op| (op.cmd, op.r#do, op.dump)).collect();
    assert_eq!(ops, [(3, Some(0), Some(1))]);

    let policies = bytes(
        "2800 0880 2400 0080                   # CTRL_ATTR_POLICY: policy 0
             2000 0280                         #   of attribute 2
                 0800 0100 0c000000            #     type: NUL-terminated string
                 0800 0700 0f000000            #     MAX_LENGTH
                 0c00 0400 0100000000000000",
    );
    let part = PolicyReply::decode(&policies).expect("whole");
    let policies: Vec<_> = part.policies().collect();
    let [(policy, attribute, what)] = policies.as_slice() else {
        panic!("{policies:?}")
    };
    assert_eq!((policy, attribute), (&0, &2));
    assert_eq!((what.kind, what.len), (Some(12), (None, Some(15))));
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
