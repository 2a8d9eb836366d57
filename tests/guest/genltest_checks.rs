// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the kernel checks of attributes before a handler runs: rows 37 to 43 of
//! docs/conformance.md, on `genltest`, and every check that a spec can ask for.

use genlkit_tests::{
    genltest::{Genltest, attr},
    raw::{Body, Error},
};
use nix::{
    errno::Errno,
    unistd::{SysconfVar, sysconf},
};

fn check(name: &str) -> u16 {
    attr("check", name)
}

/// How a request of one attribute goes, which begins at byte 20.
fn outcome(name: &str, bytes: &[u8]) -> Error {
    let family = Genltest::open();
    family.outcome(family.request("check").attr(check(name), bytes))
}

fn accepts<const N: usize>(name: &str, values: &[[u8; N]]) {
    for bytes in values {
        let error = outcome(name, bytes);
        assert_eq!(error.errno, 0, "{name} {bytes:?}: {error:?}");
    }
}

fn refuses<const N: usize>(name: &str, errno: Errno, text: &str, values: &[[u8; N]]) {
    for bytes in values {
        let error = outcome(name, bytes);
        assert_eq!(error.errno(), errno, "{name} {bytes:?}");
        assert_eq!(error.text, text, "{name} {bytes:?}");
        assert_eq!(error.offset, Some(20), "{name} {bytes:?}");
    }
}

const RANGE: &str = "integer out of range";

#[test]
fn row_42_limits_are_inclusive_and_beyond_them_is_erange() {
    accepts("at-least", &[[3], [4], [255]]);
    refuses("at-least", Errno::ERANGE, RANGE, &[[0], [2]]);
    accepts("at-most", &[0_u16, 300].map(u16::to_ne_bytes));
    refuses(
        "at-most",
        Errno::ERANGE,
        RANGE,
        &[301_u16, 0xffff].map(u16::to_ne_bytes),
    );
    accepts("range", &[10_u32, 15, 20].map(u32::to_ne_bytes));
    refuses(
        "range",
        Errno::ERANGE,
        RANGE,
        &[0_u32, 9, 21, u32::MAX].map(u32::to_ne_bytes),
    );
}

#[test]
fn row_42_limits_beyond_16_bits_hold() {
    accepts("high", &[100_000_u32, 200_000].map(u32::to_ne_bytes));
    refuses(
        "high",
        Errno::ERANGE,
        RANGE,
        &[0_u32, 99_999, 200_001].map(u32::to_ne_bytes),
    );
    accepts("u32-limit", &[0_u64, u32::MAX.into()].map(u64::to_ne_bytes));
    refuses(
        "u32-limit",
        Errno::ERANGE,
        RANGE,
        &[1_u64 << 32, u64::MAX].map(u64::to_ne_bytes),
    );
    accepts("uint-range", &[1_u64, 5_000_000_000].map(u64::to_ne_bytes));
    accepts("uint-range", &[1_u32, u32::MAX].map(u32::to_ne_bytes));
    refuses(
        "uint-range",
        Errno::ERANGE,
        RANGE,
        &[0_u64, 5_000_000_001].map(u64::to_ne_bytes),
    );
    refuses("uint-range", Errno::ERANGE, RANGE, &[0_u32.to_ne_bytes()]);
}

#[test]
fn limits_and_lengths_of_c_headers_hold_not_those_of_the_spec() {
    // MAX_ERRNO, which the spec says is 0.
    accepts("errno", &[0_u32, 1, 4095].map(u32::to_ne_bytes));
    refuses(
        "errno",
        Errno::ERANGE,
        RANGE,
        &[4096_u32, u32::MAX].map(u32::to_ne_bytes),
    );
    // PAGE_SIZE, which the spec says is 64 KiB.
    let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
    let page = u32::try_from(page.expect("a size")).expect("a page");
    accepts("page", &[page, page + 1, u32::MAX].map(u32::to_ne_bytes));
    refuses(
        "page",
        Errno::ERANGE,
        RANGE,
        &[0, page - 1].map(u32::to_ne_bytes),
    );
    // IFNAMSIZ
    accepts("device", &[[0; 16]]);
    assert_eq!(outcome("device", &[0; 17]).errno(), Errno::ERANGE);
}

