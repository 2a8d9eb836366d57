// SPDX-License-Identifier: GPL-2.0-only

//! Attribute policies: what the core checks in a request before a handler sees it.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h) (`struct nla_policy`)

use crate::{
    attr::{Kind, RawAttr},
    extack::Extack,
    limit::{Range, SignedRange},
    number::Number,
    value::Enum,
};
use core::{ops::RangeInclusive, ptr::NonNull};
use kernel::bindings;
use kernel::prelude::*;

/// The attributes that one mode of one operation accepts, or that a nest does.
///
/// # Examples
///
/// ```ignore
/// struct PingPolicy;
/// impl Policy for PingPolicy {
///     const ENTRIES: &'static [Entry] = &[Entry::REJECT, Entry::binary().max_len(8192)];
/// }
/// ```
pub trait Policy: 'static {
    /// One entry for each attribute number from 0; empty where no attribute is accepted.
    ///
    /// The length is the C side's `maxattr + 1`, so that no key can be beyond the table that the
    /// core fills.
    const ENTRIES: &'static [Entry];
}

/// How deep the core looks into nests (`MAX_POLICY_RECURSION_DEPTH` of lib/nlattr.c); it refuses
/// requests with more.
const MAX_DEPTH: usize = 10;

/// The policy of an operation without request attributes: every attribute is refused.
pub struct NoAttrs;

impl Policy for NoAttrs {
    const ENTRIES: &'static [Entry] = &[];
}

/// The highest attribute number of a policy.
#[inline]
pub(crate) const fn maxattr(table: &[Entry]) -> u32 {
    let n = table.len();
    // No number above this one fits the 14 bits of `nla_type`.
    assert!(
        n <= 0x4000,
        "a policy has more entries than attribute numbers exist"
    );
    if n == 0 {
        0
    } else {
        (n - 1) as u32
    }
}

/// What the core demands of one attribute.
///
/// # Invariants
///
/// Every pointer inside points at immutable data that lives for `'static`.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Entry(pub(crate) bindings::nla_policy);

// SAFETY: An entry is immutable, and by its invariant points only at immutable data.
unsafe impl Sync for Entry {}

// SAFETY: As above.
unsafe impl Send for Entry {}

const UNSIGNED: &[u32] = &[
    bindings::NLA_U8,
    bindings::NLA_U16,
    bindings::NLA_U32,
    bindings::NLA_U64,
    bindings::NLA_UINT,
    bindings::NLA_BE16,
    bindings::NLA_BE32,
];

const SIGNED: &[u32] = &[
    bindings::NLA_S8,
    bindings::NLA_S16,
    bindings::NLA_S32,
    bindings::NLA_S64,
    bindings::NLA_SINT,
];

#[inline]
const fn one_of(kind: u8, list: &[u32]) -> bool {
    let mut i = 0;
    while i < list.len() {
        if list[i] == kind as u32 {
            return true;
        }
        i += 1;
    }
    false
}

impl Entry {
    /// An attribute number that requests may not carry; entry 0 is always this one.
    pub const REJECT: Self = Self::new(bindings::NLA_UNSPEC);

    #[inline]
    const fn new(kind: u32) -> Self {
        let mut entry: bindings::nla_policy = pin_init::zeroed();
        entry.type_ = kind as u8;
        Self(entry)
    }

    /// A value of kind `K` without further limits.
    ///
    /// Strings are NUL-terminated (`NLA_NUL_STRING`), byte slices are `NLA_BINARY`.
    #[inline]
    pub const fn of<K: Kind + ?Sized>() -> Self {
        K::ENTRY
    }

    /// A scalar, flag, string or byte slice, by its `NLA_*` type.
    #[inline]
    pub(crate) const fn plain(kind: u32) -> Self {
        Self::new(kind)
    }

    /// A bitfield32 of which the bits in `valid` may be selected.
    #[inline]
    pub const fn bitfield32(valid: u32) -> Self {
        let mut entry = Self::new(bindings::NLA_BITFIELD32);
        entry.0.__bindgen_anon_1.bitfield32_valid = valid;
        entry
    }

