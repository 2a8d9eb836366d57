// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel sends unasked.

use super::{CallError, Client, message, resolve};
use crate::client::{Change, Unasked, change, drive, is_past};
use crate::error::Error;
use crate::nlctrl;
use crate::transport::Transport;
use crate::wire::Messages;
use crate::ynl::codec::{Codec, Note};
use genlkit_spec::model::{Family, Protocol};
use serde_json::{Map, Value};
use std::time::{Duration, Instant};

/// How long what is there is handed out past the deadline, where more comes all the time.
const PAST_DEADLINE: Duration = Duration::from_secs(1);

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
    /// The family's module was unloaded: nothing comes until it is loaded again.
    Unregistered,
    /// The family's module was loaded again, and its groups were joined again. What it told in
    /// between is not known.
    Registered,
    /// All events that came ahead of a loss, or of the family's return, were told: what is read now is
    /// in step with those that come from now on.
    Resync,
}

impl From<Change> for Event {
    fn from(change: Change) -> Self {
        match change {
            Change::Unregistered => Self::Unregistered,
            Change::Registered => Self::Registered,
        }
    }
}

impl<T: Transport> Client<T> {
    /// Joins a multicast group, by its name or its number.
    ///
    /// One of a generic family's that is joined by its name is joined again when the family's module is
    /// loaded anew; for that the client joins the controller's group `notify` as well.
    ///
    /// # Errors
    /// A group that the family does not have, and what the system says: `EPERM` for groups that
    /// need privilege.
    pub fn subscribe(&mut self, group: &str) -> Result<u32, CallError> {
        let number = self.group(group)?;
        let family = &self.codec.family().name;
        if self.hears_controller() && group.parse::<u32>().is_err() {
            return Ok(drive(self.client.connection().subscribe(family, group))?);
        }
        let joined = self.client.transport().join(number);
        joined.map_err(|error| Error::not_joined(family, group, &error))?;
        Ok(number)
    }

    /// Leaves a multicast group, by its name or its number; it is not joined again.
    ///
    /// # Errors
    /// A group that the family does not have, and what the system says.
    pub fn unsubscribe(&mut self, group: &str) -> Result<(), CallError> {
        let family = self.codec.family().name.clone();
        let name = match group.parse::<u32>() {
            // It may have been joined by its name.
            Ok(number) if self.hears_controller() => {
                let groups = &resolve(&mut self.client, &family)?.groups;
                let known = groups.iter().find(|(_, known)| *known == number);
                known.map(|(name, _)| name.clone())
            }
            Ok(_) => None,
            Err(_) => Some(group.to_owned()).filter(|_| self.hears_controller()),
        };
        match name {
            Some(name) => drive(self.client.connection().unsubscribe(&family, &name))?,
            None => {
                let number = self.group(group)?;
                self.client.connection().leave(&family, group, number)?;
            }
        }
        Ok(())
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
    /// returns false: the next call goes on behind that.
    ///
    /// With a deadline that is past already, hands out what is there, for a second at most.
    ///
    /// # Errors
    /// What the system says about the socket.
    pub fn events(
        &mut self,
        deadline: Option<Instant>,
        mut each: impl FnMut(Event) -> bool,
    ) -> Result<(), Error> {
        let family = self.codec.family().name.clone();
        let has_headers = self.codec.family().message_header;
        let end = match is_past(deadline) {
            true => Instant::now().checked_add(PAST_DEADLINE),
            false => deadline,
        };
        self.client.connection().keep_events();
        loop {
            let connection = self.client.connection();
            // Some families have no headers, and some send events to single sockets.
            let unasked = drive(connection.next_unasked(&family, deadline, |connection| {
                let taken = connection.receiver.take_unread(has_headers);
                Ok(taken.map(Unasked::Message))
            }))?;
            let event = match unasked {
                None => return Ok(()),
                Some(Unasked::Message((group, range))) => {
                    let hears_controller = self.hears_controller();
                    let bytes = self.client.connection().receiver.bytes(range);
                    event(&self.codec, hears_controller, group, bytes)
                }
                Some(Unasked::Overrun { drops }) => Some(Event::Lost {
                    count: drops.max(1),
                }),
                Some(Unasked::Change(change)) => Some(change.into()),
                Some(Unasked::Resync) => Some(Event::Resync),
            };
            let goes_on = event.is_none_or(&mut each);
            // What comes all the time must not put the deadline off.
            if !goes_on || is_past(end) {
                let connection = self.client.connection();
                let given_up = connection.receiver.put_back_unread();
                connection.note_overrun(given_up);
                return Ok(());
            }
        }
    }

    /// Whether the controller tells of the family, which is not the controller itself.
    fn hears_controller(&self) -> bool {
        let family = self.codec.family();
        !matches!(family.protocol, Protocol::Raw(_)) && family.name != nlctrl::FAMILY.name
    }
}

/// What came as a message, or as a whole datagram where messages have no header; none where it is not of
/// the family.
fn event(codec: &Codec, hears_controller: bool, group: u32, bytes: &[u8]) -> Option<Event> {
    let family = codec.family();
    if !family.message_header {
        return Some(told(codec, group, 0, bytes));
    }
    let message = Messages::new(bytes).next()?.ok()?;
    if hears_controller && message.header.kind == nlctrl::ID {
        let (change, of) = change(&message)?;
        return of
            .name
            .is_some_and(|name| name == *family.name)
            .then(|| change.into());
    }
    let (number, body) = message::split(family, &message).unwrap_or((0, message.body()));
    Some(told(codec, group, number, body))
}

fn told(codec: &Codec, group: u32, number: u32, body: &[u8]) -> Event {
    let family = codec.family();
    let op = message::announced(family, number);
    let (header, set) = op.map_or((None, None), |op| message::heard(family, op));
    let decoded = codec.decode(header, set, body);
    Event::Message {
        name: op.map(|op| op.name.to_string()),
        number,
        group,
        value: decoded.value,
        notes: decoded.notes,
    }
}

fn listed(family: &Family) -> Vec<(String, u32)> {
    let groups = family.groups.iter();
    groups
        .filter_map(|group| Some((group.name.to_string(), group.value?)))
        .collect()
}
