// SPDX-License-Identifier: MIT OR Apache-2.0
//! The engine's client against a kernel that is played by a function.

use genlkit::ErrorKind;
use genlkit::transport::Fake;
use genlkit::wire::{GenlHeader, Header, flags, kind};
use genlkit::ynl::client::{Call, CallError, Client, Mode};
use genlkit::ynl::codec::Codec;
use genlkit_spec::Family;
use serde_json::{Map, Value, json};

const SPEC: &str = r"
name: demo
doc: A demonstration.
definitions:
  - { name: colour, type: enum, entries: [ red, green ] }
attribute-sets:
  - name: item
    attributes:
      - { name: id, type: u32, doc: The id., checks: { min: 1 } }
      - { name: inner, type: nest, nested-attributes: inner, doc: More. }
  - name: inner
    attributes:
      - { name: name, type: string, doc: The name. }
      - { name: size, type: u32, doc: The size. In metres. }
      - { name: colour, type: u8, enum: colour, doc: The colour. }
      - { name: paints, type: u8, enum: colour, enum-as-flags: true, doc: Bits. }
operations:
  list:
    - name: get
      doc: Gets.
      attribute-set: item
      do: { request: { attributes: [ id, inner ] }, reply: { attributes: [ id ] } }
      dump: { reply: { attributes: [ id ] } }
    - name: changed
      doc: Tells.
      notify: get
      mcgrp: news
mcast-groups:
  list:
    - { name: news }
";