    /// A nest with the attributes of the table.
    ///
    /// A table that nests itself is a static, which it names here: constants cannot refer to
    /// themselves.
    #[inline]
    pub const fn nest(table: &'static [Self]) -> Self {
        Self::nest_of(bindings::NLA_NESTED, table)
    }

    /// A nest of nests, each with the attributes of the table; the inner types are indexes.
    #[inline]
    pub const fn nest_array(table: &'static [Self]) -> Self {
        Self::nest_of(bindings::NLA_NESTED_ARRAY, table)
    }

    #[inline]
    const fn nest_of(kind: u32, table: &'static [Self]) -> Self {
        assert!(!table.is_empty(), "a nest without attributes");
        let mut entry = Self::new(kind);
        entry.0.len = maxattr(table) as u16;
        entry.0.__bindgen_anon_1.nested_policy = table.as_ptr().cast();
        entry
    }

    /// Whether what this entry accepts can be read as `kind` reads: the same type and, for a nest,
    /// the same types inside, at every depth.
    #[inline]
    pub(crate) const fn reads_as(&self, kind: &Self) -> bool {
        self.reads_as_at(kind, 0)
    }

    #[inline]
    const fn reads_as_at(&self, kind: &Self, depth: usize) -> bool {
        if self.0.type_ != kind.0.type_ {
            return false;
        }
        let nested = self.0.type_ as u32;
        if nested != bindings::NLA_NESTED && nested != bindings::NLA_NESTED_ARRAY {
            return true;
        }
        // The core accepts nothing deeper.
        if depth == MAX_DEPTH {
            return true;
        }
        if self.0.len != kind.0.len {
            return false;
        }
        // SAFETY: A nest's entry has set this field (`nest_of`), or has all of it zeroed.
        let ours = unsafe { self.0.__bindgen_anon_1.nested_policy };
        // SAFETY: As above.
        let theirs = unsafe { kind.0.__bindgen_anon_1.nested_policy };
        // A nest that the core has no policy for is no other.
        if ours.is_null() || theirs.is_null() {
            return ours.is_null() && theirs.is_null();
        }
        let mut i = 0;
        while i <= self.0.len as usize {
            // SAFETY: `nest_of` has set the length to that of the table less one, and a table has
            // at least one entry. An entry is a transparent wrapper.
            let ours = unsafe { &*ours.add(i).cast::<Self>() };
            // SAFETY: As above.
            let theirs = unsafe { &*theirs.add(i).cast::<Self>() };
            if !ours.reads_as_at(theirs, depth + 1) {
                return false;
            }
            i += 1;
        }
        true
    }

    #[inline]
    const fn validation(mut self, validation: u32) -> Self {
        assert!(
            self.0.validation_type == 0,
            "an attribute can have one kind of limit only: use a range"
        );
        self.0.validation_type = validation as u8;
        self
    }

    #[inline]
    const fn limits(mut self, min: i16, max: i16) -> Self {
        assert!(min <= max, "the range is empty");
        // Of a byte slice it is the length that has limits.
        if one_of(self.0.type_, UNSIGNED) || self.0.type_ as u32 == bindings::NLA_BINARY {
            assert!(min >= 0, "an unsigned attribute has a negative limit");
        } else {
            assert!(one_of(self.0.type_, SIGNED), "only numbers have limits");
        }
        self.0.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 { min, max };
        self
    }

    /// The number must be at least `min`.
    #[inline]
    pub const fn min(self, min: i16) -> Self {
        let mut entry = self.limits(min, i16::MAX);
        entry.0.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 { min, max: 0 };
        entry.validation(bindings::nla_policy_validation_NLA_VALIDATE_MIN)
    }

    /// The number must be at most `max`.
    #[inline]
    pub const fn max(self, max: i16) -> Self {
        let min = if one_of(self.0.type_, SIGNED) {
            i16::MIN
        } else {
            0
        };
        let mut entry = self.limits(min, max);
        entry.0.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 { min: 0, max };
        entry.validation(bindings::nla_policy_validation_NLA_VALIDATE_MAX)
    }

