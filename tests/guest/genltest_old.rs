// SPDX-License-Identifier: MIT OR Apache-2.0

//! A module can have several families, and the layer has what only older schemas can say.

use genlkit_tests::{
    module::Module,
    raw::{Answers, Family, RawSocket, Request},
};
use nix::errno::Errno;

const SWITCH: u8 = 1;
const RESET: u8 = 2;
const SWITCHES: u16 = 1;
const LABEL: u16 = 2;
const COUNT: u16 = 3;
const NUMBERS: u16 = 4;

/// The family, with all switches off.
fn reset() -> (RawSocket, Family) {
    let socket = RawSocket::generic();
    let family = socket.family("genltest-old");
    let answers = socket.ask(Request::of(&family, RESET).ack());
    assert_eq!(answers.error().errno(), Errno::UnknownErrno);
    (socket, family)
}

/// A bitfield32 as it is on the wire.
fn bits(value: u32, selector: u32) -> Vec<u8> {
    [value, selector].map(u32::to_ne_bytes).concat()
}

fn switched(answers: &Answers) -> Vec<u8> {
    let reply = answers.single();
    let found = reply.attr(SWITCHES).expect("the switches");
    found.payload().to_vec()
}

#[test]
fn families_of_one_module_come_serve_and_go_together() {
    let module = Module::named("genltest");
    for _ in 0..3 {
        let socket = RawSocket::generic();
        let (first, second) = (socket.family("genltest"), socket.family("genltest-old"));
        assert_ne!(first.id, second.id);
        let (socket, old) = reset();
        let answers = socket.ask(Request::of(&old, SWITCH));
        assert_eq!(switched(&answers), bits(0, 0xf));
        module.unload_soon();
        for name in ["genltest", "genltest-old"] {
            assert!(Family::find(&socket, name).is_none(), "{name}");
        }
        module.load();
    }
}

#[test]
fn of_a_bitfield32_the_selected_bits_count() {
    let (socket, family) = reset();
    let switch = |value, selector| {
        let request = Request::of(&family, SWITCH).attr(SWITCHES, &bits(value, selector));
        switched(&socket.ask(request))
    };
    assert_eq!(switch(0b0101, 0b0111), bits(0b0101, 0xf));
    assert_eq!(switch(0b1000, 0b1001), bits(0b1100, 0xf));
    assert_eq!(switch(0, 0), bits(0b1100, 0xf));
}

#[test]
fn a_bitfield32_with_bits_that_are_nobodys_is_refused() {
    let (socket, family) = reset();
    let refused = |payload: &[u8]| {
        let request = Request::of(&family, SWITCH).attr(SWITCHES, payload);
        let error = socket.ask(request).error();
        assert_eq!(error.offset, Some(20), "{payload:?}");
        error.errno()
    };
    assert_eq!(refused(&bits(0, 0x10)), Errno::EINVAL);
    assert_eq!(refused(&bits(0x10, 0x10)), Errno::EINVAL);
    // Set, and not selected.
    assert_eq!(refused(&bits(1, 2)), Errno::EINVAL);
    assert_eq!(refused(&[0; 4]), Errno::ERANGE);
    assert_eq!(refused(&[0; 12]), Errno::ERANGE);
}

#[test]
fn a_string_that_needs_no_nul_ends_at_its_first_or_not_at_all() {
    let (socket, family) = reset();
    let label = |payload: &[u8]| {
        let answers = socket.ask(Request::of(&family, SWITCH).attr(LABEL, payload));
        let reply = answers.single();
        let found = reply.attr(LABEL).expect("the label");
        found.payload().to_vec()
    };
    assert_eq!(label(b"abc"), b"abc");
    assert_eq!(label(b"ab\0cd"), b"ab");
    assert_eq!(label(b"\0"), b"");
    assert_eq!(label(b"12345678\0"), b"12345678");
    let long = Request::of(&family, SWITCH).attr(LABEL, b"123456789");
    assert_eq!(socket.ask(long).error().errno(), Errno::ERANGE);
}

#[test]
fn a_nest_beyond_64_kib_is_emsgsize() {
    let (socket, family) = reset();
    let request = |count| Request::of(&family, SWITCH).u32(COUNT, count);
    // Each number takes 8 bytes of the 65 531 that a nest holds.
    let answers = socket.ask(request(8191));
    let numbers = answers.single().attr(NUMBERS).expect("the nest");
    assert_eq!(numbers.payload().len(), 8191 * 8);
    assert_eq!(socket.ask(request(8192)).error().errno(), Errno::EMSGSIZE);
}
