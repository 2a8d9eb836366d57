// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attribute sets, and the type and the limits of each attribute.

use super::{ConstId, EnumId, Family, SetId, StructId, SubMessageId, Text};
use serde::{Deserialize, Serialize};

/// An attribute set: a space of numbers that attributes are counted in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct AttrSet {
    /// The name in the spec.
    pub name: Text,
    /// The text that says what the set is for; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that the set begins on.
    pub line: u32,
    /// The set that this one takes its numbers and types from: it has no enum in C.
    pub subset_of: Option<SetId>,
    /// The attributes, in the order of the spec.
    pub attrs: Vec<Attr>,
    /// What uses the set, directly or through nests.
    pub usage: Usage,
    /// Whether the set contains itself, through any number of nests.
    pub recursive: bool,
    /// The header that has the set already, so that none is made.
    pub header: Option<String>,
    /// The tag of the C enum; most have none.
    #[serde(skip)]
    pub c_enum: Option<String>,
    /// What the C names of the attributes begin with: `TASKDIAG_A_TASK_`.
    #[serde(skip)]
    pub c_prefix: String,
    /// The C name of the highest attribute: `TASKDIAG_A_TASK_MAX`.
    #[serde(skip)]
    pub c_max: String,
    /// The C name of one past the highest attribute: `__TASKDIAG_A_TASK_MAX`.
    #[serde(skip)]
    pub c_count: String,
}

impl AttrSet {
    /// The attribute of that name.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<&Attr> {
        self.attrs.iter().find(|attr| attr.name == name)
    }

    /// The attribute of that number.
    #[must_use]
    pub fn attr_by_number(&self, number: u16) -> Option<&Attr> {
        self.attrs.iter().find(|attr| attr.number == number)
    }

    /// The highest number of the set itself; 0 when it is empty.
    #[must_use]
    pub fn max_number(&self) -> u16 {
        self.attrs.iter().map(|attr| attr.number).max().unwrap_or(0)
    }
}

/// What a set is used for. A set can be used for several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// An operation's request holds attributes of the set at its top level.
    pub root_request: bool,
    /// A reply or an event holds attributes of the set at its top level.
    pub root_reply: bool,
    /// The set is nested, at any depth, in something that is sent to the kernel.
    pub nested_request: bool,
    /// The set is nested, at any depth, in something that the kernel sends.
    pub nested_reply: bool,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Attr {
    /// The name in the spec.
    pub name: Text,
    /// The number on the wire: 1 to 16383, or 0 in an array that has no names.
    pub number: u16,
    /// The text that says what it means; empty when the spec has none.
    pub doc: Text,
    /// The line of the spec that it begins on.
    pub line: u32,
    /// The type of the payload.
    pub kind: Kind,
    /// Whether the attribute can be there more than once.
    pub multi: bool,
    /// The byte order of numbers in the payload; none is the machine's own.
    pub byte_order: Option<ByteOrder>,
    /// The names of the values.
    pub enumeration: Option<EnumRef>,
    /// What the kernel checks before the handler sees the attribute.
    pub checks: Checks,
    /// How to show the payload to people.
    pub display_hint: Option<DisplayHint>,
    /// The C name: `TASKDIAG_A_TASK_PID`.
    #[serde(skip)]
    pub c_name: String,
}

impl Attr {
    /// Whether a message can hold it: neither `pad` nor `unused`.
    #[must_use]
    pub fn is_data(&self) -> bool {
        !matches!(self.kind, Kind::Pad | Kind::Unused)
    }

    /// The set nested in the attribute, or in each element of its array.
    #[must_use]
    pub fn nested_set(&self) -> Option<SetId> {
        match &self.kind {
            Kind::Nest(set)
            | Kind::IndexedArray(Element::Nest(set))
            | Kind::NestTypeValue { set, .. } => Some(*set),
            _ => None,
        }
    }

    /// Whether the values are bits: flags, or an enum whose values count bits.
    #[must_use]
    pub fn is_bits(&self, family: &Family) -> bool {
        self.enumeration.is_some_and(|r| r.is_bits(family))
    }
}

/// The type of an attribute's payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub enum Kind {
    /// A number.
    Scalar(Scalar),
    /// No payload: the attribute's presence is the value.
    Flag,
    /// Text, with a NUL at its end unless [`Checks::unterminated_ok`].
    String,
    /// Bytes.
    Binary,
    /// A C struct.
    Struct(StructId),
    /// C structs one after the other, without headers: an extension of this project's.
    StructArray(StructId),
    /// Numbers one after the other, without headers.
    ScalarArray(Scalar),
    /// A value and a selector of 32 bits each.
    Bitfield32,
    /// Attributes of another set.
    Nest(SetId),
    /// Elements, each in an attribute whose number is the element's index.
    IndexedArray(Element),
    /// A nest inside nests, one a level, whose attribute numbers are values themselves.
    NestTypeValue {
        /// The innermost attributes.
        set: SetId,
        /// What the number on each level means, outermost first.
        levels: Vec<String>,
    },
    /// A payload whose type another attribute's value selects.
    SubMessage {
        /// The types to select from.
        message: SubMessageId,
        /// The attribute that selects.
        selector: Selector,
    },
    /// Bytes that only align what follows.
    Pad,
    /// A number that is taken and has no meaning.
    Unused,
}

