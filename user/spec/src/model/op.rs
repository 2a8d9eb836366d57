// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations, their messages, multicast groups and sub-messages.

use super::{Attr, Family, GroupId, OpId, SetId, StructId, Text};
use serde::{Deserialize, Serialize};

/// An operation: something to ask of the kernel, or something that it tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Operation {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what it does.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The set of the messages' attributes; a notification has that of its operation.
    pub set: Option<SetId>,
    /// The number of what is sent to the kernel; none for what only the kernel sends.
    pub request_value: Option<u32>,
    /// The number of what the kernel sends; none where it only acknowledges.
    pub reply_value: Option<u32>,
    /// Who may call; none is everybody.
    pub permission: Option<Permission>,
    /// What the kernel leaves unchecked, for callers older than the check.
    pub dont_validate: DontValidate,
    /// The kernel option that the operation is there with, without its `CONFIG_`: `PAGE_POOL`.
    pub config_cond: Option<String>,
    /// The struct between the generic netlink header and the attributes.
    pub fixed_header: Option<StructId>,
    /// One request, one reply.
    pub r#do: Option<Mode>,
    /// One request, any number of replies.
    pub dump: Option<Mode>,
    /// Set on a notification: the operation whose reply it looks like.
    pub notify: Option<OpId>,
    /// Set on an event: what it holds.
    pub event: Option<Message>,
    /// The multicast group that hears the notification or event.
    pub group: Option<GroupId>,
    /// Whether the kernel acknowledges the request. Where it does not, the first reply ends the
    /// exchange; without a reply, nothing is waited for; a dump ends as dumps do. An extension of
    /// this project's.
    pub acked: bool,
    /// The member of the reply's fixed header, or its attribute, that holds a negative errno where
    /// the request failed. An extension of this project's.
    pub errno: Option<String>,
    /// The C name: `TASKDIAG_CMD_TASK_GET`.
    #[serde(skip)]
    pub c_name: String,
}

