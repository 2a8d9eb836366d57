// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memberships in multicast groups, kept over the reload of a family's module.
//!
//! The kernel ends a membership when the family is unregistered, and tells nobody but those who
//! listen to the controller. So whoever subscribes listens to the controller as well.

use super::connection::Connection;
use super::family::FamilyInfo;
use crate::error::{Error, ErrorKind};
use crate::nlctrl::{self, FamilyReply};
use crate::request::Decode;
use crate::transport::Transport;
use crate::wire::{Answer, GenlHeader, Message, Messages};
use std::time::Instant;

/// The families whose groups were joined.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    families: Vec<Subscription>,
    /// How often something was lost, what the controller said perhaps.
    losses: u32,
    /// How often, when it was last asked for.
    settled: u32,
}

#[derive(Debug)]
struct Subscription {
    family: String,
    groups: Vec<String>,
    /// The types that the family's messages have had since, the newest last: events of before a
    /// reload may be read after it.
    ids: Vec<u16>,
    /// What happened to the family that no message tells.
    change: Option<Change>,
    /// Whether the family is gone, and that was told.
    gone: bool,
    /// Why a group could not be joined again.
    failure: Option<Error>,
}

/// What happened to a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Unregistered,
    Registered,
}

impl Subscription {
    fn id(&self) -> Option<u16> {
        self.ids.last().copied()
    }

    /// Joins all groups, under the numbers that they have now.
    fn join(&mut self, info: &FamilyInfo, transport: &mut impl Transport) {
        self.gone = false;
        self.ids.retain(|&id| id != info.id);
        self.ids.push(info.id);
        for group in &self.groups {
            let joined = match info.group(group) {
                Some(number) => transport
                    .join(number)
                    .map_err(|error| Error::not_joined(&self.family, group, &error)),
                None => Err(info.group_not_found(group)),
            };
            self.failure = joined.err().or(self.failure.take());
        }
    }
}

impl Subscriptions {
    fn find(&mut self, family: &str) -> Option<&mut Subscription> {
        self.families
            .iter_mut()
            .find(|known| known.family == family)
    }

    /// Whether a group of a family's was joined.
    pub(super) fn has(&self, family: &str) -> bool {
        self.families.iter().any(|known| known.family == family)
    }

    /// Whether a certain group of a family's was joined.
    fn has_group(&mut self, family: &str, group: &str) -> bool {
        self.find(family)
            .is_some_and(|known| known.groups.iter().any(|known| known == group))
    }

    /// Whether a message of type `kind` is one of a family's; none where it was never subscribed.
    pub(super) fn is_of(&mut self, family: &str, kind: u16) -> Option<bool> {
        self.find(family).map(|known| known.ids.contains(&kind))
    }

    /// Takes note that a number is `family`'s from now on, and nobody else's.
    fn give_up(&mut self, id: u16, family: &str) {
        for other in &mut self.families {
            other
                .ids
                .retain(|&known| known != id || other.family == family);
        }
    }

    /// Takes note that messages of the controller's may have been lost.
    pub(super) fn suspect(&mut self) {
        self.losses = self.losses.wrapping_add(1);
    }

    /// Whether messages of the controller's may have been lost.
    pub(crate) fn is_suspect(&self) -> bool {
        self.losses != self.settled && !self.families.is_empty()
    }

    /// What happened to a family that no message tells.
    pub(crate) fn take_change(&mut self, family: &str) -> Option<Change> {
        self.find(family)?.change.take()
    }

    /// Why a group of a family's could not be joined again.
    pub(crate) fn take_failure(&mut self, family: &str) -> Option<Error> {
        self.find(family)?.failure.take()
    }

    fn remember(&mut self, family: &str, id: u16, group: &str) {
        if self.find(family).is_none() {
            self.families.push(Subscription {
                family: family.to_owned(),
                groups: Vec::new(),
                ids: Vec::new(),
                change: None,
                gone: false,
                failure: None,
            });
        }
        if let Some(known) = self.find(family) {
            known.ids.retain(|&known| known != id);
            known.ids.push(id);
            if !known.groups.iter().any(|known| known == group) {
                known.groups.push(group.to_owned());
            }
        }
    }

    fn forget(&mut self, family: &str, group: &str) {
        if let Some(known) = self.find(family) {
            known.groups.retain(|known| known != group);
        }
        self.families.retain(|known| !known.groups.is_empty());
    }
}

/// A connection that listens to the controller: no longer than somebody subscribes, also where that
/// fails or is cancelled.
struct Watched<'c, T: Transport>(&'c mut Connection<T>);

impl<T: Transport> Drop for Watched<'_, T> {
    fn drop(&mut self) {
        if self.0.subscriptions.families.is_empty() {
            // What the controller tells then is skipped.
            let _ = self.0.transport.leave(nlctrl::NOTIFY);
        }
    }
}

