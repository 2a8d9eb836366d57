// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages of a family: their headers, and which operation they belong to.

use super::exchange::{End, Request};
use super::{Call, CallError};
use crate::error::{About, Error};
use crate::wire::{ExtAck, GenlHeader, Header, Message, flags};
use crate::ynl::codec::{Codec, Decoded, Encoded};
use genlkit_spec::model::{Family, Operation, Protocol, SetId, StructId};

/// How an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One request, one reply.
    Do,
    /// One request, any number of replies.
    Dump,
}

impl Mode {
    /// The name in the spec.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Dump => "dump",
        }
    }
}

/// An operation as errors call it.
pub(super) fn title(family: &Family, op: &Operation) -> String {
    format!("{} {}", family.name, op.name)
}

/// Finds the operation that a call names; the error says which there are.
///
/// One that the spec has in the other mode alone is taken: specs of classic families leave modes
/// out, and the kernel refuses what it does not have. Classic families do what changes something
/// though a dump was asked for, so that of these only what gets something is taken.
pub(super) fn operation<'f>(
    family: &'f Family,
    name: &str,
    mode: Mode,
) -> Result<&'f Operation, CallError> {
    let family_name = &family.name;
    match family.op(name) {
        Some(op) if mode == Mode::Dump && changes(family, op) => {
            let text = format!(
                "{family_name} {name} cannot be dumped: the kernel would not list, but do it; `do` is meant where it shall"
            );
            Err(CallError::Usage(text))
        }
        Some(op) if op.modes().next().is_some() && op.request_value.is_some() => Ok(op),
        Some(_) => {
            let text = format!("{family_name} {name} is sent by the kernel only");
            Err(CallError::Usage(text))
        }
        None => {
            let has = |op: &&Operation| match mode {
                Mode::Do => op.r#do.is_some(),
                Mode::Dump => op.dump.is_some(),
            };
            let ops: Vec<&str> = family
                .ops
                .iter()
                .filter(has)
                .map(|op| op.name.as_str())
                .collect();
            let (mode, ops) = (mode.name(), ops.join(", "));
            let text = format!("{family_name} has no operation `{name}`: {mode} has {ops}");
            Err(CallError::Usage(text))
        }
    }
}

/// Whether the kernel would do the operation where it is asked for a dump, as rtnetlink deletes
/// what a dump of `dellink` names.
fn changes(family: &Family, op: &Operation) -> bool {
    let is_classic = matches!(family.protocol, Protocol::Raw(_));
    is_classic && op.r#do.is_some() && op.dump.is_none() && !op.name.starts_with("get")
}

/// Bytes between the netlink header and what the codec encodes.
fn generic_len(family: &Family) -> usize {
    match family.protocol {
        Protocol::Raw(_) => 0,
        _ => GenlHeader::LEN,
    }
}

/// A message for the kernel; `id` is a generic family's.
pub(super) fn request(
    family: &Family,
    id: Option<u16>,
    op: &Operation,
    encoded: &Encoded,
    call: &Call<'_>,
) -> Request {
    let reply = op.reply_value.and_then(|reply| u16::try_from(reply).ok());
    let (mode, end) = match (call.mode, op.acked, reply) {
        // The ACK ends a reply of several messages, and one of none.
        (Mode::Do, true, _) => (flags::ACK, End::Ack),
        (Mode::Do, false, Some(reply)) => (0, End::Reply(reply)),
        (Mode::Do, false, None) => (0, End::Sent),
        // A dump ends by itself, without an ACK. What the spec alone takes for one (getgen of nftables)
        // ends with the ACK.
        (Mode::Dump, true, _) => (flags::DUMP | flags::ACK, End::Ack),
        (Mode::Dump, false, _) => (flags::DUMP, End::Ack),
    };
    let value = op.request_value.unwrap_or(0);
    let mut body = Vec::with_capacity(generic_len(family) + encoded.bytes.len());
    let kind = match id {
        Some(id) => {
            let cmd = u8::try_from(value).unwrap_or(u8::MAX);
            body.extend_from_slice(
                &GenlHeader {
                    cmd,
                    version: family.version,
                }
                .to_bytes(),
            );
            id
        }
        None => u16::try_from(value).unwrap_or(u16::MAX),
    };
    body.extend_from_slice(&encoded.bytes);
    Request {
        kind,
        flags: call.flags | mode,
        body,
        end,
    }
}