    /// The number must be in `range`, whose limits fit into 16 bits.
    #[inline]
    pub const fn range(self, range: RangeInclusive<i16>) -> Self {
        self.limits(*range.start(), *range.end())
            .validation(bindings::nla_policy_validation_NLA_VALIDATE_RANGE)
    }

    /// The unsigned number must be in `range`.
    #[inline]
    pub const fn full_range(mut self, range: &'static Range) -> Self {
        assert!(
            one_of(self.0.type_, UNSIGNED) || self.0.type_ as u32 == bindings::NLA_BINARY,
            "only an unsigned number has an unsigned range"
        );
        self.0.__bindgen_anon_1.range = range.as_raw();
        self.validation(bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR)
    }

    /// The signed number must be in `range`.
    #[inline]
    pub const fn full_range_signed(mut self, range: &'static SignedRange) -> Self {
        assert!(
            one_of(self.0.type_, SIGNED),
            "only a signed number has a signed range"
        );
        self.0.__bindgen_anon_1.range_signed = range.as_raw();
        self.validation(bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR)
    }

    /// The unsigned number may have only the bits of `mask`.
    #[inline]
    pub const fn mask(mut self, mask: u32) -> Self {
        assert!(
            one_of(self.0.type_, UNSIGNED),
            "only an unsigned number has a mask"
        );
        self.0.__bindgen_anon_1.mask = mask;
        self.validation(bindings::nla_policy_validation_NLA_VALIDATE_MASK)
    }

    /// The byte slice has exactly `len` bytes.
    #[inline]
    pub const fn exact_len(self, len: u16) -> Self {
        assert!(
            self.0.type_ as u32 == bindings::NLA_BINARY,
            "only byte slices have an exact length"
        );
        assert!(len <= i16::MAX as u16, "a length does not fit into 16 bits");
        self.range(len as i16..=len as i16)
    }

    /// The number must have a name in `E`.
    #[inline]
    pub const fn one_of<E: Enum, K: Number>(mut self) -> Self {
        assert!(
            self.0.type_ == K::ENTRY.0.type_,
            "the attribute has another type"
        );
        self.0.__bindgen_anon_1.validate = Some(validate::<E, K>);
        self.validation(bindings::nla_policy_validation_NLA_VALIDATE_FUNCTION)
    }

    /// The string or byte slice has at most `len` bytes (the NUL not counted), at least 1.
    #[inline]
    pub const fn max_len(mut self, len: u16) -> Self {
        assert!(
            one_of(
                self.0.type_,
                &[
                    bindings::NLA_STRING,
                    bindings::NLA_NUL_STRING,
                    bindings::NLA_BINARY
                ]
            ),
            "only strings and byte slices have a longest length"
        );
        // The C side reads 0 as "no limit".
        assert!(len > 0, "a longest length of 0 would be no limit");
        // What `NLA_POLICY_MAX_LEN` accepts, and its text for what is longer. Unlike that, a range
        // is told by the controller.
        if self.0.type_ as u32 == bindings::NLA_BINARY && len <= i16::MAX as u16 {
            return self.range(0..=len as i16);
        }
        self.0.len = len;
        self
    }
}

/// The core's way to ask whether a number has a name.
///
/// # Safety
///
/// Only the core may call it, for an attribute whose payload it has found to be a number of kind
/// `K`.
unsafe extern "C" fn validate<E: Enum, K: Number>(
    attr: *const bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: The core passes the extended ACK of the request, or null.
    let extack = unsafe { Extack::new(extack) };
    // SAFETY: The core passes an attribute of the request, never null.
    let attr = unsafe { RawAttr::new(NonNull::new_unchecked(attr.cast_mut()), extack) };
    // SAFETY: By the safety requirement.
    let number = unsafe { K::read(attr) };
    if number
        .and_then(|number| E::from_raw(K::widen(number)))
        .is_some()
    {
        return 0;
    }
    extack.text(c"invalid enum value").attr(attr);
    EINVAL.to_errno()
}
