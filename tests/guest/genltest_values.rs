// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every type of attribute goes to a handler and comes back.

use genlkit::wire::Attr;
use genlkit_tests::{
    genltest::{Genltest, attr},
    raw::{Body, Received},
};
use nix::errno::Errno;

fn scalar(name: &str) -> u16 {
    attr("scalar", name)
}

fn shape(name: &str) -> u16 {
    attr("shape", name)
}

/// Sends one number in the bytes given; they must come back.
fn round_trip(name: &str, bytes: &[u8]) {
    let family = Genltest::open();
    let reply = family.reply(family.request("scalar").attr(scalar(name), bytes));
    let attrs = reply.attrs();
    assert_eq!(attrs.len(), 1, "{name}");
    assert_eq!(attrs[0].number(), scalar(name));
    assert_eq!(attrs[0].payload(), bytes, "{name}");
}

#[test]
fn echo_returns_any_payload() {
    let family = Genltest::open();
    let payload = attr("echo", "payload");
    for len in [0, 1, 3, 4, 64, 1024, 4096, 32000] {
        let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
        let reply = family.reply(family.request("echo").attr(payload, &bytes));
        assert_eq!(
            reply.attr(payload).expect("the payload").payload(),
            bytes,
            "{len} bytes"
        );
    }
    let none = family.reply(family.request("echo"));
    assert!(none.attrs().is_empty());
    let long = family.outcome(family.request("echo").attr(payload, &[0; 32001]));
    assert_eq!((long.errno(), long.offset), (Errno::ERANGE, Some(20)));
}

#[test]
fn numbers_of_every_size_come_back() {
    for value in [0, 1, 0x7f, 0x80, 0xff] {
        round_trip("u8", &[value]);
        round_trip("s8", &[value]);
    }
    for value in [0_u16, 1, 0x7fff, 0x8000, u16::MAX] {
        round_trip("u16", &value.to_ne_bytes());
        round_trip("s16", &value.to_ne_bytes());
        round_trip("be16", &value.to_be_bytes());
    }
    for value in [0_u32, 1, 0x1234_5678, 1 << 31, u32::MAX] {
        round_trip("u32", &value.to_ne_bytes());
        round_trip("s32", &value.to_ne_bytes());
        round_trip("be32", &value.to_be_bytes());
        round_trip("le32", &value.to_le_bytes());
        round_trip("hex", &value.to_ne_bytes());
    }
    for value in [0_u64, 1, 0x0123_4567_89ab_cdef, 1 << 63, u64::MAX] {
        round_trip("u64", &value.to_ne_bytes());
        round_trip("s64", &value.to_ne_bytes());
        round_trip("be64", &value.to_be_bytes());
    }
    round_trip("flag", &[]);
}

#[test]
fn a_number_of_either_size_comes_back_in_the_smallest() {
    let family = Genltest::open();
    let ask = |name, bytes: &[u8]| {
        let reply = family.reply(family.request("scalar").attr(scalar(name), bytes));
        reply
            .attr(scalar(name))
            .expect("the number")
            .payload()
            .to_vec()
    };
    let four = 7_u32.to_ne_bytes();
    assert_eq!(ask("uint", &four), four);
    assert_eq!(ask("uint", &7_u64.to_ne_bytes()), four);
    let eight = (1_u64 << 32).to_ne_bytes();
    assert_eq!(ask("uint", &eight), eight);
    let four = (-7_i32).to_ne_bytes();
    assert_eq!(ask("sint", &four), four);
    assert_eq!(ask("sint", &(-7_i64).to_ne_bytes()), four);
    for value in [i64::MIN, i64::from(i32::MIN) - 1, i64::from(i32::MAX) + 1] {
        assert_eq!(ask("sint", &value.to_ne_bytes()), value.to_ne_bytes());
    }
    let edge = i64::from(i32::MIN);
    assert_eq!(ask("sint", &edge.to_ne_bytes()), i32::MIN.to_ne_bytes());
}