/// The number of a message's operation, and what follows it.
pub(super) fn split<'b>(family: &Family, message: &Message<'b>) -> Option<(u32, &'b [u8])> {
    match family.protocol {
        Protocol::Raw(_) => Some((message.header.kind.into(), message.body())),
        _ => {
            let (header, rest) = GenlHeader::split(message.body()).ok()?;
            Some((header.cmd.into(), rest))
        }
    }
}

/// The operation of a message that the kernel sent unasked: notifications and events first.
pub(super) fn announced(family: &Family, value: u32) -> Option<&Operation> {
    let by_value = |op: &&Operation| op.reply_value == Some(value);
    let announced = family.ops.iter().filter(|op| op.is_async()).find(by_value);
    announced.or_else(|| family.ops.iter().find(by_value))
}

/// Decodes a message of the answer to `asked`.
pub(super) fn decode(
    codec: &Codec,
    asked: &Operation,
    mode: Mode,
    message: &Message<'_>,
) -> Decoded {
    let family = codec.family();
    let (value, body) = split(family, message).unwrap_or((0, message.body()));
    // A family can answer with a message that belongs to another operation.
    let other = asked
        .reply_value
        .filter(|own| *own != value)
        .and_then(|_| announced(family, value));
    let (header, set) = match other {
        Some(op) => heard(family, op),
        None => asked.answered(mode == Mode::Dump),
    };
    codec.decode(header, set, body)
}

/// The fixed header and the set of a message that the kernel sends unasked.
pub(super) fn heard(family: &Family, op: &Operation) -> (Option<StructId>, Option<SetId>) {
    match op.announced(family).filter(|_| op.is_async()) {
        Some(message) => (
            message.fixed_header.or(op.fixed_header),
            message.set.or(op.set),
        ),
        None if op.is_async() => (op.fixed_header, op.set),
        None => op.answered(false),
    }
}

/// The errno of a reply that tells by itself that the request failed.
pub(super) fn failed(op: &Operation, reply: &Decoded) -> Option<i32> {
    let member = reply.value.get(op.errno.as_ref()?)?;
    // Some headers have it without a sign.
    let errno = member.as_i64()? as i32;
    errno.checked_neg().filter(|errno| *errno > 0)
}

/// An error of the kernel's about a request, with the paths of the attributes that it is about.
pub(super) fn refused(
    codec: &Codec,
    op: &Operation,
    mode: Mode,
    encoded: &Encoded,
    errno: i32,
    extack: &ExtAck<'_>,
) -> Error {
    let family = codec.family();
    let start = Header::LEN + generic_len(family);
    let inside = |offset: u32| (offset as usize).checked_sub(start);
    let mut about = About::default();
    if let Some(place) = extack
        .offset
        .and_then(inside)
        .and_then(|offset| encoded.spans.place(offset))
    {
        let payload = encoded.bytes.get(place.payload).unwrap_or_default();
        let attr = place
            .attr
            .and_then(|(set, number)| codec.by_number(set, number));
        about.expected = attr.and_then(|attr| codec.expected(attr).unmet_by(payload));
        about.attribute = Some(place.path.to_owned());
    }
    let missing = extack
        .miss_type
        .and_then(|number| u16::try_from(number).ok());
    if let Some(number) = missing {
        let nest = extack.miss_nest.and_then(inside);
        let (_, set) = op.asked(mode == Mode::Dump);
        let attr = encoded.spans.missing_attr(codec, set, nest, number);
        about.to_give = attr.map(|attr| codec.to_give(attr));
        about.missing = Some(encoded.spans.missing(codec, set, nest, number));
    }
    Error::refused_at(title(family, op), errno, extack, about)
}