/// An element of an [indexed array](Kind::IndexedArray).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Element {
    /// Attributes of a set.
    Nest(SetId),
    /// A number.
    Scalar(Scalar),
    /// Text.
    String,
    /// Bytes.
    Binary,
    /// A C struct.
    Struct(StructId),
}

/// Whose value selects a [sub-message](Kind::SubMessage).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Selector {
    /// The name of the attribute, or of the fixed header's member.
    pub name: Text,
    /// Where it is, seen from the sub-message.
    pub place: SelectorPlace,
}

/// Where the value that selects a sub-message is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelectorPlace {
    /// In the same set: an index into its attributes.
    Beside(usize),
    /// In a message, a nest or a fixed header around the sub-message's set.
    Outside,
}

/// A type of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scalar {
    /// 8 bits, unsigned.
    U8,
    /// 16 bits, unsigned.
    U16,
    /// 32 bits, unsigned.
    U32,
    /// 64 bits, unsigned.
    U64,
    /// 8 bits, signed.
    S8,
    /// 16 bits, signed.
    S16,
    /// 32 bits, signed.
    S32,
    /// 64 bits, signed.
    S64,
    /// 32 or 64 bits, unsigned; the length tells.
    Uint,
    /// 32 or 64 bits, signed; the length tells.
    Sint,
}

impl Scalar {
    /// Every type, by its name in the schema.
    pub const ALL: [(&'static str, Self); 10] = [
        ("u8", Self::U8),
        ("u16", Self::U16),
        ("u32", Self::U32),
        ("u64", Self::U64),
        ("s8", Self::S8),
        ("s16", Self::S16),
        ("s32", Self::S32),
        ("s64", Self::S64),
        ("uint", Self::Uint),
        ("sint", Self::Sint),
    ];

    /// The type that the schema calls so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, s)| *s)
    }

    /// The name in the schema: `u8`, `sint`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, s)| *s == self)
            .map_or("", |(n, _)| n)
    }

    /// The Rust type that holds every value: `u8`, `i64` for `sint`.
    #[must_use]
    pub fn rust_type(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 | Self::Uint => "u64",
            Self::S8 => "i8",
            Self::S16 => "i16",
            Self::S32 => "i32",
            Self::S64 | Self::Sint => "i64",
        }
    }

    /// Whether values can be negative.
    #[must_use]
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            Self::S8 | Self::S16 | Self::S32 | Self::S64 | Self::Sint
        )
    }

    /// Bytes of the longest form.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 => 2,
            Self::U32 | Self::S32 => 4,
            Self::U64 | Self::S64 | Self::Uint | Self::Sint => 8,
        }
    }

    /// The lowest and the highest value.
    #[must_use]
    pub fn range(self) -> (i128, i128) {
        let bits = self.size() as u32 * 8;
        if self.is_signed() {
            (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
        } else {
            (0, (1i128 << bits) - 1)
        }
    }
}

/// A byte order that is not left to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// The enum that names an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumRef {
    /// The enum or the flags.
    pub id: EnumId,
    /// Whether an enum's values are numbers of bits here.
    pub as_flags: bool,
}

impl EnumRef {
    /// Whether the value is a mask of the entries' bits.
    #[must_use]
    pub fn is_bits(self, family: &Family) -> bool {
        self.as_flags || family[self.id].kind == super::EnumKind::Flags
    }
}

/// What the kernel checks of an attribute before its handler runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checks {
    /// The lowest number that is accepted.
    pub min: Option<Limit>,
    /// The highest number that is accepted.
    pub max: Option<Limit>,
    /// The fewest bytes.
    pub min_len: Option<Length>,
    /// The most bytes; of a string, without its NUL.
    pub max_len: Option<Length>,
    /// The only number of bytes.
    pub exact_len: Option<Length>,
    /// The flags whose bits alone may be set.
    pub flags_mask: Option<EnumId>,
    /// Whether a string may lack its NUL.
    pub unterminated_ok: bool,
}

impl Checks {
    /// Whether there is nothing to check.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A limit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The number.
    pub value: i128,
    /// The constant that the spec names.
    pub constant: Option<ConstId>,
}

/// A limit of a length, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// The number of bytes.
    pub bytes: u32,
    /// The constant that the spec names; `bytes` is one less when `minus_one`.
    pub constant: Option<ConstId>,
    /// Whether the spec says `NAME - 1`.
    pub minus_one: bool,
}

/// How a payload is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisplayHint {
    /// Hexadecimal.
    Hex,
    /// An Ethernet address.
    Mac,
    /// An FDDI address.
    Fddi,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// An IP address; the length tells which.
    Ipv4OrV6,
    /// A UUID.
    Uuid,
}

impl DisplayHint {
    /// Every hint, by its name in the schema.
    pub const ALL: [(&'static str, Self); 7] = [
        ("hex", Self::Hex),
        ("mac", Self::Mac),
        ("fddi", Self::Fddi),
        ("ipv4", Self::Ipv4),
        ("ipv6", Self::Ipv6),
        ("ipv4-or-v6", Self::Ipv4OrV6),
        ("uuid", Self::Uuid),
    ];
}