#[test]
fn row_42_signed_limits_hold() {
    accepts("signed-range", &[0_i8, 100].map(i8::to_ne_bytes));
    refuses(
        "signed-range",
        Errno::ERANGE,
        RANGE,
        &[-1_i8, 101, i8::MIN].map(i8::to_ne_bytes),
    );
    let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
    accepts("signed-high", &[min, -1, max].map(i64::to_ne_bytes));
    let beyond = [min - 1, max + 1, i64::MIN, i64::MAX];
    refuses(
        "signed-high",
        Errno::ERANGE,
        RANGE,
        &beyond.map(i64::to_ne_bytes),
    );
    accepts("sint-max", &[1000_i64, -1, i64::MIN].map(i64::to_ne_bytes));
    accepts("sint-max", &[1000_i32, -1].map(i32::to_ne_bytes));
    refuses(
        "sint-max",
        Errno::ERANGE,
        RANGE,
        &[1001_i64, i64::MAX].map(i64::to_ne_bytes),
    );
    refuses("sint-max", Errno::ERANGE, RANGE, &[1001_i32.to_ne_bytes()]);
}

#[test]
fn row_42_limits_of_network_order_numbers_hold() {
    accepts("be16-range", &[1024_u16, 1025, 2048].map(u16::to_be_bytes));
    refuses(
        "be16-range",
        Errno::ERANGE,
        RANGE,
        &[1023_u16, 2049].map(u16::to_be_bytes),
    );
    // 1024 in the machine's own order is 4.
    refuses(
        "be16-range",
        Errno::ERANGE,
        RANGE,
        &[1024_u16.to_le_bytes()],
    );
    accepts("be32-max", &[0_u32, 255].map(u32::to_be_bytes));
    refuses(
        "be32-max",
        Errno::ERANGE,
        RANGE,
        &[256_u32.to_be_bytes(), 1_u32.to_le_bytes()],
    );
}

#[test]
fn row_42_a_number_without_a_name_is_refused() {
    accepts("colour", &[[0], [1], [2]]);
    refuses("colour", Errno::ERANGE, RANGE, &[[3], [255]]);
    accepts("level", &[5_u32, 6, 7].map(u32::to_ne_bytes));
    refuses(
        "level",
        Errno::ERANGE,
        RANGE,
        &[4_u32, 8].map(u32::to_ne_bytes),
    );
    accepts("wide", &[40_000_u32, 40_002].map(u32::to_ne_bytes));
    refuses(
        "wide",
        Errno::ERANGE,
        RANGE,
        &[39_999_u32, 40_003].map(u32::to_ne_bytes),
    );
    accepts("sparse", &[1_u32, 2, 40, 70_000].map(u32::to_ne_bytes));
    let holes = [0_u32, 3, 39, 41, 69_999, 70_001].map(u32::to_ne_bytes);
    refuses("sparse", Errno::EINVAL, "invalid enum value", &holes);
}

#[test]
fn row_42_a_bit_that_is_no_flag_is_einval() {
    let text = "reserved bit set";
    accepts("options", &[0_u32, 1, 2, 0x10, 0x13].map(u32::to_ne_bytes));
    refuses(
        "options",
        Errno::EINVAL,
        text,
        &[4_u32, 8, 0x20, 0x14].map(u32::to_ne_bytes),
    );
    accepts("mode", &[0_u32, 0xf].map(u32::to_ne_bytes));
    refuses(
        "mode",
        Errno::EINVAL,
        text,
        &[0x10_u32, 1 << 31].map(u32::to_ne_bytes),
    );
    accepts("mask", &[0_u64, 0xf].map(u64::to_ne_bytes));
    refuses(
        "mask",
        Errno::EINVAL,
        text,
        &[0x10_u64, 1 << 63].map(u64::to_ne_bytes),
    );
    accepts("tail", &[0_u16, 0x10, 0x30].map(u16::to_ne_bytes));
    refuses(
        "tail",
        Errno::EINVAL,
        text,
        &[1_u16, 8, 0x40].map(u16::to_ne_bytes),
    );
}

