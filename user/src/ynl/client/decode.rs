// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages as JSON with all their headers, whoever sent them.

use super::message;
use crate::wire::{Answer, GenlHeader, Header, Message, flags};
use crate::ynl::codec::{Codec, Note};
use genlkit_spec::model::{Operation, Protocol};
use serde_json::{Map, Value, json};

/// Decodes a whole message, a request as well as an answer.
///
/// `codec` is the spec of the message's family, if it is known; without one, `generic` tells
/// whether the message is generic netlink's. The flag `NLM_F_REQUEST` tells
/// requests from answers.
#[must_use]
pub fn whole_message(
    codec: Option<&Codec>,
    generic: bool,
    message: &Message<'_>,
) -> (Value, Vec<Note>) {
    let header = message.header;
    let is_request = header.flags & flags::REQUEST != 0;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("len", header.len.into());
    put("type", header.kind.into());
    put("flags", flag_names(header.flags, is_request).into());
    put("seq", header.seq.into());
    put("portid", header.portid.into());
    let mut notes = Vec::new();
    // Some classic families use numbers that are netlink's own.
    let is_own = codec.is_some_and(|codec| operation(codec, header.kind.into(), &header).is_some());
    let answer = if is_own && !generic {
        Answer::Data
    } else {
        message.answer()
    };
    match answer {
        Answer::Error(error) => {
            put("errno", error.errno.into());
            put("extack", extack(&error.extack));
        }
        Answer::Done {
            errno,
            extack: said,
        } => {
            put("done", true.into());
            put("errno", errno.into());
            put("extack", extack(&said));
        }
        Answer::Overrun => {
            put("overrun", true.into());
        }
        Answer::Noop => {
            put("noop", true.into());
        }
        Answer::Data => {
            let family = codec.map(Codec::family);
            let raw = family.map_or(!generic, |family| {
                matches!(family.protocol, Protocol::Raw(_))
            });
            let (number, body) = match (raw, GenlHeader::split(message.body())) {
                (false, Ok((genl, rest))) => {
                    put("cmd", genl.cmd.into());
                    put("version", genl.version.into());
                    (genl.cmd.into(), rest)
                }
                _ => (u32::from(header.kind), message.body()),
            };
            let Some(codec) = codec else {
                put("msg", Value::Object(unknown(body)));
                return (Value::Object(out), notes);
            };
            let op = operation(codec, number, &header);
            let (head, set) = op.map_or((None, None), |op| match is_request {
                true => op.asked(header.flags & flags::DUMP == flags::DUMP),
                false => message::heard(codec.family(), op),
            });
            let decoded = codec.decode(head, set, body);
            put("family", codec.family().name.as_str().into());
            put("op", op.map_or(Value::Null, |op| op.name.as_str().into()));
            put("msg", Value::Object(decoded.value));
            notes = decoded.notes;
        }
    }
    (Value::Object(out), notes)
}

fn operation<'c>(codec: &'c Codec, number: u32, header: &Header) -> Option<&'c Operation> {
    let family = codec.family();
    if header.flags & flags::REQUEST != 0 {
        return family
            .ops
            .iter()
            .find(|op| op.request_value == Some(number));
    }
    let announced = message::announced(family, number);
    // What has a request's number is no event, which nobody asked for.
    let is_answer = header.seq != 0 && announced.is_some_and(|op| op.event.is_some());
    let replies = |op: &&Operation| !op.is_async() && op.reply_value == Some(number);
    let answer = family.ops.iter().find(replies).filter(|_| is_answer);
    answer.or(announced)
}

fn unknown(body: &[u8]) -> Map<String, Value> {
    let spec = "name: unknown\ndoc: x\nattribute-sets: []\noperations: { list: [] }\n";
    let family = genlkit_spec::Family::from_yaml("unknown", spec);
    family
        .map(|family| Codec::new(family).decode(None, None, body).value)
        .unwrap_or_default()
}

fn extack(said: &crate::wire::ExtAck<'_>) -> Value {
    let entries = [
        ("msg", said.msg.map(|text| Value::from(text.to_string()))),
        ("offset", said.offset.map(Value::from)),
        ("miss-type", said.miss_type.map(Value::from)),
        ("miss-nest", said.miss_nest.map(Value::from)),
        (
            "policy",
            said.policy.map(|policy| Value::from(policy.to_string())),
        ),
    ];
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}

fn flag_names(bits: u16, is_request: bool) -> Vec<Value> {
    const REQUEST: [(u16, &str); 6] = [
        (flags::DUMP, "dump"),
        (flags::REPLACE, "replace|root"),
        (flags::EXCL, "excl|match"),
        (flags::CREATE, "create|atomic"),
        (flags::APPEND, "append"),
        (flags::ECHO, "echo"),
    ];
    const ANSWER: [(u16, &str); 4] = [
        (flags::CAPPED, "capped"),
        (flags::ACK_TLVS, "ack-tlvs"),
        (flags::DUMP_INTR, "dump-intr"),
        (flags::DUMP_FILTERED, "dump-filtered"),
    ];
    const BOTH: [(u16, &str); 3] = [
        (flags::REQUEST, "request"),
        (flags::MULTI, "multi"),
        (flags::ACK, "ack"),
    ];
    let own: &[(u16, &str)] = if is_request { &REQUEST } else { &ANSWER };
    let mut rest = bits;
    let mut names = Vec::new();
    for (mask, name) in BOTH.iter().chain(own) {
        if rest & mask == *mask {
            rest &= !mask;
            names.push((*name).into());
        }
    }
    if rest != 0 {
        names.push(json!(rest));
    }
    names
}
