// SPDX-License-Identifier: MIT OR Apache-2.0

//! A family in Rust that is older than the kernel's checks (`dont-validate`): what it tolerates, and
//! that nothing it reads is wrong for that.

use genlkit::client::Client;
use genlkit::wire::flags;
use genlkit_tests::{
    generated::genltest_lax::{LaxDump, LaxInnerNest, LaxRequest, StrictRequest},
    raw::{Answers, Family, RawSocket, Request},
};
use nix::errno::Errno;

const LAX: u8 = 1;
const STRICT: u8 = 2;
const NUMBER: u16 = 1;
const TEXT: u16 = 2;
const INNER: u16 = 3;

struct Lax {
    socket: RawSocket,
    family: Family,
}

impl Lax {
    fn open() -> Self {
        let socket = RawSocket::generic();
        let family = socket.family("genltest-lax");
        Self { socket, family }
    }

    fn ask(&self, cmd: u8, fill: impl FnOnce(Request) -> Request) -> Answers {
        self.socket.ask(fill(Request::of(&self.family, cmd)))
    }

    /// What both operations say to a request that only one may refuse.
    #[track_caller]
    fn is_for_the_lax_alone(&self, fill: impl Fn(Request) -> Request, text: &str) -> Answers {
        let refusal = self.ask(STRICT, &fill).error();
        assert_eq!((refusal.errno(), &*refusal.text), (Errno::EINVAL, text));
        self.ask(LAX, fill)
    }
}

#[test]
fn both_answer_alike_to_what_is_right() {
    let mut client = Client::open().expect("a socket");
    let inner = LaxInnerNest::new().number(9);
    let request = LaxRequest::new().number(7).text("seven").inner(inner);
    let reply = client.call(&request).expect("it is right");
    assert_eq!(reply.number, Some(7));
    assert_eq!(
        reply.text.map(|text| text.to_string()).as_deref(),
        Some("seven")
    );
    assert_eq!(reply.inner.and_then(|inner| inner.number), Some(9));
    let reply = client.call(&StrictRequest::new().number(8)).expect("right");
    assert_eq!(reply.number, Some(8));
    let mut dump = client.dump(&LaxDump::new().number(6)).expect("a dump");
    let entry = dump.next().expect("no error").expect("an entry");
    assert_eq!(entry.number, Some(6));
}

#[test]
fn unknown_attributes_are_passed_over() {
    let lax = Lax::open();
    let fill = |request: Request| request.u32(77, 1).u32(NUMBER, 5);
    let answers = lax.is_for_the_lax_alone(fill, "Unknown attribute type");
    assert_eq!(answers.single().u32(NUMBER), 5);
    let answers = lax.ask(LAX, |request| fill(request).dump());
    assert_eq!(answers.messages()[0].u32(NUMBER), 5);
}

#[test]
fn a_number_that_is_too_long_reads_as_its_first_bytes() {
    let lax = Lax::open();
    let long = [5_u32.to_ne_bytes(), [0xff; 4]].concat();
    let fill = |request: Request| request.attr(NUMBER, &long);
    let answers = lax.is_for_the_lax_alone(fill, "invalid attribute length");
    assert_eq!(answers.single().u32(NUMBER), 5);
}

#[test]
fn a_number_that_is_too_short_is_refused() {
    let lax = Lax::open();
    for len in 0..4 {
        let error = lax.ask(LAX, |request| request.attr(NUMBER, &vec![1; len]));
        assert_eq!(error.error().errno(), Errno::ERANGE, "{len} bytes");
        let answers = lax.ask(LAX, |request| request.dump().attr(NUMBER, &vec![1; len]));
        assert_eq!(answers.error().errno(), Errno::ERANGE, "{len} bytes");
    }
}

#[test]
fn a_string_without_nul_is_refused() {
    let lax = Lax::open();
    let error = lax.ask(LAX, |request| request.attr(TEXT, b"text")).error();
    assert_eq!((error.errno(), error.offset), (Errno::EINVAL, Some(20)));
}

#[test]
fn a_nest_needs_no_mark_and_what_is_in_it_may_be_unknown() {
    let lax = Lax::open();
    let number = |value: u32| [[8, 0, 1, 0], value.to_ne_bytes()].concat();
    let unknown = [8, 0, 99, 0, 1, 2, 3, 4];
    let payload = [&unknown[..], &number(3), &unknown, &number(4), &[1, 2]].concat();
    let fill = |request: Request| request.attr(INNER, &payload);
    let answers = lax.is_for_the_lax_alone(fill, "NLA_F_NESTED is missing");
    let reply = answers.single();
    let inner = reply.attr(INNER).expect("the nest");
    // The last of them counts, as in the core's own table.
    assert_eq!(inner.payload(), number(4));
}

#[test]
fn what_is_in_a_nest_is_checked_all_the_same() {
    let lax = Lax::open();
    let error = lax.ask(LAX, |request| {
        request.nest(INNER, |body| body.attr(1, &[1]))
    });
    assert_eq!(error.error().errno(), Errno::ERANGE);
}

#[test]
fn flags_and_the_reserved_field_are_not_looked_at() {
    let lax = Lax::open();
    let text = "ambiguous or reserved bits set in nlmsg_flags";
    let fill = |request: Request| request.flags(flags::REQUEST | 0x400).u32(NUMBER, 1);
    let answers = lax.is_for_the_lax_alone(fill, text);
    assert_eq!(answers.single().u32(NUMBER), 1);
    let text = "genlmsghdr.reserved field is not 0";
    let fill = |request: Request| request.reserved(1).u32(NUMBER, 2);
    let answers = lax.is_for_the_lax_alone(fill, text);
    assert_eq!(answers.single().u32(NUMBER), 2);
}

#[test]
fn bytes_behind_the_last_attribute_are_no_error() {
    let lax = Lax::open();
    let fill = |request: Request| request.u32(NUMBER, 1).raw(&[1, 2, 3]);
    let text = "bytes leftover after parsing attributes";
    let answers = lax.is_for_the_lax_alone(fill, text);
    assert_eq!(answers.single().u32(NUMBER), 1);
}

#[test]
fn a_message_without_generic_header_is_refused_also_for_a_dump() {
    let lax = Lax::open();
    let request = Request::new(lax.family.id).dump();
    assert_eq!(lax.socket.ask(request).error().errno(), Errno::EINVAL);
}