impl Operation {
    /// Whether the kernel sends it unasked.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.notify.is_some() || self.event.is_some()
    }

    /// Whether it is a number that is taken, and nothing else.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        !self.is_async() && self.r#do.is_none() && self.dump.is_none()
    }

    /// What a notification or an event holds: an event's own message, or the reply of the
    /// operation that a notification repeats (its do, else its dump).
    #[must_use]
    pub fn announced<'f>(&'f self, family: &'f Family) -> Option<&'f Message> {
        if let Some(event) = &self.event {
            return Some(event);
        }
        let source = &family[self.notify?];
        [&source.r#do, &source.dump]
            .into_iter()
            .flatten()
            .find_map(|mode| mode.reply.as_ref())
    }

    /// The fixed header and the set of a request; of the other mode where this one is not there.
    #[must_use]
    pub fn asked(&self, dump: bool) -> (Option<StructId>, Option<SetId>) {
        let both = if dump {
            [&self.dump, &self.r#do]
        } else {
            [&self.r#do, &self.dump]
        };
        let mode = both.into_iter().flatten().next();
        self.shape(mode.and_then(|mode| mode.request.as_ref()))
    }

    /// The fixed header and the set of a reply; of the other mode where this one is not there.
    #[must_use]
    pub fn answered(&self, dump: bool) -> (Option<StructId>, Option<SetId>) {
        let both = if dump {
            [&self.dump, &self.r#do]
        } else {
            [&self.r#do, &self.dump]
        };
        let mode = both.into_iter().flatten().next();
        self.shape(
            mode.and_then(|mode| mode.reply.as_ref())
                .or(self.event.as_ref()),
        )
    }

    /// The fixed headers and sets of all messages.
    pub fn shapes(&self) -> impl Iterator<Item = (Option<StructId>, Option<SetId>)> {
        let modes = [&self.r#do, &self.dump].into_iter().flatten();
        let messages = modes.flat_map(|mode| [&mode.request, &mode.reply]);
        let messages = messages.flatten().chain(&self.event);
        let own = std::iter::once((self.fixed_header, self.set));
        own.chain(messages.map(|message| self.shape(Some(message))))
    }

    fn shape(&self, message: Option<&Message>) -> (Option<StructId>, Option<SetId>) {
        let own = (self.fixed_header, self.set);
        message.map_or(own, |message| (message.fixed_header, message.set))
    }

    /// The modes that are there, do first.
    pub fn modes(&self) -> impl Iterator<Item = (&'static str, &Mode)> {
        [("do", &self.r#do), ("dump", &self.dump)]
            .into_iter()
            .filter_map(|(name, mode)| mode.as_ref().map(|mode| (name, mode)))
    }
}

/// Who may call an operation, or join a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    /// `admin-perm`: CAP_NET_ADMIN in the initial user namespace; for a group, CAP_SYS_ADMIN in
    /// the network namespace's user namespace (`GENL_MCAST_CAP_SYS_ADMIN`).
    Admin,
    /// `uns-admin-perm`: CAP_NET_ADMIN in the network namespace's user namespace.
    UnsAdmin,
}

/// What the kernel leaves unchecked of an operation's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DontValidate {
    /// A do request: attributes are checked in the old, liberal way.
    pub strict: bool,
    /// A dump request: attributes are not checked.
    pub dump: bool,
    /// A dump request: attributes are checked in the old, liberal way.
    pub dump_strict: bool,
}

/// One way to call an operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mode {
    /// The line of the spec that it begins on.
    pub line: u32,
    /// What is sent; none means that no attribute is accepted.
    pub request: Option<Message>,
    /// What comes back; none means an acknowledgement only.
    pub reply: Option<Message>,
    /// The C function that runs before the handler.
    pub pre: Option<String>,
    /// The C function that runs after the handler.
    pub post: Option<String>,
}

/// What a message may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Message {
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The struct before the attributes: the operation's, unless the message has its own.
    ///
    /// An extension of this project's: classic families such as `SOCK_DIAG` reply with another
    /// struct, and other attributes, than they are asked with. The schemas have one of each for
    /// an operation; here `fixed-header` and `attribute-set` can stand in `request` and `reply`.
    pub fixed_header: Option<StructId>,
    /// The set of the attributes.
    pub set: Option<SetId>,
    /// Indexes into the set's attributes, in the order of the spec.
    pub attrs: Vec<usize>,
}

impl Message {
    /// The attributes, in the order of the spec.
    pub fn attrs<'f>(&'f self, family: &'f Family) -> impl Iterator<Item = &'f Attr> {
        let attrs = self.set.map_or(&[][..], |set| &family[set].attrs);
        self.attrs.iter().filter_map(|&index| attrs.get(index))
    }

    /// The highest attribute number; 0 when it holds none.
    #[must_use]
    pub fn max_number(&self, family: &Family) -> u16 {
        self.attrs(family)
            .map(|attr| attr.number)
            .max()
            .unwrap_or(0)
    }
}

/// A multicast group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Group {
    /// The name, as the kernel knows it.
    pub name: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The number of a classic family's group; generic netlink gives numbers out at run time.
    pub value: Option<u32>,
    /// Who may join; none is everybody.
    pub permission: Option<Permission>,
    /// The C name of the name: `TASKDIAG_MCGRP_EVENTS`.
    #[serde(skip)]
    pub c_name: String,
}

/// Types of a payload, of which an attribute's value selects one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct SubMessage {
    /// The name in the spec.
    pub name: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The types.
    pub formats: Vec<Format>,
}

/// One type of a [`SubMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Format {
    /// The selector's value.
    pub value: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The struct that the payload begins with.
    pub fixed_header: Option<StructId>,
    /// The set of the attributes that follow.
    pub set: Option<SetId>,
}

/// The C names around the commands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpNames {
    /// The tag of the commands' enum; most have none.
    #[serde(skip)]
    pub c_enum: Option<String>,
    /// What commands begin with: `TASKDIAG_CMD_`.
    #[serde(skip)]
    pub c_prefix: String,
    /// What notifications and events begin with, where they have an enum of their own.
    #[serde(skip)]
    pub c_async_prefix: Option<String>,
    /// The tag of that enum.
    #[serde(skip)]
    pub c_async_enum: Option<String>,
    /// The C name of the highest command.
    #[serde(skip)]
    pub c_max: String,
    /// The C name of one past the highest command.
    #[serde(skip)]
    pub c_count: String,
}
