// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an attribute must be by its spec.

use super::Codec;
use crate::expected::Expected;
use crate::wire::Policy;
use genlkit_spec::model::{Attr, ByteOrder, Checks, Element, Kind, Scalar};
use linux_raw_sys::netlink::netlink_attribute_type as t;

impl Codec {
    /// What the attribute must be.
    pub(crate) fn expected(&self, attr: &Attr) -> Expected<'_> {
        let family = self.family();
        let mut policy = self.limits(attr);
        let mut names = Vec::new();
        // Of an enum that a C header defines, the spec need not have all.
        let values = attr.enumeration.filter(|r| family[r.id].header.is_none());
        if let Some(values) = values {
            let entries = &family[values.id].entries;
            let wire = |entry| family[values.id].wire_value(entry, values.as_flags);
            match values.is_bits(family) {
                true => {
                    let mask = entries.iter().fold(0, |mask, entry| mask | wire(entry));
                    policy.mask = u64::try_from(mask).ok();
                }
                false => names.extend(
                    entries
                        .iter()
                        .map(|entry| (wire(entry), entry.name.as_str().into())),
                ),
            }
        }
        Expected {
            policy,
            names,
            big_endian: attr.byte_order == Some(ByteOrder::Big),
        }
    }

    /// The same in words, with what the attribute means: what to give where it is missing.
    pub(crate) fn to_give(&self, attr: &Attr) -> String {
        let expected = self.expected(attr);
        match attr.doc.split_terminator(['.', '\n']).next() {
            Some(doc) if !doc.trim().is_empty() => format!("{expected}: {}", doc.trim()),
            _ => expected.to_string(),
        }
    }

    /// The type, and the limits that the spec has numbers for.
    fn limits(&self, attr: &Attr) -> Policy {
        let family = self.family();
        let Checks {
            min,
            max,
            min_len,
            max_len,
            exact_len,
            ..
        } = attr.checks;
        let (min, max) = (family.limit(min), family.limit(max));
        let (shortest, longest) = (exact_len.or(min_len), exact_len.or(max_len));
        let mut policy = Policy {
            kind: Some(kind(&attr.kind) as u32),
            len: (family.length(shortest), family.length(longest)),
            ..Policy::default()
        };
        let narrow = |limit: Option<i128>| limit.and_then(|limit| u64::try_from(limit).ok());
        let signed = |limit: Option<i128>| limit.and_then(|limit| i64::try_from(limit).ok());
        match attr.kind {
            Kind::Scalar(Scalar::S8 | Scalar::S16 | Scalar::S32 | Scalar::S64 | Scalar::Sint) => {
                policy.signed = (signed(min), signed(max))
            }
            _ => policy.unsigned = (narrow(min), narrow(max)),
        }
        policy
    }
}

/// What the kernel calls a type.
fn kind(kind: &Kind) -> t {
    match kind {
        Kind::Scalar(scalar) => match scalar {
            Scalar::U8 => t::NL_ATTR_TYPE_U8,
            Scalar::U16 => t::NL_ATTR_TYPE_U16,
            Scalar::U32 => t::NL_ATTR_TYPE_U32,
            Scalar::U64 => t::NL_ATTR_TYPE_U64,
            Scalar::S8 => t::NL_ATTR_TYPE_S8,
            Scalar::S16 => t::NL_ATTR_TYPE_S16,
            Scalar::S32 => t::NL_ATTR_TYPE_S32,
            Scalar::S64 => t::NL_ATTR_TYPE_S64,
            Scalar::Uint => t::NL_ATTR_TYPE_UINT,
            Scalar::Sint => t::NL_ATTR_TYPE_SINT,
        },
        Kind::Flag => t::NL_ATTR_TYPE_FLAG,
        Kind::String => t::NL_ATTR_TYPE_STRING,
        Kind::Bitfield32 => t::NL_ATTR_TYPE_BITFIELD32,
        Kind::Nest(_) | Kind::NestTypeValue { .. } => t::NL_ATTR_TYPE_NESTED,
        Kind::IndexedArray(Element::Nest(_)) => t::NL_ATTR_TYPE_NESTED_ARRAY,
        _ => t::NL_ATTR_TYPE_BINARY,
    }
}
