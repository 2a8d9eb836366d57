// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading.

use genlkit::generated::taskdiag::{self, Ping, Task};
use genlkit::nlctrl::{FamilyReply, PolicyReply};
use genlkit::request::{Decode, Notification};
use genlkit::trace::Trace;
use genlkit::wire::{Answer, Attrs, GenlHeader, Header, Messages, Policy};

/// Nests that are looked into.
const DEPTH: usize = 8;

/// Reads any bytes as a datagram, in every way that there is to read one.
///
/// # Panics
/// Where what is read is not inside of the datagram, or does not end.
pub fn messages(datagram: &[u8]) {
    let mut consumed = 0;
    for message in Messages::new(datagram).map_while(Result::ok) {
        assert!(message.bytes.len() >= Header::LEN);
        consumed += message.bytes.len();
        assert!(consumed <= datagram.len());
        if let Answer::Error(error) = message.answer() {
            assert!(error.errno >= 0);
        }
        let _ = GenlHeader::split(message.body()).map(|(header, body)| {
            attributes(body, 0);
            views(header.cmd, body);
        });
    }
    attributes(datagram, 0);
    let shown = Trace::new(datagram, &taskdiag::FAMILY).to_string();
    assert!(!shown.contains('\x1b'), "nothing controls the terminal");
}

fn attributes(bytes: &[u8], depth: usize) {
    let mut consumed = 0;
    for attr in Attrs::new(bytes).map_while(Result::ok) {
        consumed += 4 + attr.payload().len();
        assert!(consumed <= bytes.len());
        assert_eq!(attr.u32().is_ok(), attr.payload().len() == 4);
        assert!(attr.str().as_bytes().len() <= attr.payload().len());
        let _ = Policy::decode(attr.nest()).to_string();
        if depth < DEPTH {
            attributes(attr.payload(), depth + 1);
        }
    }
}

fn views(cmd: u8, body: &[u8]) {
    let _ = Task::decode(body).map(|task| format!("{task:?}"));
    let _ = Ping::decode(body);
    let _ = taskdiag::Notification::decode(cmd, body).map(|event| format!("{event:?}"));
    let _ = PolicyReply::decode(body).map(|part| (part.ops().count(), part.policies().count()));
    let _ = FamilyReply::decode(body).map(|family| (family.ops.count(), family.groups.count()));
}