fn codec() -> Codec {
    Codec::new(Family::from_yaml("demo.yaml", SPEC).unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn client(fake: Fake) -> Client<Fake> {
    Client::with(codec(), fake.family("demo", 30, &[("news", 40)]))
}

pub(crate) fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

#[test]
fn a_call_has_the_family_s_number_and_ends_with_the_ack() {
    let mut client = client(Fake::new(|kernel, request| {
        assert_eq!(
            (request.header.kind, request.header.flags),
            (30, flags::REQUEST | flags::ACK)
        );
        kernel.reply(request, |reply| reply.u32(1, 7));
        kernel.error(request, 0, |_| {});
    }));
    let value = map(json!({ "id": 7 }));
    let call = Call::new("get", Mode::Do, &value);
    let answer = client.call(&call).expect("an answer");
    assert_eq!(answer.messages, [map(json!({ "id": 7 }))]);
}

#[test]
fn an_error_names_the_attribute_and_the_missing_one() {
    let mut client = client(Fake::new(|kernel, request| {
        kernel.error(request, 22, |extack| {
            extack.str(1, b"bad size");
            // Two headers, the id, the headers of the nest and of the name.
            extack.u32(2, 16 + 4 + 8 + 4);
            extack.u32(5, 2);
            extack.u32(6, 16 + 4 + 8);
        });
    }));
    let value = map(json!({ "id": 7, "inner": { "name": "a" } }));
    let call = Call::new("get", Mode::Do, &value);
    let Err(CallError::Kernel(error)) = client.call(&call) else {
        panic!("an error is wanted")
    };
    assert_eq!(error.attribute(), Some("inner.name"));
    assert_eq!(error.missing(), Some("inner.size"));
    assert_eq!((error.errno(), error.text()), (Some(22), "bad size"));
    assert_eq!(error.hint(), Some("give inner.size (u32: The size)"));
    // Nothing is wrong with it as far as the spec knows.
    assert_eq!(error.expected(), None);
}

#[test]
fn where_the_kernel_does_not_tell_what_an_attribute_must_be_the_spec_does() {
    let rows = [
        (json!({ "id": 0 }), 20, 34, Some("u32, at least 1")),
        (json!({ "id": 0 }), 20, 22, Some("u32, at least 1")),
        (json!({ "id": 0 }), 20, 1, None),
        (json!({ "id": 1 }), 20, 34, None),
        (
            json!({ "inner": { "colour": 7 } }),
            24,
            22,
            Some("u8, one of red, green"),
        ),
        (json!({ "inner": { "colour": 1 } }), 24, 22, None),
        (
            json!({ "inner": { "paints": 4 } }),
            24,
            22,
            Some("u8, with no bits but 0x3"),
        ),
        (json!({ "inner": { "paints": 3 } }), 24, 22, None),
        (json!({ "UnknownAttr(9)": "00" }), 20, 22, None),
    ];
    for (value, offset, errno, expected) in rows {
        let mut client = client(Fake::new(move |kernel, request| {
            kernel.error(request, errno, |extack| extack.u32(2, offset));
        }));
        let value = map(value);
        let call = Call::new("get", Mode::Do, &value);
        let Err(CallError::Kernel(error)) = client.call(&call) else {
            panic!("an error is wanted: {value:?}")
        };
        assert_eq!(error.expected(), expected, "{value:?}");
    }
}

#[test]
fn a_dump_tells_that_it_was_interrupted() {
    let mut client = client(Fake::new(|kernel, request| {
        let header = Header {
            flags: flags::MULTI | flags::DUMP_INTR,
            ..request.header
        };
        kernel.part(request, |part| part.u32(1, 1));
        kernel.queue(|datagram| {
            datagram.message(header, |message| {
                message.bytes(&GenlHeader { cmd: 1, version: 1 }.to_bytes());
                message.u32(1, 2);
            });
        });
        kernel.done(request, 0, |_| {});
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Dump, &value);
    let answer = client.call(&call).expect("an answer");
    assert_eq!(answer.messages.len(), 2);
    assert!(answer.interrupted);
}

#[test]
fn what_the_kernel_knows_as_no_dump_ends_with_the_ack() {
    let mut client = client(Fake::new(|kernel, request| {
        let asked = flags::REQUEST | flags::DUMP | flags::ACK;
        assert_eq!(request.header.flags, asked);
        kernel.reply(request, |reply| reply.u32(1, 7));
        kernel.error(request, 0, |_| {});
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Dump, &value);
    let answer = client.call(&call).expect("an answer");
    assert_eq!(answer.messages, [map(json!({ "id": 7 }))]);
}

#[test]
fn a_dump_whose_entries_follow_the_ack_asks_for_none() {
    const RAW: &str = "name: raw\nprotocol: netlink-raw\nprotonum: 9\ndoc: x\nattribute-sets: []\n\
        operations: { enum-model: directional, list: [ { name: list, doc: x, ack: false, dump: { request: { value: 20 }, \
        reply: { value: 20 } } } ] }\n";
    let family = Family::from_yaml("raw.yaml", RAW).unwrap_or_else(|error| panic!("{error}"));
    let fake = Fake::new(|kernel, request| {
        let asked = (request.header.kind, request.header.flags);
        assert_eq!(asked, (20, flags::REQUEST | flags::DUMP));
        kernel.done(request, 0, |_| {});
    });
    let mut client = Client::with(Codec::new(family), fake);
    let value = Map::new();
    let call = Call::new("list", Mode::Dump, &value);
    let answer = client.call(&call).expect("an answer");
    assert!(answer.messages.is_empty(), "{answer:?}");
}

#[test]
fn a_cut_off_answer_is_an_error_and_no_answer() {
    let mut client = client(Fake::new(|kernel, request| {
        let mut reply = request.bytes.to_vec();
        reply.resize((1 << 20) + 4096, 0);
        kernel.datagram(&reply, 0, 0);
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Dump, &value);
    let Err(CallError::Kernel(error)) = client.call(&call) else {
        panic!("an error is wanted")
    };
    assert_eq!(error.kind(), ErrorKind::Truncated);
}

#[test]
fn the_version_of_the_spec_is_in_the_header() {
    let spec = SPEC.replace(
        "name: demo\n",
        "name: demo\nprotocol: genetlink-legacy\nversion: 3\n",
    );
    let family = Family::from_yaml("demo.yaml", &spec).unwrap_or_else(|error| panic!("{error}"));
    let fake = Fake::new(|kernel, request| {
        let (header, _) = GenlHeader::split(request.body()).expect("a generic header");
        assert_eq!((header.cmd, header.version), (1, 3));
        kernel.error(request, 0, |_| {});
    });
    let fake = fake.family("demo", 30, &[]);
    let mut client = Client::with(Codec::new(family), fake);
    let value = Map::new();
    let call = Call::new("get", Mode::Do, &value);
    client.call(&call).expect("an ACK");
}

#[test]
fn an_errno_in_an_attribute_of_the_reply_is_an_error_though_the_ack_follows() {
    const RAW: &str = "name: raw\nprotocol: netlink-raw\nprotonum: 0\ndoc: x\nattribute-sets:\n  \
        - { name: result, attributes: [ { name: said, type: s8, doc: x } ] }\n\
        operations: { enum-model: directional, list: [ { name: set, doc: x, errno: said, attribute-set: result, \
        do: { request: { value: 79 }, reply: { value: 79, attributes: [ said ] } } } ] }\n";
    let family = Family::from_yaml("raw.yaml", RAW).unwrap_or_else(|error| panic!("{error}"));
    let fake = Fake::new(|kernel, request| {
        let header = request.header;
        kernel.queue(|datagram| {
            datagram.message(Header { flags: 0, ..header }, |message| {
                message.attr(1, [161]);
            });
        });
        kernel.error(request, 0, |_| {});
    });
    let mut client = Client::with(Codec::new(family), fake);
    let value = Map::new();
    let call = Call::new("set", Mode::Do, &value);
    let said = client.call(&call);
    let Err(CallError::Kernel(error)) = said else {
        panic!("{said:?}")
    };
    assert_eq!(error.errno(), Some(95));
}

#[test]
fn the_errno_that_ends_a_dump_is_an_error() {
    let mut client = client(Fake::new(|kernel, request| {
        kernel.done(request, 12, |_| {})
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Dump, &value);
    let Err(CallError::Kernel(error)) = client.call(&call) else {
        panic!("an error is wanted")
    };
    assert_eq!(error.errno(), Some(12));
}

#[test]
fn each_call_of_a_batch_has_its_own_answer() {
    let mut odd = false;
    let mut client = client(Fake::new(move |kernel, request| {
        odd = !odd;
        kernel.error(request, if odd { 0 } else { 17 }, |_| {});
    }));
    let value = Map::new();
    let call = Call {
        op: "get",
        mode: Mode::Do,
        value: &value,
        flags: flags::CREATE,
    };
    let answers = client
        .multi(&[call.clone(), call.clone(), call])
        .expect("was sent");
    let errnos: Vec<Option<i32>> = answers
        .iter()
        .map(|answer| match answer {
            Err(CallError::Kernel(error)) => error.errno(),
            _ => None,
        })
        .collect();
    assert_eq!(errnos, [None, Some(17), None]);
}

#[test]
fn a_batch_that_is_refused_as_a_whole_does_not_hang() {
    let mut answered = false;
    let mut client = client(Fake::new(move |kernel, request| {
        if !std::mem::replace(&mut answered, true) {
            kernel.error(request, 95, |_| {});
        }
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Do, &value);
    let answers = client.multi(&[call.clone(), call]).expect("was sent");
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
}

#[test]
fn strangers_and_old_answers_are_not_believed() {
    let mut client = client(Fake::new(|kernel, request| {
        let mut forged = Header {
            len: 20,
            kind: kind::ERROR,
            ..request.header
        }
        .to_bytes()
        .to_vec();
        forged.extend_from_slice(&(-1i32).to_ne_bytes());
        kernel.datagram(&forged, 1234, 0);
        let old = Header {
            seq: request.header.seq.wrapping_sub(1),
            ..request.header
        };
        kernel.queue(|datagram| datagram.message(old, |message| message.bytes(&[1, 1, 0, 0])));
        kernel.reply(request, |reply| reply.u32(1, 7));
        kernel.error(request, 0, |_| {});
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Do, &value);
    assert_eq!(client.call(&call).expect("an answer").messages.len(), 1);
}

#[test]
fn what_the_spec_does_not_have_is_refused_before_anything_is_sent() {
    let mut client = client(Fake::new(|_, _| panic!("nothing shall be sent")));
    let value = map(json!({ "ide": 1 }));
    let call = Call::new("get", Mode::Do, &value);
    let error = client.call(&call).expect_err("is refused");
    assert_eq!(
        error.to_string(),
        "ide: `item` has no such attribute: is `id` meant?"
    );
    let call = Call::new("set", Mode::Do, &value);
    let error = client.call(&call).expect_err("is refused");
    assert_eq!(error.to_string(), "demo has no operation `set`: do has get");
    let error = client.subscribe("olds").expect_err("is refused");
    assert_eq!(error.to_string(), "demo has no group `olds`: news");
}

#[test]
fn a_family_that_moved_is_asked_for_again_by_calls_dumps_and_batches() {
    let value = Map::new();
    let [once, dump] = [Mode::Do, Mode::Dump].map(|mode| Call::new("get", mode, &value));
    let all = [once.clone(), dump];
    for calls in [&all[..1], &all[1..], &all] {
        let mut client = client(Fake::new(|kernel, request| match request.header.kind {
            32 => kernel.error(request, 0, |_| {}),
            _ => kernel.error(request, 2, |_| {}),
        }));
        let refused = client.call(&once).expect_err("nobody has the number");
        assert!(matches!(refused, CallError::Kernel(error) if error.errno() == Some(2)));
        client.transport().kernel().register("demo", 32, &[]);
        let answers = client.multi(calls).expect("was sent");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let sent = client.transport().kernel().sent.len();
        client.multi(calls).expect("was sent");
        assert_eq!(client.transport().kernel().sent.len(), sent + 1);
    }
}

#[test]
fn what_the_family_itself_does_not_find_is_asked_for_once() {
    let mut client = client(Fake::new(|kernel, request| {
        kernel.error(request, 2, |extack| extack.str(1, b"no such item"));
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Do, &value);
    client.call(&call).expect_err("is not there");
    let kernel = client.transport().kernel();
    assert_eq!(kernel.sent.len(), 2, "the family, and the call");
}

#[test]
fn a_family_that_is_gone_is_not_found() {
    let mut client = client(Fake::new(|kernel, request| {
        kernel.error(request, 2, |_| {})
    }));
    let value = Map::new();
    let call = Call::new("get", Mode::Do, &value);
    client.call(&call).expect_err("nobody has the number");
    client.transport().kernel().unregister("demo");
    let Err(CallError::Kernel(error)) = client.call(&call) else {
        panic!("an error is wanted")
    };
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
