// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a family is made of, as data: generated from its spec, read by errors and traces.

use crate::wire::Policy;
use core::fmt;
use linux_raw_sys::netlink::netlink_attribute_type as t;

/// A generic netlink family.
#[derive(Debug)]
pub struct Family {
    /// The name that the kernel knows it by.
    pub name: &'static str,
    /// The version that requests carry.
    pub version: u8,
    /// Length in bytes of the family's own header, between the generic one and the attributes.
    pub header_len: usize,
    /// The operations and notifications.
    pub ops: &'static [&'static Op],
    /// The names of the multicast groups.
    pub groups: &'static [&'static str],
}

impl Family {
    /// The operation or notification with the given number.
    pub fn op(&self, cmd: u8) -> Option<&'static Op> {
        self.ops.iter().copied().find(|op| op.cmd == cmd)
    }
}

/// An operation or a notification of a family.
#[derive(Debug)]
pub struct Op {
    /// The family that has it.
    pub family: &'static Family,
    /// The name in the spec.
    pub name: &'static str,
    /// The number on the wire.
    pub cmd: u8,
    /// The attributes of its messages.
    pub attrs: &'static AttrSet,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family.name, self.name)
    }
}

/// A set of attributes.
#[derive(Debug)]
pub struct AttrSet {
    /// The name in the spec.
    pub name: &'static str,
    /// The attributes, in the order of their numbers.
    pub attrs: &'static [Attr],
}

impl AttrSet {
    /// The attribute with the given number.
    pub fn attr(&self, number: u16) -> Option<&'static Attr> {
        let attrs: &'static [Attr] = self.attrs;
        let index = attrs
            .binary_search_by_key(&number, |attr| attr.number)
            .ok()?;
        attrs.get(index)
    }
}

/// An attribute of a set.
#[derive(Debug)]
pub struct Attr {
    /// The number on the wire.
    pub number: u16,
    /// The name in the spec.
    pub name: &'static str,
    /// What its payload is.
    pub kind: Kind,
    /// How long its payload is.
    pub len: Len,
    /// What else it must be in a request.
    pub checks: Checks,
    /// What the kernel calls its type, one of `NL_ATTR_TYPE_*`.
    wire_type: t,
}

/// What a spec has the kernel check of an attribute, beside its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checks {
    /// The smallest and the largest number.
    pub number: (Option<i128>, Option<i128>),
    /// The smallest and the largest length in bytes; of a string, without its NUL.
    pub len: (Option<u32>, Option<u32>),
}

macro_rules! types {
    ($($name:ident: $kind:expr, $len:expr, $type:ident;)*) => { $(
        #[doc = concat!("An attribute of type `", stringify!($name), "`.")]
        pub const fn $name(number: u16, name: &'static str) -> Self {
            let checks = Checks { number: (None, None), len: (None, None) };
            Self { number, name, kind: $kind, len: $len, checks, wire_type: t::$type }
        }
    )* };
}

impl Attr {
    types! {
        u8: Kind::Unsigned, Len::Bytes(1), NL_ATTR_TYPE_U8;
        u16: Kind::Unsigned, Len::Bytes(2), NL_ATTR_TYPE_U16;
        u32: Kind::Unsigned, Len::Bytes(4), NL_ATTR_TYPE_U32;
        u64: Kind::Unsigned, Len::Bytes(8), NL_ATTR_TYPE_U64;
        s8: Kind::Signed, Len::Bytes(1), NL_ATTR_TYPE_S8;
        s16: Kind::Signed, Len::Bytes(2), NL_ATTR_TYPE_S16;
        s32: Kind::Signed, Len::Bytes(4), NL_ATTR_TYPE_S32;
        s64: Kind::Signed, Len::Bytes(8), NL_ATTR_TYPE_S64;
        uint: Kind::Unsigned, Len::FourOrEight, NL_ATTR_TYPE_UINT;
        sint: Kind::Signed, Len::FourOrEight, NL_ATTR_TYPE_SINT;
        flag: Kind::Flag, Len::Bytes(0), NL_ATTR_TYPE_FLAG;
        string: Kind::String, Len::Any, NL_ATTR_TYPE_STRING;
        binary: Kind::Binary, Len::Any, NL_ATTR_TYPE_BINARY;
        bitfield32: Kind::Bitfield32, Len::Bytes(8), NL_ATTR_TYPE_BITFIELD32;
    }

    /// A nest of attributes of a set.
    pub const fn nest(number: u16, name: &'static str, set: &'static AttrSet) -> Self {
        Self::nested(number, name, Kind::Nest(set), t::NL_ATTR_TYPE_NESTED)
    }

    /// Numbered nests of attributes of a set.
    pub const fn array(number: u16, name: &'static str, set: &'static AttrSet) -> Self {
        Self::nested(number, name, Kind::Array(set), t::NL_ATTR_TYPE_NESTED_ARRAY)
    }

    const fn nested(number: u16, name: &'static str, kind: Kind, wire_type: t) -> Self {
        let mut attr = Self::binary(number, name).shown(kind);
        attr.wire_type = wire_type;
        attr
    }

    /// The same, where the number must be at least this.
    pub const fn at_least(mut self, min: i128) -> Self {
        self.checks.number.0 = Some(min);
        self
    }