impl<T: Transport> Connection<T> {
    /// Joins a family's multicast group by name.
    pub(crate) async fn subscribe(&mut self, family: &str, group: &str) -> Result<u32, Error> {
        // First, so that no reload is missed.
        self.transport
            .join(nlctrl::NOTIFY)
            .map_err(|error| Error::not_joined("nlctrl", "notify", &error))?;
        let Watched(connection) = &mut Watched(self);
        // What is remembered of a group cannot be seen to be old.
        let info = connection.resolve(family).await?;
        let id = info.id;
        let number = info
            .group(group)
            .ok_or_else(|| info.group_not_found(group))?;
        connection
            .transport
            .join(number)
            .map_err(|error| Error::not_joined(family, group, &error))?;
        connection.subscriptions.remember(family, id, group);
        Ok(number)
    }

    /// Leaves a family's multicast group by name.
    pub(crate) async fn unsubscribe(&mut self, family: &str, group: &str) -> Result<(), Error> {
        let number = match self.group_id(family, group).await {
            Ok(number) => Some(number),
            // The membership ended with the module, or the group is not in the new one.
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && self.subscriptions.has_group(family, group) =>
            {
                None
            }
            Err(error) => return Err(error),
        };
        self.subscriptions.forget(family, group);
        let watched = !self.subscriptions.families.is_empty();
        if let Some(number) = number.filter(|&number| number != nlctrl::NOTIFY) {
            self.leave(family, group, number)?;
        }
        match watched {
            true => Ok(()),
            false => self.leave("nlctrl", "notify", nlctrl::NOTIFY),
        }
    }

    /// Leaves a group by its number.
    pub(crate) fn leave(&mut self, family: &str, group: &str, number: u32) -> Result<(), Error> {
        self.transport
            .leave(number)
            .map_err(|error| Error::socket(family, &format!("leave group \"{group}\""), &error))
    }

    /// Takes note of what the controller tells in the datagram that was just received: forgets
    /// families that are gone, and joins the groups of those that come again.
    #[cold]
    pub(super) fn heed_controller(&mut self) {
        let datagram = self.receiver.unread_bytes();
        for message in Messages::new(datagram).map_while(Result::ok) {
            let Some((change, family)) = change(&message) else {
                continue;
            };
            let Some(name) = family.name.and_then(|name| name.to_str().ok()) else {
                continue;
            };
            self.families.forget(name);
            match (change, FamilyInfo::from_reply(name, &family)) {
                (Change::Registered, Ok(Some(info))) => {
                    self.subscriptions.give_up(info.id, name);
                    if let Some(known) = self.subscriptions.find(name) {
                        known.join(&info, &mut self.transport);
                        self.families.remember(info);
                        self.out_of_step = true;
                    }
                }
                (Change::Registered, _) => {}
                (Change::Unregistered, _) => {
                    if let Some(known) = self.subscriptions.find(name) {
                        known.gone = true;
                    }
                }
            }
        }
    }

    /// Asks the controller about all subscribed families, where it may have told something that
    /// was lost, and joins their groups again. What is not answered by the deadline is asked for again.
    pub(super) async fn settle_suspicion(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<(), Error> {
        let losses = self.subscriptions.losses;
        for index in 0..self.subscriptions.families.len() {
            let Some(known) = self.subscriptions.families.get(index) else {
                break;
            };
            let (name, old) = (known.family.clone(), known.id());
            let found = self.resolve_until(&name, deadline).await.cloned();
            let Some(known) = self.subscriptions.families.get_mut(index) else {
                break;
            };
            match found {
                Ok(info) => {
                    known.join(&info, &mut self.transport);
                    if old != Some(info.id) {
                        known.change = Some(Change::Registered);
                        self.out_of_step = true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if !std::mem::replace(&mut known.gone, true) {
                        known.change = Some(Change::Unregistered);
                    }
                }
                // Told as a loss, and asked again when what the kernel kept is read.
                Err(error) if error.kind() == ErrorKind::Overrun => return Ok(()),
                // Asked again when events are asked for again.
                Err(error) => return Err(error),
            }
        }
        self.subscriptions.settled = losses;
        Ok(())
    }
}

/// What a message of the controller's says about which family.
pub(crate) fn change<'b>(message: &Message<'b>) -> Option<(Change, FamilyReply<'b>)> {
    if message.header.kind != nlctrl::ID || message.answer() != Answer::Data {
        return None;
    }
    let (genl, body) = GenlHeader::split(message.body()).ok()?;
    let change = match genl.cmd {
        cmd if cmd == nlctrl::NEWFAMILY.cmd => Change::Registered,
        cmd if cmd == nlctrl::DELFAMILY.cmd => Change::Unregistered,
        _ => return None,
    };
    Some((change, FamilyReply::decode(body).ok()?))
}
