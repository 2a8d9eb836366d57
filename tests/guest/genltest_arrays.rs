// SPDX-License-Identifier: MIT OR Apache-2.0

//! Arrays of what is no nest, which no policy can tell of: the layer checks them as they are read.

use genlkit::client::Client;
use genlkit::wire::{Bytes, FromAttr, Repeated};
use genlkit_tests::{
    generated::genltest::{ArrayInnerNest, ArrayRequest},
    genltest::{Genltest, attr},
    raw::{Body, Error},
};
use nix::errno::Errno;

fn array(name: &str) -> u16 {
    attr("array", name)
}

/// What an array holds.
fn all<'b, T: FromAttr<'b>>(array: Repeated<'b, T>) -> Vec<T> {
    array.map(|one| one.expect("it is whole")).collect()
}

/// How a request of one array goes, which begins at byte 20.
fn outcome(name: &str, fill: impl FnOnce(Body) -> Body) -> Error {
    let family = Genltest::open();
    family.outcome(family.request("array").nest(array(name), fill))
}

#[test]
fn arrays_of_every_element_come_back() {
    let mut client = Client::open().expect("a socket");
    let addresses: [&[u8]; 2] = [&[0; 16], &[0xfe; 16]];
    let addresses = addresses.map(Bytes);
    let blobs: [&[u8]; 3] = [b"", b"b", &[7; 40]];
    let blobs = blobs.map(Bytes);
    let request = ArrayRequest::new()
        .numbers(&[1, u32::MAX])
        .addresses(&addresses)
        .blobs(&blobs)
        .inner(ArrayInnerNest::new().numbers(&[3]));
    let reply = client.call(&request).expect("every element is right");
    let bytes = |list: &[Bytes<'_>]| list.iter().map(|one| one.to_vec()).collect::<Vec<_>>();
    assert_eq!(all(reply.numbers), [1, u32::MAX]);
    assert_eq!(bytes(&all(reply.addresses)), bytes(&addresses));
    assert_eq!(bytes(&all(reply.blobs)), bytes(&blobs));
    assert_eq!(all(reply.inner.expect("the nest").numbers), [3]);
}

#[test]
fn an_array_can_be_empty_and_absent() {
    let family = Genltest::open();
    let empty = family.request("array").nest(array("numbers"), |body| body);
    let reply = family.reply(empty);
    let numbers = reply.attr(array("numbers")).expect("the array");
    assert!(numbers.payload().is_empty());
    assert!(family.reply(family.request("array")).attrs().is_empty());
}

#[test]
fn an_element_of_another_length_is_refused_and_named() {
    for (name, right) in [("numbers", 4), ("addresses", 16)] {
        for wrong in (0..=24).filter(|wrong| *wrong != right) {
            let error = outcome(name, |body| {
                body.attr(1, &vec![1; right]).attr(2, &vec![1; wrong])
            });
            assert_eq!(error.errno(), Errno::EINVAL, "{name} of {wrong} bytes");
            assert_eq!(error.text, "invalid element of an array", "{name}");
            // Behind the request's headers, the array's and the first element.
            let offset = 24 + 4 + right.next_multiple_of(4);
            assert_eq!(error.offset, Some(offset as u32), "{name}");
        }
    }
}

#[test]
fn what_is_no_element_at_an_arrays_end_is_refused() {
    let number = 1_u32.to_ne_bytes();
    let cases: [&[u8]; 4] = [
        // Not even a header.
        &[0; 3],
        // A header that is shorter than itself.
        &[3, 0, 1, 0],
        // A header that is longer than what is left.
        &[9, 0, 1, 0, 1, 1, 1, 1],
        &[0xff; 40],
    ];
    for rest in cases {
        let error = outcome("numbers", |body| body.attr(1, &number).raw(rest));
        assert_eq!(error.errno(), Errno::EINVAL, "{rest:?}");
        assert_eq!(
            error.text, "bytes leftover after the elements of an array",
            "{rest:?}"
        );
        assert_eq!(error.offset, Some(20), "{rest:?}");
    }
}

#[test]
fn an_array_in_a_nest_is_checked_as_well() {
    let error = outcome("inner", |body| {
        body.nest(array("numbers"), |body| body.attr(1, &[1, 2, 3]))
    });
    assert_eq!(error.errno(), Errno::EINVAL);
    assert_eq!(error.text, "invalid element of an array");
    assert_eq!(error.offset, Some(28));
}

/// The family that is written by hand, and its operation on arrays.
mod old {
    use genlkit_tests::raw::{Answers, Body, RawSocket, Request};

    const LISTS: u8 = 3;
    pub(super) const PORTS: u16 = 1;
    pub(super) const LONGS: u16 = 2;
    pub(super) const EITHER: u16 = 3;
    pub(super) const NAMES: u16 = 4;

    /// What comes back for an array of such elements.
    pub(super) fn ask(array: u16, elements: &[&[u8]]) -> Answers {
        let socket = RawSocket::generic();
        let family = socket.family("genltest-old");
        let fill = |body: Body| elements.iter().fold(body, |body, one| body.attr(7, one));
        socket.ask(Request::of(&family, LISTS).nest(array, fill))
    }

    /// The payloads of the elements that come back.
    pub(super) fn back(array: u16, elements: &[&[u8]]) -> Vec<Vec<u8>> {
        let answers = ask(array, elements);
        let found = answers.single().attr(array).expect("the array");
        let inner = found.nest().map(|one| one.expect("it is whole"));
        inner.map(|one| one.payload().to_vec()).collect()
    }
}

#[test]
fn numbers_of_every_order_and_size_come_back_from_arrays() {
    let ports: [&[u8]; 2] = [&80_u16.to_be_bytes(), &[0xff, 1]];
    assert_eq!(old::back(old::PORTS, &ports), ports);
    let longs: [&[u8]; 2] = [&i64::MIN.to_ne_bytes(), &(1_i64 << 40).to_ne_bytes()];
    assert_eq!(old::back(old::LONGS, &longs), longs);
    let either: [&[u8]; 2] = [&7_u32.to_ne_bytes(), &u64::MAX.to_ne_bytes()];
    let wide = [7_u64, u64::MAX].map(u64::to_ne_bytes);
    assert_eq!(old::back(old::EITHER, &either), wide);
    for (array, sizes) in [
        (old::PORTS, &[2][..]),
        (old::LONGS, &[8]),
        (old::EITHER, &[4, 8]),
    ] {
        for wrong in (0..=16).filter(|wrong| !sizes.contains(wrong)) {
            let error = old::ask(array, &[&vec![0; wrong]]).error();
            assert_eq!(error.errno(), Errno::EINVAL, "{array}: {wrong} bytes");
        }
    }
}

#[test]
fn a_string_in_an_array_ends_at_its_nul_and_without_one_is_refused() {
    let names: [&[u8]; 3] = [b"a\0", b"\0", b"b\0c\0"];
    let back: [&[u8]; 3] = [b"a\0", b"\0", b"b\0"];
    assert_eq!(old::back(old::NAMES, &names), back);
    for wrong in [&b"a"[..], b""] {
        let error = old::ask(old::NAMES, &[b"good\0", wrong]).error();
        assert_eq!(error.errno(), Errno::EINVAL);
        assert_eq!(error.text, "invalid element of an array");
    }
}
