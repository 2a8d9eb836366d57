// SPDX-License-Identifier: MIT OR Apache-2.0
//! Families and groups by name: asked of the controller once, asked again when they have moved.

use super::connection::Connection;
use crate::error::{Error, ErrorKind};
use crate::nlctrl::{self, GetFamily};
use crate::request::{Decode, Request};
use crate::transport::Transport;
use crate::wire::{Answer, GenlHeader};

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
    /// The multicast groups: name and number.
    pub groups: Vec<(String, u32)>,
}

impl Families {
    #[inline]
    fn get(&self, name: &str) -> Option<&FamilyInfo> {
        self.0.iter().find(|family| family.name == name)
    }

    fn forget(&mut self, name: &str) {
        self.0.retain(|family| family.name != name);
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
        self.families.forget(name);
        let op = GetFamily::OP;
        let seq = self.write(&GetFamily { name }, nlctrl::ID, 0)?;
        self.send(op)?;
        let found = loop {
            let found = self.answer(op, seq).await?;
            match self.message(&found).answer() {
                Answer::Data => break found,
                Answer::Error(error) => self.check(op, &error).map_err(|error| {
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
        let Some(id) = family.id else {
            return Err(Error::unexpected(op, "the controller told no number"));
        };
        let mut groups = Vec::new();
        for group in family.groups {
            let group =
                group.map_err(|malformed| Error::malformed(op, &malformed, message.bytes))?;
            if let (Some(name), Some(id)) = (group.name, group.id) {
                groups.push((name.to_string(), id));
            }
        }
        let info = FamilyInfo {
            name: name.to_owned(),
            id,
            version: family.version.unwrap_or(0),
            header_len: family.hdrsize.unwrap_or(0),
            groups,
        };
        self.families.0.push(info);
        self.families
            .get(name)
            .ok_or_else(|| Error::family_not_found(name))
    }

    /// After a refusal: the family's new number, where it has moved since `old` was learnt.
    ///
    /// The kernel says ENOENT, and no word more, where nobody has the number any longer. A family
    /// that says it itself has its number still.
    ///
    /// # Errors
    /// That the family is gone.
    pub(super) async fn moved_family(
        &mut self,
        name: &str,
        old: u16,
        refusal: &Error,
    ) -> Result<Option<u16>, Error> {
        let may_be_gone = refusal.kind() == ErrorKind::Refused
            && refusal.errno() == Some(libc::ENOENT)
            && refusal.text().is_empty()
            && refusal.attribute().is_none();
        if !may_be_gone || old == nlctrl::ID {
            return Ok(None);
        }
        let id = self.resolve(name).await?.id;
        Ok((id != old).then_some(id))
    }

    /// The number of a family's multicast group.
    pub(super) async fn group_id(&mut self, family: &str, group: &str) -> Result<u32, Error> {
        let info = self.family(family).await?;
        match info.groups.iter().find(|(name, _)| name == group) {
            Some(&(_, id)) => Ok(id),
            None => {
                let known: Vec<_> = info.groups.iter().map(|(name, _)| name.clone()).collect();
                Err(Error::group_not_found(family, group, &known))
            }
        }
    }
}
