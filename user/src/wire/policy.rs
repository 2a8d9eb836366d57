// SPDX-License-Identifier: MIT OR Apache-2.0
//! Policies as the kernel tells them: in an extended ACK, and on CTRL_CMD_GETPOLICY.

use super::Attrs;
use core::fmt;
use linux_raw_sys::netlink::{netlink_attribute_type as t, netlink_policy_type_attr as c};

/// What an attribute must be to be accepted.
///
/// C header: `linux/netlink.h`, `enum netlink_policy_type_attr`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The attribute's type, one of `NL_ATTR_TYPE_*`.
    pub kind: Option<u32>,
    /// The smallest and the largest number, unsigned.
    pub unsigned: (Option<u64>, Option<u64>),
    /// The smallest and the largest number, signed.
    pub signed: (Option<i64>, Option<i64>),
    /// The smallest and the largest length of the payload in bytes.
    pub len: (Option<u32>, Option<u32>),
    /// Which policy a nest's attributes have (an index into the dump that tells it), and the
    /// highest number that they can have.
    pub nested: (Option<u32>, Option<u32>),
    /// The bits that can be set.
    pub mask: Option<u64>,
}

impl Policy {
    /// Decodes the attributes of one policy entry; what makes no sense is taken for absent.
    pub fn decode(attributes: Attrs<'_>) -> Self {
        let mut policy = Self::default();
        for attr in attributes.map_while(Result::ok) {
            let number = u32::from(attr.number());
            let is = |kind: c| number == kind as u32;
            if is(c::NL_POLICY_TYPE_ATTR_TYPE) {
                policy.kind = attr.u32().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_MIN_VALUE_U) {
                policy.unsigned.0 = attr.uint().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_MAX_VALUE_U) {
                policy.unsigned.1 = attr.uint().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_MIN_VALUE_S) {
                policy.signed.0 = attr.sint().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_MAX_VALUE_S) {
                policy.signed.1 = attr.sint().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_MIN_LENGTH) {
                policy.len.0 = attr.u32().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_MAX_LENGTH) {
                policy.len.1 = attr.u32().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_POLICY_IDX) {
                policy.nested.0 = attr.u32().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE) {
                policy.nested.1 = attr.u32().ok();
            } else if is(c::NL_POLICY_TYPE_ATTR_BITFIELD32_MASK) || is(c::NL_POLICY_TYPE_ATTR_MASK)
            {
                policy.mask = attr.uint().ok();
            }
        }
        policy
    }

    /// The name of the attribute's type, as specs spell it.
    pub fn kind_name(&self) -> Option<&'static str> {
        let kind = self.kind?;
        let names = [
            (t::NL_ATTR_TYPE_FLAG, "flag"),
            (t::NL_ATTR_TYPE_U8, "u8"),
            (t::NL_ATTR_TYPE_U16, "u16"),
            (t::NL_ATTR_TYPE_U32, "u32"),
            (t::NL_ATTR_TYPE_U64, "u64"),
            (t::NL_ATTR_TYPE_S8, "s8"),
            (t::NL_ATTR_TYPE_S16, "s16"),
            (t::NL_ATTR_TYPE_S32, "s32"),
            (t::NL_ATTR_TYPE_S64, "s64"),
            (t::NL_ATTR_TYPE_BINARY, "binary"),
            (t::NL_ATTR_TYPE_STRING, "string"),
            (t::NL_ATTR_TYPE_NUL_STRING, "NUL-terminated string"),
            (t::NL_ATTR_TYPE_NESTED, "nest"),
            (t::NL_ATTR_TYPE_NESTED_ARRAY, "array of nests"),
            (t::NL_ATTR_TYPE_BITFIELD32, "bitfield32"),
            (t::NL_ATTR_TYPE_SINT, "sint"),
            (t::NL_ATTR_TYPE_UINT, "uint"),
        ];
        names
            .iter()
            .find(|&&(number, _)| number as u32 == kind)
            .map(|&(_, name)| name)
    }
}

/// Says it in words, as the end of "NAME must be ...": `u32, at least 1`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind_name().unwrap_or("of another type"))?;
        range(f, self.unsigned, u64::MAX, "")?;
        range(f, self.signed, i64::MAX, "")?;
        range(f, self.len, u32::MAX, " bytes long")?;
        match self.mask {
            Some(mask) => write!(f, ", with no bits but {mask:#x}"),
            None => Ok(()),
        }
    }
}

/// Writes a range's bounds, leaving out an upper one that says nothing.
fn range<N: fmt::Display + PartialEq + Copy>(
    f: &mut fmt::Formatter<'_>,
    (min, max): (Option<N>, Option<N>),
    largest: N,
    unit: &str,
) -> fmt::Result {
    match (min, max.filter(|&max| max != largest)) {
        (Some(min), Some(max)) if min == max => write!(f, ", {min}{unit}"),
        (Some(min), Some(max)) => write!(f, ", {min} to {max}{unit}"),
        (Some(min), None) => write!(f, ", at least {min}{unit}"),
        (None, Some(max)) => write!(f, ", at most {max}{unit}"),
        (None, None) => Ok(()),
    }
}