#[test]
fn lengths_of_strings_and_bytes_hold() {
    let failed = "Attribute failed policy validation";
    accepts("text", &[*b"fifteen letters\0"]);
    refuses("text", Errno::EINVAL, failed, &[*b"sixteen  letters\0"]);
    accepts("word", &[*b"abc\0", *b"abcd"]);
    accepts("any-text", &[*b"a\0", *b"\0b"]);
    let range = "binary attribute size out of range";
    accepts("longest", &[[0; 8]]);
    accepts("longest", &[[0; 0]]);
    refuses("longest", Errno::ERANGE, range, &[[0; 9]]);
    accepts("shortest", &[[0; 8]]);
    accepts("shortest", &[[0; 100]]);
    refuses("shortest", Errno::ERANGE, range, &[[0; 7]]);
    accepts("exact", &[[0; 6]]);
    for len in [0, 5, 7] {
        assert_eq!(
            outcome("exact", &vec![0; len]).errno(),
            Errno::ERANGE,
            "{len} bytes"
        );
        let len = if len == 0 { 0 } else { len - 2 };
        assert_eq!(
            outcome("word", &vec![0; len]).errno(),
            Errno::ERANGE,
            "{len} bytes"
        );
    }
    accepts("any-bytes", &[[0; 0]]);
    accepts("any-bytes", &[[7; 1000]]);
}

#[test]
fn row_41_a_string_without_nul_is_einval() {
    let failed = "Attribute failed policy validation";
    refuses("any-text", Errno::EINVAL, failed, &[*b"abc"]);
    refuses("text", Errno::EINVAL, failed, &[*b"abc"]);
    refuses("any-text", Errno::EINVAL, failed, &[[]]);
}

#[test]
fn row_37_attributes_without_a_policy_are_einval() {
    let family = Genltest::open();
    for number in [0, check("device") + 1, 500, 0x3fff] {
        let error = family.outcome(family.request("check").attr(number, &[]));
        assert_eq!(
            (error.errno(), error.offset),
            (Errno::EINVAL, Some(20)),
            "{number}"
        );
        assert_eq!(error.text, "Unknown attribute type");
    }
    // One that the set has, but not this operation's request.
    let error = family.outcome(family.request("obj-del").str(attr("obj", "name"), "x"));
    assert_eq!((error.errno(), error.offset), (Errno::EINVAL, Some(20)));
}

#[test]
fn row_38_a_flag_with_a_payload_is_refused() {
    accepts("flag", &[[]]);
    for len in [1, 4] {
        assert_eq!(outcome("flag", &vec![0; len]).errno(), Errno::ERANGE);
    }
}

#[test]
fn row_39_a_nest_without_its_flag_is_einval() {
    let family = Genltest::open();
    let nest = Body::default().u32(attr("limits", "demanded"), 1);
    let marked = family
        .request("check")
        .attr(check("inner") | 0x8000, nest.bytes());
    assert_eq!(family.outcome(marked).errno, 0);
    let plain = family.outcome(family.request("check").attr(check("inner"), nest.bytes()));
    assert_eq!((plain.errno(), plain.offset), (Errno::EINVAL, Some(20)));
    assert_eq!(plain.text, "NLA_F_NESTED is missing");
    let number = check("at-least") | 0x8000;
    let unexpected = family.outcome(family.request("check").attr(number, &[3]));
    assert_eq!(
        (unexpected.errno(), unexpected.offset),
        (Errno::EINVAL, Some(20))
    );
    assert_eq!(unexpected.text, "NLA_F_NESTED not expected");
    let byte_order = check("at-least") | 0x4000;
    assert_eq!(
        family
            .outcome(family.request("check").attr(byte_order, &[3]))
            .errno,
        0
    );
}

