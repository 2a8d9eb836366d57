// SPDX-License-Identifier: MIT OR Apache-2.0
//! The family as a whole.

use super::{AttrSet, Const, ConstId, Definition, Enum, EnumId, Group, Length, Limit, OpNames};
use super::{Operation, SetId, Struct, StructId, SubMessage, Table, Text};
use crate::error::{Error, Problem};
use serde::{Deserialize, Serialize};

/// A netlink family, resolved.
///
/// [Stored](Self::to_stored) without the C names, which only generators want: they read the spec itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Family {
    /// The file, as the caller named it.
    pub file: String,
    /// The licence in the file's first line; empty when it says none.
    pub license: String,
    /// The name, which is also what generic netlink resolves: `taskdiag`.
    pub name: Text,
    /// The text that says what it is for.
    pub doc: Text,
    /// The schema that the spec is written in.
    pub protocol: Protocol,
    /// Whether messages have a netlink header; one without has a datagram to itself, and type 0.
    /// An extension of this project's.
    pub message_header: bool,
    /// The family version in the generic netlink header.
    pub version: u8,
    /// The UAPI header's path: `linux/taskdiag.h`.
    pub uapi_header: String,
    /// The C name of the family's name: `TASKDIAG_FAMILY_NAME`.
    #[serde(skip)]
    pub c_family_name: String,
    /// The C name of the family's version: `TASKDIAG_FAMILY_VERSION`.
    #[serde(skip)]
    pub c_version_name: String,
    /// Whether C has the counts as defines, not as enum entries.
    pub max_by_define: bool,
    /// How far an operation's policy reaches.
    pub kernel_policy: KernelPolicy,
    /// How messages are numbered.
    pub numbering: Numbering,
    /// All definitions, in the order of the spec.
    pub definitions: Vec<Definition>,
    /// The constants.
    pub consts: Table<Const>,
    /// The enums and flags.
    pub enums: Table<Enum>,
    /// The structs.
    pub structs: Table<Struct>,
    /// The attribute sets.
    pub sets: Table<AttrSet>,
    /// The sub-messages.
    pub sub_messages: Table<SubMessage>,
    /// The operations, in the order of the spec.
    pub ops: Table<Operation>,
    /// The C names around the commands.
    pub op_names: OpNames,
    /// The multicast groups.
    pub groups: Table<Group>,
    /// What only kernel code in C needs.
    pub kernel_family: KernelFamily,
}

/// The schema that a spec is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// `genetlink`, what new families use.
    Genetlink,
    /// `genetlink-c`: names that C had before.
    GenetlinkC,
    /// `genetlink-legacy`: habits that new families shall not have.
    GenetlinkLegacy,
    /// `netlink-raw`: a classic family, of this protocol number.
    Raw(u32),
}

impl Protocol {
    /// The name in the spec, and of the schema's file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Genetlink => "genetlink",
            Self::GenetlinkC => "genetlink-c",
            Self::GenetlinkLegacy => "genetlink-legacy",
            Self::Raw(_) => "netlink-raw",
        }
    }
}

/// How far an operation's policy reaches (`kernel-policy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum KernelPolicy {
    /// One for do and one for dump.
    #[default]
    Split,
    /// One an operation.
    PerOp,
    /// One for all.
    Global,
}

/// How messages are numbered (`enum-model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Numbering {
    /// A reply has its request's number.
    #[default]
    Unified,
    /// Each direction counts by itself.
    Directional,
}

/// What only kernel code needs (`kernel-family`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KernelFamily {
    /// Headers to include.
    pub headers: Vec<String>,
    /// The C type of what the family keeps for each socket.
    pub sock_priv: Option<String>,
}

impl Family {
    /// Reads a spec. `file` is the name that messages and generated files call it by.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line: YAML that does not parse, keys and
    /// values that the spec's schema does not have, names that nothing has, numbers that collide,
    /// limits outside of their type.
    pub fn from_yaml(file: &str, yaml: &str) -> Result<Self, Error> {
        crate::resolve::family(file, yaml)
    }

    /// Reads a spec file; messages call it by `path` as given.
    ///
    /// # Errors
    ///
    /// As [`from_yaml`](Self::from_yaml), and what the file system says.
    pub fn from_file(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let yaml = std::fs::read_to_string(path).map_err(|error| Problem {
            file: file.clone(),
            position: None,
            message: format!("cannot read the spec: {error}"),
        })?;
        Self::from_yaml(&file, &yaml)
    }

    /// The family as bytes, for [`from_stored`](Self::from_stored).
    #[must_use]
    pub fn to_stored(&self) -> Vec<u8> {
        // Nothing in a family is without a length, which is all that can fail where there is memory.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`to_stored`](Self::to_stored) made, in a program with the same [`SHAPE`](crate::SHAPE): the
    /// family's own properties now, each of its parts when it is asked for. Nothing is copied; what was read from a
    /// file is therefore kept as long as the program runs.
    ///
    /// None where the bytes are not such; where they are nearly so, parts can be empty. It never panics.
    #[must_use]
    pub fn from_stored(stored: &'static [u8]) -> Option<Self> {
        postcard::from_bytes(stored).ok()
    }

    /// The set of that name.
    #[must_use]
    pub fn set(&self, name: &str) -> Option<SetId> {
        self.sets.position(name).map(SetId)
    }

    /// The enum or flags of that name.
    #[must_use]
    pub fn enumeration(&self, name: &str) -> Option<EnumId> {
        self.enums.position(name).map(EnumId)
    }

    /// The constant of that name.
    #[must_use]
    pub fn constant(&self, name: &str) -> Option<ConstId> {
        self.consts.position(name).map(ConstId)
    }

    /// The struct of that name.
    #[must_use]
    pub fn structure(&self, name: &str) -> Option<StructId> {
        self.structs.position(name).map(StructId)
    }

    /// The operation of that name.
    #[must_use]
    pub fn op(&self, name: &str) -> Option<&Operation> {
        self.ops.named(name)
    }

    /// A limit's value; none where a C header defines it, which has another number perhaps.
    pub fn limit(&self, limit: Option<Limit>) -> Option<i128> {
        limit.and_then(|limit| self.is_known(limit.constant).then_some(limit.value))
    }

    /// A length in bytes; none where a C header defines it, which has another number perhaps.
    pub fn length(&self, length: Option<Length>) -> Option<u32> {
        length.and_then(|length| self.is_known(length.constant).then_some(length.bytes))
    }

    fn is_known(&self, constant: Option<ConstId>) -> bool {
        constant.is_none_or(|id| self[id].header.is_none())
    }

    /// The sets that numbers are counted in, in the order of the spec: no subsets.
    pub fn root_sets(&self) -> impl Iterator<Item = (SetId, &AttrSet)> {
        let sets = self.sets.iter().enumerate();
        sets.filter(|(_, set)| set.subset_of.is_none())
            .map(|(index, set)| (SetId(index), set))
    }
}
