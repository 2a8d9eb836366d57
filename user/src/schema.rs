// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a family is made of, as data: generated from its spec, read by errors and traces.

use core::fmt;

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
}

macro_rules! types {
    ($($name:ident: $kind:expr, $len:expr;)*) => { $(
        #[doc = concat!("An attribute of type `", stringify!($name), "`.")]
        pub const fn $name(number: u16, name: &'static str) -> Self {
            Self { number, name, kind: $kind, len: $len }
        }
    )* };
}

impl Attr {
    types! {
        u8: Kind::Unsigned, Len::Bytes(1);
        u16: Kind::Unsigned, Len::Bytes(2);
        u32: Kind::Unsigned, Len::Bytes(4);
        u64: Kind::Unsigned, Len::Bytes(8);
        s8: Kind::Signed, Len::Bytes(1);
        s16: Kind::Signed, Len::Bytes(2);
        s32: Kind::Signed, Len::Bytes(4);
        s64: Kind::Signed, Len::Bytes(8);
        uint: Kind::Unsigned, Len::FourOrEight;
        sint: Kind::Signed, Len::FourOrEight;
        flag: Kind::Flag, Len::Bytes(0);
        string: Kind::String, Len::Any;
        binary: Kind::Binary, Len::Any;
        bitfield32: Kind::Bitfield32, Len::Bytes(8);
    }

    /// A nest of attributes of a set.
    pub const fn nest(number: u16, name: &'static str, set: &'static AttrSet) -> Self {
        Self::binary(number, name).shown(Kind::Nest(set))
    }

    /// Numbered nests of attributes of a set.
    pub const fn array(number: u16, name: &'static str, set: &'static AttrSet) -> Self {
        Self::binary(number, name).shown(Kind::Array(set))
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
