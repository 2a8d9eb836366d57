// SPDX-License-Identifier: MIT OR Apache-2.0
//! Families and groups by name: asked of the controller once, asked again when they have moved.

use super::connection::{Awaited, Connection, earlier};
use crate::error::{Error, ErrorKind};
use crate::nlctrl::{self, GetFamily};
use crate::request::{Decode, Request};
use crate::transport::Transport;
use crate::wire::{Answer, GenlHeader, Malformed};
use std::time::Instant;

/// What is remembered of families.
#[derive(Debug, Default)]
pub(super) struct Families(Vec<FamilyInfo>);

/// What the controller told of a family.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FamilyInfo {
    /// The name.
    pub name: String,
    /// The type of the family's messages, until its module is loaded anew.
    pub id: u16,
    /// The version.
    pub version: u32,
    /// Length in bytes of the family's own header.
    pub header_len: u32,
    /// The operations: number, and bits `GENL_*` that tell what it can do, and who may.
    pub ops: Vec<(u32, u32)>,
    /// The multicast groups: name and number.
    pub groups: Vec<(String, u32)>,
}

impl Families {
    #[inline]
    fn get(&self, name: &str) -> Option<&FamilyInfo> {
        self.0.iter().find(|family| family.name == name)
    }

    /// The number of a family's messages, where it is remembered.
    #[inline]
    pub(super) fn id(&self, name: &str) -> Option<u16> {
        self.get(name).map(|family| family.id)
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.0.retain(|family| family.name != name);
    }

    pub(super) fn remember(&mut self, info: FamilyInfo) {
        self.forget(&info.name);
        self.0.push(info);
    }
}

impl FamilyInfo {
    /// The number of a multicast group.
    pub fn group(&self, name: &str) -> Option<u32> {
        let found = self.groups.iter().find(|(group, _)| group == name);
        found.map(|&(_, number)| number)
    }

    pub(super) fn group_not_found(&self, group: &str) -> Error {
        let known: Vec<_> = self.groups.iter().map(|(name, _)| name.clone()).collect();
        Error::group_not_found(&self.name, group, &known)
    }

    /// What a message of the controller's tells of family `name`; none where it has no number.
    pub(super) fn from_reply(
        name: &str,
        reply: &nlctrl::FamilyReply<'_>,
    ) -> Result<Option<Self>, Malformed> {
        let Some(id) = reply.id else {
            return Ok(None);
        };
        let mut ops = Vec::new();
        for op in reply.ops {
            let op = op?;
            ops.extend(op.id.map(|id| (id, op.flags.unwrap_or(0))));
        }
        let mut groups = Vec::new();
        for group in reply.groups {
            let group = group?;
            groups.extend(group.name.map(|name| name.to_string()).zip(group.id));
        }
        Ok(Some(Self {
            name: name.to_owned(),
            id,
            version: reply.version.unwrap_or(0),
            header_len: reply.hdrsize.unwrap_or(0),
            ops,
            groups,
        }))
    }
}

impl<T: Transport> Connection<T> {
    /// The number of a family's messages.
    #[inline]
    pub(super) async fn family_id(&mut self, name: &str) -> Result<u16, Error> {
        match self.families.get(name) {
            Some(family) => Ok(family.id),
            None => self.resolve(name).await.map(|family| family.id),
        }
    }

    /// What is known of a family, asked of the controller where it is not remembered.
    pub(super) async fn family(&mut self, name: &str) -> Result<&FamilyInfo, Error> {
        // Two lookups, because what is found first would be borrowed to the end.
        if self.families.get(name).is_none() {
            self.resolve(name).await?;
        }
        self.families
            .get(name)
            .ok_or_else(|| Error::family_not_found(name))
    }

    /// Asks the controller about a family, whatever is remembered.
    pub(super) async fn resolve(&mut self, name: &str) -> Result<&FamilyInfo, Error> {
        self.resolve_until(name, None).await
    }

    /// The same up to a deadline, where there is one.
    pub(super) async fn resolve_until(
        &mut self,
        name: &str,
        deadline: Option<Instant>,
    ) -> Result<&FamilyInfo, Error> {
        self.families.forget(name);
        let op = GetFamily::OP;
        self.outgoing.clear();
        let seq = self.outgoing.push(&GetFamily { name }, nlctrl::ID, 0)?;
        self.send(op)?;
        let deadline = deadline.and_then(|deadline| earlier(self.give_up_at(), Some(deadline)));
        let mut awaited = Awaited::new(seq, seq).until(deadline);
        let found = loop {
            let found = self.answer_of(op, &mut awaited).await?;
            match self.message(&found).answer() {
                Answer::Data => break found,
                Answer::Error(error) => self.check(op, seq, &error).map_err(|error| {
                    match error.errno() == Some(libc::ENOENT) {
                        true => Error::family_not_found(name),
                        false => error,
                    }
                })?,
                _ => {}
            }
        };
        let message = self.message(&found);
        let family = GenlHeader::split(message.body())
            .and_then(|(_, body)| nlctrl::FamilyReply::decode(body))
            .map_err(|malformed| Error::malformed(op, &malformed, message.bytes))?;
        let info = FamilyInfo::from_reply(name, &family)
            .map_err(|malformed| Error::malformed(op, &malformed, message.bytes))?
            .ok_or_else(|| Error::unexpected(op, "the controller told no number"))?;
        self.families.remember(info);
        self.families
            .get(name)
            .ok_or_else(|| Error::family_not_found(name))
    }

    /// After a refusal: the family's new number, where it has moved since `old` was learnt.
    ///
    /// A family that says the same itself has its number still.
    ///
    /// # Errors
    /// That the family is gone.
    pub(crate) async fn moved_family(
        &mut self,
        name: &str,
        old: u16,
        refusal: &Error,
    ) -> Result<Option<u16>, Error> {
        if !may_have_moved(old, refusal) {
            return Ok(None);
        }
        let id = self.resolve(name).await?.id;
        Ok((id != old).then_some(id))
    }

    /// The number of a family's multicast group.
    pub(super) async fn group_id(&mut self, family: &str, group: &str) -> Result<u32, Error> {
        // What is remembered of a group cannot be seen to be old.
        let info = self.resolve(family).await?;
        info.group(group).ok_or_else(|| info.group_not_found(group))
    }
}

/// Whether a refusal says what the kernel says where nobody has the number any longer: ENOENT, and
/// no word more.
pub(crate) fn may_have_moved(id: u16, refusal: &Error) -> bool {
    id != nlctrl::ID
        && refusal.kind() == ErrorKind::Refused
        && refusal.errno() == Some(libc::ENOENT)
        && refusal.text().is_empty()
        && refusal.attribute().is_none()
}