    /// The same, where the number must be at most this.
    pub const fn at_most(mut self, max: i128) -> Self {
        self.checks.number.1 = Some(max);
        self
    }

    /// The same, where so many bytes are the fewest; of a string, without its NUL.
    pub const fn shortest(mut self, len: u32) -> Self {
        self.checks.len.0 = Some(len);
        self
    }

    /// The same, where so many bytes are the most; of a string, without its NUL.
    pub const fn longest(mut self, len: u32) -> Self {
        self.checks.len.1 = Some(len);
        self
    }

    /// Whether it is a number that can be negative.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(
            self.wire_type,
            t::NL_ATTR_TYPE_S8
                | t::NL_ATTR_TYPE_S16
                | t::NL_ATTR_TYPE_S32
                | t::NL_ATTR_TYPE_S64
                | t::NL_ATTR_TYPE_SINT
        )
    }

    /// What a request's attribute must be, as the kernel tells it.
    pub fn policy(&self) -> Policy {
        let (min, max) = self.checks.number;
        let unsigned = |limit: i128| u64::try_from(limit).ok();
        let signed = |limit: i128| i64::try_from(limit).ok();
        let (unsigned, signed) = match self.is_signed() {
            true => ((None, None), (min.and_then(signed), max.and_then(signed))),
            false => (
                (min.and_then(unsigned), max.and_then(unsigned)),
                (None, None),
            ),
        };
        Policy {
            kind: Some(self.wire_type as u32),
            unsigned,
            signed,
            len: self.checks.len,
            mask: match self.kind {
                Kind::Flags(names) => Some(names.iter().fold(0, |mask, flag| mask | flag.value)),
                _ => None,
            },
            ..Policy::default()
        }
    }

    /// The same, with names for its values.
    pub const fn named<T: Named>(self) -> Self {
        self.shown(Kind::Enum(T::NAMES))
    }

    /// The same, with names for its bits.
    pub const fn flags<T: Named>(self) -> Self {
        self.shown(Kind::Flags(T::NAMES))
    }

    /// The same, read in hexadecimal.
    pub const fn hex(self) -> Self {
        self.shown(Kind::Hex)
    }

    /// The same, in big-endian byte order.
    pub const fn big_endian(self) -> Self {
        self.shown(Kind::BigEndian)
    }

    const fn shown(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
}

/// How long an attribute's payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Len {
    /// Any number of bytes.
    Any,
    /// So many bytes.
    Bytes(u8),
    /// 4 or 8 bytes.
    FourOrEight,
}

impl Len {
    /// How many bytes there must be, where `len` is a number that there cannot be.
    pub(crate) fn defect(self, len: usize) -> Option<usize> {
        match self {
            Self::Bytes(bytes) if len != usize::from(bytes) => Some(bytes.into()),
            Self::FourOrEight if len != 4 && len != 8 => Some(8),
            Self::Any | Self::Bytes(_) | Self::FourOrEight => None,
        }
    }
}

/// What an attribute's payload is. A number's width is that of the payload.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// An unsigned number.
    Unsigned,
    /// An unsigned number that is read in hexadecimal.
    Hex,
    /// A big-endian unsigned number.
    BigEndian,
    /// A signed number.
    Signed,
    /// A number with names for its values.
    Enum(&'static [Name]),
    /// Bits with names.
    Flags(&'static [Name]),
    /// Nothing: the attribute is there or is not.
    Flag,
    /// A string.
    String,
    /// Bytes.
    Binary,
    /// Bits with a mask of those that count.
    Bitfield32,
    /// Attributes of another set.
    Nest(&'static AttrSet),
    /// Nests of attributes of another set, numbered by their place.
    Array(&'static AttrSet),
}

/// The name of an enum's value or of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The value, for a flag its bit; a negative one with its sign in all 64 bits.
    pub value: u64,
    /// The name in the spec.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// A generated enum or flags type.
pub trait Named: Copy + 'static {
    /// The names that the spec gives to values.
    const NAMES: &'static [Name];

    /// Whether there are negative values.
    const SIGNED: bool = false;

    /// The value that a number stands for, named or not; none where the type is too narrow.
    fn from_number(number: u64) -> Option<Self>;

    /// The number; a negative one with its sign in all 64 bits.
    fn number(self) -> u64;

    /// The name of exactly this value.
    fn name(self) -> Option<&'static str> {
        let number = self.number();
        Self::NAMES
            .iter()
            .find(|entry| entry.value == number)
            .map(|entry| entry.name)
    }
}

/// Writes an enum's value: its name, else the number.
pub(crate) fn fmt_enum(names: &[Name], number: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match names.iter().find(|entry| entry.value == number) {
        Some(entry) => f.pad(entry.name),
        None => fmt::Display::fmt(&number, f),
    }
}

/// Writes flags: the names, separated by commas, then the bits without one in hexadecimal.
#[doc(hidden)]
pub fn fmt_flags(names: &[Name], bits: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut separator = "";
    let mut unnamed = bits;
    for entry in names.iter().filter(|entry| bits & entry.value != 0) {
        write!(f, "{separator}{}", entry.name)?;
        separator = ",";
        unnamed &= !entry.value;
    }
    match (unnamed, bits) {
        (0, 0) => f.write_str("0"),
        (0, _) => Ok(()),
        _ => write!(f, "{separator}{unnamed:#x}"),
    }
}
