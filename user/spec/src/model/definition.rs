// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a spec defines beside attributes: constants, enums, flags and structs.

use super::{
    ByteOrder, ConstId, DisplayHint, EnumId, EnumRef, Length, Scalar, StructId, SubMessageId, Text,
};
use serde::{Deserialize, Serialize};

/// A definition, in the order of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Definition {
    /// A constant.
    Const(ConstId),
    /// An enum, or flags.
    Enum(EnumId),
    /// A struct.
    Struct(StructId),
}

/// Which generated code has a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scope {
    /// The UAPI header, and with it both sides.
    #[default]
    Uapi,
    /// The kernel side alone.
    Kernel,
    /// The user side alone.
    User,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Const {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what it is; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The value; where [`header`](Self::header) is set, the header's value counts.
    pub value: ConstValue,
    /// The C header that defines the constant already.
    pub header: Option<String>,
    /// Which side has it.
    pub scope: Scope,
    /// The C name: `TASKDIAG_PAYLOAD_MAX`, or the header's own.
    #[serde(skip)]
    pub c_name: String,
}

/// The value of a [`Const`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConstValue {
    /// A number.
    Number(i128),
    /// Anything else, as the spec says it.
    Text(String),
}

impl Default for ConstValue {
    fn default() -> Self {
        Self::Number(0)
    }
}

/// Whether an [`Enum`]'s values are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EnumKind {
    /// One value at a time.
    #[default]
    Enum,
    /// Bits; an entry's [`value`](Entry::value) is the number of its bit.
    Flags,
}

/// An enum, or flags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Enum {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what it is; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// Enum or flags.
    pub kind: EnumKind,
    /// The entries, in the order of the spec; empty only where a header has them.
    pub entries: Vec<Entry>,
    /// Whether C gets names for the highest value, or for the mask of all flags.
    pub render_max: bool,
    /// The C header that defines it already.
    pub header: Option<String>,
    /// Which side has it.
    pub scope: Scope,
    /// The tag of the C enum: `taskdiag_state`; none for an anonymous enum.
    #[serde(skip)]
    pub c_tag: Option<String>,
    /// What the C names of the entries begin with: `TASKDIAG_STATE_`.
    #[serde(skip)]
    pub c_prefix: String,
    /// The C name of one past the highest value.
    #[serde(skip)]
    pub c_count: String,
    /// The C name of the highest value of an enum, of the mask of flags.
    #[serde(skip)]
    pub c_max: String,
}

impl Enum {
    /// What an entry stands for on the wire: its value, or the mask of its bit.
    #[must_use]
    pub fn wire_value(&self, entry: &Entry, as_flags: bool) -> i128 {
        if as_flags || self.kind == EnumKind::Flags {
            1i128
                .checked_shl(u32::try_from(entry.value).unwrap_or(u32::MAX))
                .unwrap_or(0)
        } else {
            entry.value.into()
        }
    }

    /// All bits: of flags, or of an enum that is used as flags.
    #[must_use]
    pub fn mask(&self) -> u64 {
        self.entries.iter().fold(0, |mask, entry| {
            let bit = u32::try_from(entry.value).unwrap_or(u32::MAX);
            mask | 1u64.checked_shl(bit).unwrap_or(0)
        })
    }

    /// The lowest and the highest value of an enum.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let values = self.entries.iter().map(|entry| entry.value);
        (values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
    }

    /// Whether every number from the lowest to the highest has an entry.
    #[must_use]
    pub fn is_contiguous(&self) -> bool {
        let (low, high) = self.range();
        i128::from(high) - i128::from(low) + 1 == self.entries.len() as i128
    }

    /// The entry of that name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The entry of that value: a number, or the number of a bit.
    #[must_use]
    pub fn entry_by_value(&self, value: i64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.value == value)
    }
}

/// An entry of an [`Enum`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Entry {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what it means; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The value; of flags, the number of the bit (0 to 63).
    pub value: i64,
    /// The C name: `TASKDIAG_STATE_RUNNING`.
    #[serde(skip)]
    pub c_name: String,
}

