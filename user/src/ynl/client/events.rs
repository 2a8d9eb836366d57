// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel sends unasked.

use super::exchange::{self, Unasked};
use super::{CallError, Client, message, resolve};
use crate::error::Error;
use crate::transport::Transport;
use crate::wire::Messages;
use crate::ynl::codec::Note;
use genlkit_spec::model::{Family, Protocol};
use serde_json::{Map, Value};
use std::time::Instant;

/// Something that the kernel sent unasked.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A notification or an event of the family's.
    Message {
        /// The operation's name in the spec; none where the spec has none of the number.
        name: Option<String>,
        /// The number of the operation.
        number: u32,
        /// The number of the multicast group; 0 where it was sent to this socket alone.
        group: u32,
        /// The members of the fixed header and the attributes.
        value: Map<String, Value>,
        /// What was not as the spec has it.
        notes: Vec<Note>,
    },
    /// The kernel dropped events, because they were not read fast enough.
    Lost {
        /// How many datagrams, where it is known; else 1.
        count: u32,
    },
}

impl<T: Transport> Client<T> {
    /// Joins a multicast group, by its name or its number.
    ///
    /// # Errors
    /// A group that the family does not have, and what the system says: `EPERM` for groups that
    /// need privilege.
    pub fn subscribe(&mut self, group: &str) -> Result<u32, CallError> {
        let number = self.group(group)?;
        let joined = self.client.transport().join(number);
        joined.map_err(|error| Error::not_joined(&self.codec.family().name, group, &error))?;
        Ok(number)
    }

    fn group(&mut self, group: &str) -> Result<u32, CallError> {
        if let Ok(number) = group.parse() {
            return Ok(number);
        }
        let family = self.codec.family();
        let known: Vec<(String, u32)> = match family.protocol {
            Protocol::Raw(_) => listed(family),
            _ => resolve(&mut self.client, &family.name)?.groups.clone(),
        };
        let found = known.iter().find(|(name, _)| name == group);
        found.map(|(_, number)| *number).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() {
                "it has none".to_owned()
            } else {
                names.join(", ")
            };
            CallError::Usage(format!("{} has no group `{group}`: {names}", family.name))
        })
    }

    /// Waits for what comes unasked and hands it to `each`, until the deadline, or until `each`
    /// returns false.
    ///
    /// # Errors
    /// What the system says about the socket.
    pub fn events(
        &mut self,
        deadline: Option<Instant>,
        mut each: impl FnMut(Event) -> bool,
    ) -> Result<(), Error> {
        loop {
            let (group, datagram) = match exchange::event(self.client.connection(), deadline)? {
                Some(Unasked::Datagram(group, datagram)) => (group, datagram),
                Some(Unasked::Lost(count)) if each(Event::Lost { count }) => continue,
                Some(Unasked::Lost(_)) | None => return Ok(()),
            };
            let family = self.codec.family();
            if !family.message_header {
                if !each(self.event(group, 0, &datagram)) {
                    return Ok(());
                }
                continue;
            }
            for message in Messages::new(&datagram).map_while(Result::ok) {
                let (number, body) =
                    message::split(family, &message).unwrap_or((0, message.body()));
                if !each(self.event(group, number, body)) {
                    return Ok(());
                }
            }
        }
    }

    fn event(&self, group: u32, number: u32, body: &[u8]) -> Event {
        let family = self.codec.family();
        let op = message::announced(family, number);
        let (header, set) = op.map_or((None, None), |op| message::heard(family, op));
        let decoded = self.codec.decode(header, set, body);
        Event::Message {
            name: op.map(|op| op.name.clone()),
            number,
            group,
            value: decoded.value,
            notes: decoded.notes,
        }
    }
}

fn listed(family: &Family) -> Vec<(String, u32)> {
    let groups = family.groups.iter();
    groups
        .filter_map(|group| Some((group.name.clone(), group.value?)))
        .collect()
}