#[test]
fn a_number_of_another_length_is_refused() {
    let family = Genltest::open();
    for (name, len) in [
        ("u8", 1),
        ("u16", 2),
        ("u32", 4),
        ("u64", 8),
        ("be32", 4),
        ("s64", 8),
    ] {
        for wrong in (0..16).filter(|wrong| *wrong != len) {
            let request = family.request("scalar").attr(scalar(name), &vec![0; wrong]);
            assert_eq!(
                family.outcome(request).errno(),
                Errno::EINVAL,
                "{name}: {wrong} bytes"
            );
        }
    }
    for name in ["uint", "sint"] {
        for wrong in (0..16).filter(|wrong| ![4, 8].contains(wrong)) {
            let request = family.request("scalar").attr(scalar(name), &vec![0; wrong]);
            assert_eq!(
                family.outcome(request).errno(),
                Errno::EINVAL,
                "{name}: {wrong} bytes"
            );
        }
    }
}

#[test]
fn attributes_that_are_nobodys_are_refused() {
    let family = Genltest::open();
    for name in ["gone", "pad"] {
        let error = family.outcome(family.request("scalar").attr(scalar(name), &[]));
        assert_eq!(
            (error.errno(), error.offset),
            (Errno::EINVAL, Some(20)),
            "{name}"
        );
        assert_eq!(error.text, "Unsupported attribute");
    }
}

fn ask_shape(fill: impl FnOnce(Body) -> Body) -> Received {
    let family = Genltest::open();
    family.reply(family.request("shape").with(fill))
}

/// The bytes of all attributes of a number, in order.
fn all(reply: &Received, number: u16) -> Vec<Vec<u8>> {
    let attrs = reply.attrs();
    let same = attrs.iter().filter(|attr| attr.number() == number);
    same.map(|attr| attr.payload().to_vec()).collect()
}

fn point(body: Body, x: i32) -> Body {
    let label = attr("point", "label");
    body.attr(attr("point", "x"), &x.to_ne_bytes())
        .attr(attr("point", "y"), &(-x).to_ne_bytes())
        .str(label, "here")
}