/// A C struct: a fixed header, or the payload of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Struct {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what it is; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The members, in the order of memory, without any that are not listed (C's own padding
    /// is listed, as `pad`).
    pub members: Vec<Member>,
    /// The C header that defines it.
    pub header: Option<String>,
    /// The tag of the C struct.
    #[serde(skip)]
    pub c_tag: String,
    /// The bytes of all members that have a length of their own.
    pub size: usize,
    /// Whether the last member takes what is left of the payload.
    ///
    /// An extension of this project's, as are the member types without a length.
    pub open: bool,
}

impl Struct {
    /// Whether it fits into an attribute, and its members into it.
    pub(super) fn is_sound(&self) -> bool {
        const MOST: usize = u16::MAX as usize;
        let is_bits = |bits: Bits| bits.count <= 64 && bits.before <= 64;
        let fits = |member: &Member| {
            let len = member.kind.length().map_or(0, |length| length.bytes);
            len as usize <= MOST && member.bits.is_none_or(is_bits)
        };
        self.size <= MOST && self.members.iter().all(fits)
    }
}

/// A member of a [`Struct`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Member {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what it means; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The type.
    pub kind: MemberType,
    /// Where it begins, in bytes from the struct's start.
    pub offset: usize,
    /// The byte order of a number; none is the machine's own.
    pub byte_order: Option<ByteOrder>,
    /// The names of the values.
    pub enumeration: Option<EnumRef>,
    /// How to show the member to people.
    pub display_hint: Option<DisplayHint>,
    /// What is sent where no value is given; none is 0. An extension of this project's.
    pub default: Option<i64>,
    /// The bits of the number that it is; none is all. An extension of this project's.
    pub bits: Option<Bits>,
}

/// The part of a number that a [`Member`] is: neighbours share numbers, as in C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bits {
    /// How many bits the members before it have of the number; with 0 it begins the number.
    pub before: u32,
    /// How many it has itself, at least 1.
    pub count: u32,
}

impl Bits {
    /// Whether it is a part of the number that the member before it is a part of.
    pub fn continues(self) -> bool {
        self.before > 0
    }

    /// The highest value.
    pub fn max(self) -> i128 {
        (1 << self.count) - 1
    }

    /// Where it begins in a number of so many bytes, counted from the lowest bit: C fills a number
    /// from the end that comes first in memory.
    pub fn shift(self, bytes: usize, little: bool) -> u32 {
        let all = u32::try_from(bytes * 8).unwrap_or(u32::MAX);
        if little {
            self.before
        } else {
            all.saturating_sub(self.before + self.count)
        }
    }
}

/// The type of a [`Member`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberType {
    /// A number; never `uint` or `sint`.
    Scalar(Scalar),
    /// Text in an array of this many bytes, with a NUL unless it fills it.
    String(Length),
    /// Bytes.
    Binary(Length),
    /// Another struct.
    Struct(StructId),
    /// Bytes that only align what follows.
    Pad(Length),
    /// Numbers one after the other, in this many bytes.
    Numbers(Scalar, Length),
    /// Text up to its NUL, or to the payload's end.
    OpenString,
    /// The rest of the payload, as bytes.
    OpenBinary,
    /// The rest of the payload, as `NAME=VALUE` texts that each end with a NUL.
    Variables,
    /// The rest of the payload, as the struct that another member's value selects.
    SubMessage {
        /// The structs to select from.
        message: SubMessageId,
        /// The index of the member that selects.
        selector: usize,
    },
}

impl MemberType {
    /// The length that the spec gives it.
    fn length(self) -> Option<Length> {
        match self {
            Self::String(length)
            | Self::Binary(length)
            | Self::Pad(length)
            | Self::Numbers(_, length) => Some(length),
            _ => None,
        }
    }

    /// Whether the payload tells the length, not the spec.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::OpenString | Self::OpenBinary | Self::Variables | Self::SubMessage { .. }
        )
    }
}
