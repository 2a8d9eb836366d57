// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is sent: requests, and attributes of every kind.

use super::bytes;
use genlkit::client::Client;
use genlkit::generated::taskdiag::{TaskGetDump, TaskGetRequest, WatchDelRequest};
use genlkit::nlctrl::{GetFamilies, GetFamily, GetPolicy};
use genlkit::transport::Fake;
use genlkit::wire::{Bitfield32, Builder, Header};
use std::ops::Range;

/// What is sent where a client is asked to do this; its answer does not matter. Sequence numbers begin
/// anywhere: here with 1.
fn sent(ask: impl Fn(&mut Client<Fake>)) -> Vec<u8> {
    let fake = Fake::new(|kernel, request| kernel.error(request, libc::EINVAL, |_| {}));
    let mut client = Client::with(fake.family("taskdiag", 0x1c, &[]));
    // Its number is known from now on.
    let _ = client.family("taskdiag");
    ask(&mut client);
    let sent = &mut client.transport().kernel().sent;
    let first = Header::read(&sent[0]).expect("a header").seq;
    let mut last = sent.pop().expect("a request");
    let mut rest = last.as_mut_slice();
    while !rest.is_empty() {
        let header = Header::read(rest).expect("a header");
        rest[SEQ].copy_from_slice(&(header.seq - first + 1).to_ne_bytes());
        rest = &mut rest[header.len as usize..];
    }
    last
}

/// Where a header's sequence number is.
const SEQ: Range<usize> = 8..12;

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
