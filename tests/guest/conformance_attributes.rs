// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is checked of attributes: rows 37 to 41 and 44 of docs/conformance.md, on the controller,
//! which has a strict operation (the dump of policies) and a liberal one (a family by name).

use genlkit::wire::kind;
use genlkit_tests::raw::{Body, RawSocket, Request};
use nix::errno::Errno;

const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const NESTED: u16 = 0x8000;
const NET_BYTEORDER: u16 = 0x4000;
const NLCTRL: &[u8] = b"nlctrl\0";

/// Asks the strict operation; says what it refuses, and whether at the attribute that `fill` puts
/// first.
fn strict(fill: impl FnOnce(Body) -> Body) -> Result<(), (Errno, String, bool)> {
    let socket = RawSocket::generic();
    let request = Request::nlctrl(GETPOLICY).str(FAMILY_NAME, "nlctrl").dump();
    let offset = request.next_offset();
    let answers = socket.ask(request.with(fill));
    match answers.messages() {
        [message] if message.header.kind == kind::ERROR => {
            let error = message.error();
            Err((
                error.errno(),
                error.text.clone(),
                error.offset == Some(offset),
            ))
        }
        _ => {
            assert_eq!(answers.done().errno, 0);
            Ok(())
        }
    }
}

/// Asks the liberal operation for the controller; says what it refuses.
fn liberal(fill: impl FnOnce(Body) -> Body) -> Result<(), Errno> {
    let socket = RawSocket::generic();
    let answers = socket.ask(Request::nlctrl(GETFAMILY).with(fill));
    let message = answers.single();
    match message.header.kind {
        kind::ERROR => Err(message.error().errno()),
        _ => Ok(()),
    }
}

fn refused(text: &str) -> Result<(), (Errno, String, bool)> {
    Err((Errno::EINVAL, text.to_owned(), true))
}

#[test]
fn row_37_an_unknown_attribute_is_einval_where_strict_and_skipped_where_liberal() {
    // CTRL_ATTR_OPS has no policy, and 0 is never an attribute.
    for number in [0, 6, 200, 0x3fff] {
        assert_eq!(
            strict(|body| body.u32(number, 0)),
            refused_number(number),
            "{number}"
        );
        let named = |body: Body| body.u32(number, 0).attr(FAMILY_NAME, NLCTRL);
        assert_eq!(liberal(named), Ok(()), "{number}");
    }
}

fn refused_number(number: u16) -> Result<(), (Errno, String, bool)> {
    // Beyond the highest attribute, and without a policy below it, are two checks.
    refused(if number == 6 {
        "Unsupported attribute"
    } else {
        "Unknown attribute type"
    })
}

#[test]
fn row_38_a_number_of_a_wrong_length_is_einval_where_strict() {
    let id = kind::FIRST.to_ne_bytes();
    for len in [0, 1, 3, 4, 8] {
        let bytes = [id.as_slice(), &[0; 6]].concat();
        let wrong = strict(|body| body.attr(FAMILY_ID, &bytes[..len]));
        assert_eq!(wrong, refused("invalid attribute length"), "{len} bytes");
        // A number that is too long is cut where liberal.
        let expected = if len < 2 { Err(Errno::ERANGE) } else { Ok(()) };
        assert_eq!(
            liberal(|body| body.attr(FAMILY_ID, &bytes[..len])),
            expected,
            "{len} bytes"
        );
    }
    assert_eq!(strict(|body| body.attr(FAMILY_ID, &id)), Ok(()));
}

#[test]
fn row_39_an_unexpected_nested_flag_is_einval_where_strict() {
    let marked = |body: Body| body.attr(FAMILY_NAME | NESTED, NLCTRL);
    assert_eq!(strict(marked), refused("NLA_F_NESTED not expected"));
    assert_eq!(liberal(marked), Ok(()));
}

#[test]
fn row_39_the_byte_order_flag_is_ignored() {
    let marked = |body: Body| body.attr(FAMILY_NAME | NET_BYTEORDER, NLCTRL);
    assert_eq!(strict(marked), Ok(()));
    assert_eq!(liberal(marked), Ok(()));
}

#[test]
fn row_40_bytes_after_the_last_attribute_are_einval_where_strict() {
    for len in 1..4 {
        let tail = vec![0; len];
        // The name fills 7 of 8 bytes, so that the padding comes first.
        let padded = |body: Body| body.attr(FAMILY_NAME, b"nlctrl\0\0").raw(&tail);
        assert_eq!(
            strict(padded).map_err(|e| (e.0, e.1)),
            Err((Errno::EINVAL, LEFTOVER.into()))
        );
        assert_eq!(liberal(padded), Ok(()));
    }
}

const LEFTOVER: &str = "bytes leftover after parsing attributes";

#[test]
fn row_40_an_attribute_length_that_cannot_be_is_einval_where_strict() {
    // Less than its header, and beyond the end of the message.
    for len in [0, 1, 3, 13, 0xffff] {
        let bad = |body: Body| {
            body.attr(FAMILY_NAME, b"nlctrl\0\0")
                .attr_of_len(len, FAMILY_NAME, NLCTRL)
        };
        assert_eq!(
            strict(bad).map_err(|error| (error.0, error.1)),
            Err((Errno::EINVAL, LEFTOVER.into())),
            "length {len}"
        );
        assert_eq!(liberal(bad), Ok(()), "length {len}");
    }
}

#[test]
fn row_41_a_string_without_nul_is_einval() {
    assert_eq!(
        strict(|body| body.attr(FAMILY_NAME, b"nlctrl")),
        refused("Attribute failed policy validation")
    );
    assert_eq!(
        liberal(|body| body.attr(FAMILY_NAME, b"nlctrl")),
        Err(Errno::EINVAL)
    );
    // Too long for a name, and the NUL only after that.
    let long = [b"n".repeat(16).as_slice(), &[0]].concat();
    assert_eq!(
        strict(|body| body.attr(FAMILY_NAME, &long)),
        refused("Attribute failed policy validation")
    );
    // What follows the NUL does not matter.
    assert_eq!(
        liberal(|body| body.attr(FAMILY_NAME, b"nlctrl\0rest")),
        Ok(())
    );
}

#[test]
fn row_44_of_an_attribute_that_comes_twice_the_last_wins() {
    let unknown: &[u8] = b"no such\0";
    let twice = |first, second| {
        liberal(move |body: Body| body.attr(FAMILY_NAME, first).attr(FAMILY_NAME, second))
    };
    assert_eq!(twice(unknown, NLCTRL), Ok(()));
    assert_eq!(twice(NLCTRL, unknown), Err(Errno::ENOENT));
    // The strict operation has a name first, so that this one is the second.
    let last_is_unknown = strict(|body| body.attr(FAMILY_NAME, unknown));
    assert_eq!(last_is_unknown.map_err(|error| error.0), Err(Errno::ENOENT));
}