#[test]
fn row_40_a_damaged_attribute_is_einval() {
    let family = Genltest::open();
    let text = "bytes leftover after parsing attributes";
    for len in [0, 1, 3, 9, 0xffff] {
        let damaged = |body: Body| body.attr_of_len(len, check("any-bytes"), &[0; 4]);
        let error = family.outcome(family.request("check").with(damaged));
        assert_eq!(
            (error.errno(), error.text.as_str()),
            (Errno::EINVAL, text),
            "length {len}"
        );
        // Inside a nest too.
        let number = check("inner");
        let inside = family.request("check").nest(number, |inner| {
            inner.attr_of_len(len, attr("limits", "low"), &[0; 4])
        });
        assert_eq!(
            family.outcome(inside).errno(),
            Errno::EINVAL,
            "length {len}"
        );
    }
}

#[test]
fn row_43_what_a_nest_must_have_is_named_with_the_nest() {
    let family = Genltest::open();
    let demanded = attr("limits", "demanded");
    let request = family.request("check").attr(check("flag"), &[]);
    let at = request.next_offset();
    let error = family.outcome(request.nest(check("inner"), |inner| inner));
    assert_eq!(error.errno(), Errno::EINVAL);
    assert_eq!(
        (error.missing, error.missing_from),
        (Some(demanded.into()), Some(at))
    );
    // Two nests further in.
    let request = family.request("check").nest(check("inner"), |inner| {
        inner
            .u32(demanded, 1)
            .nest(attr("limits", "deeper"), |deeper| {
                deeper
                    .u32(demanded, 1)
                    .nest(attr("limits", "deeper"), |deepest| deepest)
            })
    });
    let error = family.outcome(request);
    let nest = 4;
    let number = 8;
    let at = 20 + nest + number + nest + number;
    assert_eq!(
        (error.missing, error.missing_from),
        (Some(demanded.into()), Some(at))
    );
    // The second of an array.
    let request = family.request("check").nest(check("inners"), |list| {
        list.nest(1, |item| item.u32(demanded, 1))
            .nest(2, |item| item)
    });
    let error = family.outcome(request);
    let at = 20 + nest + nest + number;
    assert_eq!(
        (error.missing, error.missing_from),
        (Some(demanded.into()), Some(at))
    );
}

#[test]
fn row_43_a_missing_attribute_is_named() {
    let family = Genltest::open();
    for op in ["obj-get", "obj-del", "obj-new"] {
        let error = family.outcome(family.request(op));
        assert_eq!(error.errno(), Errno::EINVAL, "{op}");
        assert_eq!(error.missing, Some(attr("obj", "id").into()), "{op}");
        assert_eq!((error.missing_from, error.offset), (None, None), "{op}");
    }
}

#[test]
fn what_is_wrong_inside_nests_is_named_where_it_is() {
    let family = Genltest::open();
    let (demanded, low) = (attr("limits", "demanded"), attr("limits", "low"));
    let request = family.request("check").nest(check("inner"), |inner| {
        inner
            .u32(demanded, 1)
            .nest(attr("limits", "deeper"), |deeper| deeper.attr(low, &[10]))
    });
    let error = family.outcome(request);
    assert_eq!(
        (error.errno(), error.offset),
        (Errno::ERANGE, Some(20 + 4 + 8 + 4))
    );
    let request = family.request("check").nest(check("inners"), |list| {
        list.nest(1, |item| item.u32(demanded, 1))
            .nest(2, |item| item.attr(low, &[10]))
    });
    let error = family.outcome(request);
    assert_eq!(
        (error.errno(), error.offset),
        (Errno::ERANGE, Some(20 + 4 + 12 + 4))
    );
    assert!(error.policy);
}

#[test]
fn row_44_of_an_attribute_that_comes_twice_the_last_wins() {
    let family = Genltest::open();
    let payload = attr("echo", "payload");
    let reply = family.reply(
        family
            .request("echo")
            .attr(payload, b"one")
            .attr(payload, b"two"),
    );
    assert_eq!(reply.attr(payload).expect("it").payload(), b"two");
    // But each is checked.
    let error = family.outcome(
        family
            .request("check")
            .attr(check("at-least"), &[0])
            .attr(check("at-least"), &[3]),
    );
    assert_eq!((error.errno(), error.offset), (Errno::ERANGE, Some(20)));
}
