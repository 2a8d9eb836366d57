// SPDX-License-Identifier: MIT OR Apache-2.0
//! The running kernel's policies: what it accepts of an operation's attributes.

use super::exchange::{self, End, Item, Request};
use super::message::{self, Mode};
use super::{CallError, Client, resolve};
use crate::error::{About, Error};
use crate::nlctrl;
use crate::transport::Transport;
use crate::wire::{Attrs, GenlHeader, Policy, flags};
use crate::ynl::codec::Codec;
use genlkit_spec::model::{Protocol, SetId};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What `linux/genetlink.h` calls so, with the width on the wire.
mod c {
    pub(super) const CTRL_CMD_GETPOLICY: u8 = 10;
    pub(super) const CTRL_ATTR_FAMILY_ID: u16 = 1;
    pub(super) const CTRL_ATTR_POLICY: u16 = 8;
    pub(super) const CTRL_ATTR_OP_POLICY: u16 = 9;
    pub(super) const CTRL_ATTR_OP: u16 = 10;
    pub(super) const CTRL_ATTR_POLICY_DO: u16 = 1;
    pub(super) const CTRL_ATTR_POLICY_DUMP: u16 = 2;
}

/// Policies as the controller tells them: by their index, by the attribute's number.
#[derive(Debug, Default)]
struct Table {
    r#do: Option<u32>,
    dump: Option<u32>,
    policies: BTreeMap<u32, BTreeMap<u16, Policy>>,
}

impl<T: Transport> Client<T> {
    /// What the running kernel accepts of an operation, in the form that the kernel's own client
    /// has for it: an object by the attribute's name, with `type` and limits, and the policy of a
    /// nest as `policy`. None where the operation accepts no attributes in that mode.
    ///
    /// # Errors
    /// An operation that the spec does not have; classic families, which do not tell; and what the
    /// kernel refuses.
    pub fn policy(&mut self, op: &str, mode: Mode) -> Result<Option<Value>, CallError> {
        let family = self.codec.family();
        let op = message::operation(family, op, mode)?;
        if let Protocol::Raw(_) = family.protocol {
            let name = &family.name;
            let text = format!("{name} is a classic family: only generic families tell policies");
            return Err(CallError::Usage(text));
        }
        let (set, number) = (op.set, op.request_value.unwrap_or(0));
        let what = format!("nlctrl getpolicy of {} {}", family.name, op.name);
        let id = resolve(&mut self.client, &family.name)?.id;
        let mut table = Table::default();
        let mut refused = None;
        let requests = [request(id, number)];
        exchange::run(self.client.connection(), &what, &requests, |_, item| {
            match item {
                Item::Data(message) => {
                    if let Ok((_, attributes)) = GenlHeader::split(message.body()) {
                        table.read(attributes);
                    }
                }
                Item::End { errno: 0, .. } | Item::Interrupted => {}
                Item::End { errno, extack } => {
                    refused = Some(Error::refused_at(&what, errno, &extack, About::default()));
                }
            }
            Ok(())
        })?;
        if let Some(refused) = refused {
            return Err(refused.into());
        }
        let index = match mode {
            Mode::Do => table.r#do,
            Mode::Dump => table.dump,
        };
        let shown = index.map(|index| table.show(&self.codec, set, index, &mut Vec::new()));
        Ok(shown.map(Value::Object))
    }
}

fn request(id: u16, op: u32) -> Request {
    let header = GenlHeader {
        cmd: c::CTRL_CMD_GETPOLICY,
        version: 2,
    };
    let mut body = header.to_bytes().to_vec();
    let attrs: [(u16, &[u8]); 2] = [
        (c::CTRL_ATTR_FAMILY_ID, &id.to_ne_bytes()),
        (c::CTRL_ATTR_OP, &op.to_ne_bytes()),
    ];
    for (number, payload) in attrs {
        // Both payloads are shorter than 16 bits can tell.
        let len = u16::try_from(payload.len() + 4).unwrap_or(u16::MAX);
        body.extend_from_slice(&len.to_ne_bytes());
        body.extend_from_slice(&number.to_ne_bytes());
        body.extend_from_slice(payload);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    Request {
        kind: nlctrl::ID,
        flags: flags::DUMP,
        body,
        end: End::Ack,
    }
}

impl Table {
    fn read(&mut self, attributes: &[u8]) {
        for attr in Attrs::new(attributes).map_while(Result::ok) {
            let inside = attr.nest().map_while(Result::ok);
            match attr.number() {
                c::CTRL_ATTR_OP_POLICY => {
                    for mode in inside.flat_map(|op| op.nest().map_while(Result::ok)) {
                        match mode.number() {
                            c::CTRL_ATTR_POLICY_DO => self.r#do = mode.u32().ok(),
                            c::CTRL_ATTR_POLICY_DUMP => self.dump = mode.u32().ok(),
                            _ => {}
                        }
                    }
                }
                c::CTRL_ATTR_POLICY => {
                    for policy in inside {
                        let entries = self.policies.entry(policy.number().into()).or_default();
                        for entry in policy.nest().map_while(Result::ok) {
                            entries.insert(entry.number(), Policy::decode(entry.nest()));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `around` are the policies that this one is in: one that contains itself ends there.
    fn show(
        &self,
        codec: &Codec,
        set: Option<SetId>,
        index: u32,
        around: &mut Vec<u32>,
    ) -> Map<String, Value> {
        let mut map = Map::new();
        around.push(index);
        for (number, policy) in self.policies.get(&index).into_iter().flatten() {
            let attr = set.and_then(|set| codec.by_number(set, *number));
            let mut entry = properties(policy);
            let inner = policy.nested.0.filter(|inner| !around.contains(inner));
            if let Some(inner) = inner {
                let set = attr.and_then(genlkit_spec::model::Attr::nested_set);
                let nested = self.show(codec, set, inner, around);
                entry.insert("policy".to_owned(), Value::Object(nested));
            }
            let name = attr.map_or_else(|| format!("attr-{number}"), |attr| attr.name.to_string());
            map.insert(name, Value::Object(entry));
        }
        around.pop();
        map
    }
}

fn properties(policy: &Policy) -> Map<String, Value> {
    const TYPES: [&str; 18] = [
        "invalid",
        "flag",
        "u8",
        "u16",
        "u32",
        "u64",
        "s8",
        "s16",
        "s32",
        "s64",
        "binary",
        "string",
        "nul-string",
        "nested",
        "nested-array",
        "bitfield32",
        "sint",
        "uint",
    ];
    let kind = policy
        .kind
        .and_then(|kind| TYPES.get(kind as usize))
        .copied();
    let mask = if kind == Some("bitfield32") {
        "bitfield32-mask"
    } else {
        "mask"
    };
    let entries: [(&str, Option<Value>); 8] = [
        ("type", kind.map(Value::from)),
        ("min-value", policy.unsigned.0.map(Value::from)),
        ("max-value", policy.unsigned.1.map(Value::from)),
        ("min-value", policy.signed.0.map(Value::from)),
        ("max-value", policy.signed.1.map(Value::from)),
        ("min-length", policy.len.0.map(Value::from)),
        ("max-length", policy.len.1.map(Value::from)),
        (mask, policy.mask.map(Value::from)),
    ];
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}