/// The bytes of a nest's payload.
fn nest(fill: impl FnOnce(Body) -> Body) -> Vec<u8> {
    // The last attribute of a nest has its padding too.
    let mut bytes = fill(Body::default()).bytes().to_vec();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn nests_and_repeated_nests_come_back() {
    let reply = ask_shape(|body| {
        body.nest(shape("point"), |inner| point(inner, 5))
            .nest(shape("points"), |inner| point(inner, 1))
            .nest(shape("points"), |inner| point(inner, -2))
            .nest(shape("points"), |inner| inner)
    });
    assert_eq!(all(&reply, shape("point")), [nest(|inner| point(inner, 5))]);
    let points = all(&reply, shape("points"));
    assert_eq!(
        points,
        [
            nest(|inner| point(inner, 1)),
            nest(|inner| point(inner, -2)),
            vec![]
        ]
    );
    assert!(reply.attrs().iter().all(|attr| attr.is_marked_nested()));
}

#[test]
fn repeated_numbers_and_strings_come_back_in_order() {
    let reply = ask_shape(|body| {
        body.u32(shape("numbers"), 3)
            .attr(shape("shorts"), &(-3_i16).to_ne_bytes())
            .u32(shape("numbers"), u32::MAX)
            .attr(shape("longs"), &(1_u64 << 40).to_ne_bytes())
            .str(shape("names"), "first")
            .attr(shape("longs"), &1_u32.to_ne_bytes())
            .str(shape("names"), "")
            .u32(shape("numbers"), 0)
    });
    let numbers: Vec<u32> = [3, u32::MAX, 0].to_vec();
    let expected: Vec<_> = numbers.iter().map(|n| n.to_ne_bytes().to_vec()).collect();
    assert_eq!(all(&reply, shape("numbers")), expected);
    assert_eq!(all(&reply, shape("shorts")), [(-3_i16).to_ne_bytes()]);
    let longs = [
        (1_u64 << 40).to_ne_bytes().to_vec(),
        1_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(all(&reply, shape("longs")), longs);
    assert_eq!(
        all(&reply, shape("names")),
        [b"first\0".to_vec(), b"\0".to_vec()]
    );
}

#[test]
fn a_string_ends_at_its_first_nul() {
    let reply = ask_shape(|body| {
        body.attr(shape("names"), b"a\0b\0")
            .attr(shape("names"), b"\0b")
    });
    let expected = [b"a\0".to_vec(), b"\0".to_vec()];
    assert_eq!(all(&reply, shape("names")), expected);
}

#[test]
fn padding_in_replies_is_zero() {
    let family = Genltest::open();
    let payload = attr("echo", "payload");
    for len in [1, 2, 3, 61, 1022] {
        // What the next reply's buffer may have been before.
        family.reply(family.request("echo").attr(payload, &[0xff; 1500]));
        let reply = family.reply(family.request("echo").attr(payload, &vec![0xff; len]));
        // Behind the message's headers and the attribute's.
        let (value, padding) = reply.bytes[24..].split_at(len);
        assert!(value.iter().all(|byte| *byte == 0xff));
        assert_eq!(padding.len(), (4 - len % 4) % 4);
        assert!(padding.iter().all(|byte| *byte == 0), "{padding:?}");
    }
}

#[test]
fn an_array_of_nests_comes_back_numbered_from_0_or_1() {
    let corner = |inner: Body, x| {
        inner
            .u32(attr("corner", "x"), x)
            .u32(attr("corner", "y"), x + 1)
    };
    let reply = ask_shape(|body| {
        body.nest(shape("corners"), |list| {
            list.nest(1, |inner| corner(inner, 10))
                .nest(2, |inner| corner(inner, 20))
                .nest(2, |inner| corner(inner, 30))
        })
    });
    let list = reply.attr(shape("corners")).expect("the array");
    let items: Vec<_> = list.nest().map(|item| item.expect("an item")).collect();
    let numbers: Vec<u16> = items.iter().map(|item| item.number()).collect();
    assert_eq!(
        numbers.iter().map(|n| n - numbers[0]).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert!(numbers[0] <= 1);
    for (item, x) in items.iter().zip([10, 20, 30]) {
        assert_eq!(item.payload(), nest(|inner| corner(inner, x)));
    }
}

#[test]
fn a_nest_that_holds_itself_comes_back_to_the_cores_depth() {
    fn tree(body: Body, depth: u32) -> Body {
        let body = match depth {
            0 => body,
            _ => body.nest(attr("node", "child"), |inner| tree(inner, depth - 1)),
        };
        body.u32(attr("node", "value"), depth)
    }
    let family = Genltest::open();
    for depth in [0, 1, 8] {
        let reply = ask_shape(|body| body.nest(shape("tree"), |inner| tree(inner, depth)));
        let expected = nest(|inner| tree(inner, depth));
        assert_eq!(all(&reply, shape("tree")), [expected], "{depth} deep");
    }
    let deep = family
        .request("shape")
        .nest(shape("tree"), |inner| tree(inner, 12));
    let error = family.outcome(deep);
    assert_eq!(error.errno(), Errno::EINVAL);
    assert_eq!(error.text, "allowed policy recursion depth exceeded");
}

/// The only attribute of a nest.
fn only<'b>(nest: &Attr<'b>) -> Attr<'b> {
    let all: Vec<_> = nest
        .nest()
        .map(|attr| attr.expect("an attribute"))
        .collect();
    assert_eq!(all.len(), 1, "{nest:?}");
    all[0]
}

#[test]
fn arrays_of_numbers_come_back_and_make_what_only_replies_have() {
    let words = [1_u32, 2, 0x0102_0304];
    let bytes = words.map(u32::to_ne_bytes).concat();
    let halves = [1_u16, 0xffff].map(u16::to_ne_bytes).concat();
    let reply = ask_shape(|body| {
        body.attr(shape("words"), &bytes)
            .attr(shape("halves"), &halves)
    });
    assert_eq!(all(&reply, shape("words")), [bytes]);
    assert_eq!(all(&reply, shape("halves")), [halves]);
    let list = |name: &str| {
        let array = reply.attr(shape(name)).expect("the array");
        let items = array
            .nest()
            .map(|item| item.expect("an item").payload().to_vec());
        items.collect::<Vec<_>>()
    };
    let squares: Vec<_> = words
        .iter()
        .map(|w| w.wrapping_mul(*w).to_ne_bytes().to_vec())
        .collect();
    assert_eq!(list("squares"), squares);
    let addresses: Vec<_> = words
        .iter()
        .map(|word| word.to_be_bytes().repeat(4))
        .collect();
    assert_eq!(list("addresses"), addresses);
    let attrs = reply.attrs();
    let cells: Vec<_> = attrs
        .iter()
        .filter(|attr| attr.number() == shape("cells"))
        .collect();
    assert_eq!(cells.len(), words.len());
    for ((cell, word), row_number) in cells.iter().zip(words).zip(1..) {
        let row = only(cell);
        let column = only(&row);
        assert_eq!(
            (row.number(), column.number()),
            (row_number, (word & 0xff) as u16 + 1)
        );
        let content = column
            .nest()
            .next()
            .expect("the content")
            .expect("an attribute");
        assert_eq!(
            (content.number(), content.u32()),
            (attr("cell", "content"), Ok(word))
        );
    }
}

#[test]
fn part_of_a_number_at_an_arrays_end_is_left_out() {
    let reply = ask_shape(|body| body.attr(shape("words"), &[1, 0, 0, 0, 9, 9]));
    assert_eq!(all(&reply, shape("words")).concat().len(), 4);
    let empty = ask_shape(|body| body.attr(shape("words"), &[]));
    assert_eq!(all(&empty, shape("words")), [Vec::<u8>::new()]);
}

#[test]
fn a_reply_grows_to_what_it_holds() {
    let family = Genltest::open();
    family.socket.receive_buffer(4 << 20);
    let (chunk, total) = (attr("bulk", "chunk"), attr("bulk", "total"));
    for size in [0, 1, 4095, 4096, 4097, 16 << 10, 64 << 10, 100_000, 500_000] {
        let reply = family.reply(family.request("bulk").u32(attr("bulk", "size"), size));
        assert_eq!(
            reply.attr(total).expect("the total").uint(),
            Ok(size.into())
        );
        let mut bytes: Vec<u8> = Vec::new();
        for part in reply.attrs().iter().filter(|attr| attr.number() == chunk) {
            let inner: Vec<_> = part
                .nest()
                .map(|attr| attr.expect("an attribute"))
                .collect();
            assert_eq!(inner[0].u32(), Ok(bytes.len() as u32));
            bytes.extend(inner[1].payload());
        }
        assert_eq!(bytes.len(), size as usize);
        assert!(
            bytes.iter().enumerate().all(|(i, byte)| *byte == i as u8),
            "{size} bytes"
        );
    }
}

#[test]
fn a_reply_has_at_most_512_kib() {
    // Both headers, the chunks with their two attributes each, and the total.
    let message = |size: u32| 20 + size / 4096 * (4 + 8 + 4 + 4096) + 8;
    let family = Genltest::open();
    family.socket.receive_buffer(4 << 20);
    let ask = |size| family.ask(family.request("bulk").u32(attr("bulk", "size"), size));
    let largest = (0..).map(|chunks| chunks * 4096);
    let largest = largest.take_while(|size| message(*size) <= 512 << 10);
    let largest = largest.last().expect("a size");
    let reply = ask(largest).single().clone();
    assert_eq!(reply.header.len, message(largest));
    for size in [largest + 4096, 600_000, 4_000_000] {
        let error = ask(size).error();
        assert_eq!(error.errno(), Errno::EMSGSIZE, "{size} bytes");
    }
}
