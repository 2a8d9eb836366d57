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

    /// The number that a payload of the attribute's type is; none where the type is no number's, or has
    /// another length.
    #[cfg(feature = "std")]
    pub(crate) fn number(&self, payload: &[u8], big_endian: bool) -> Option<i128> {
        let is = |kind: t| self.kind == Some(kind as u32);
        let signed = [
            t::NL_ATTR_TYPE_S8,
            t::NL_ATTR_TYPE_S16,
            t::NL_ATTR_TYPE_S32,
            t::NL_ATTR_TYPE_S64,
            t::NL_ATTR_TYPE_SINT,
        ]
        .into_iter()
        .any(is);
        let widths: &[usize] = match () {
            () if is(t::NL_ATTR_TYPE_U8) || is(t::NL_ATTR_TYPE_S8) => &[1],
            () if is(t::NL_ATTR_TYPE_U16) || is(t::NL_ATTR_TYPE_S16) => &[2],
            () if is(t::NL_ATTR_TYPE_U32) || is(t::NL_ATTR_TYPE_S32) => &[4],
            () if is(t::NL_ATTR_TYPE_U64) || is(t::NL_ATTR_TYPE_S64) => &[8],
            () if is(t::NL_ATTR_TYPE_UINT) || is(t::NL_ATTR_TYPE_SINT) => &[4, 8],
            () => &[],
        };
        if !widths.contains(&payload.len()) {
            return None;
        }
        let low_end = !big_endian && cfg!(target_endian = "little");
        let mut bytes = [0; 8];
        let room = bytes.get_mut(8 - payload.len()..)?;
        room.copy_from_slice(payload);
        if low_end {
            room.reverse();
        }
        let number = u64::from_be_bytes(bytes);
        let beyond = 64 - 8 * u32::try_from(payload.len()).ok()?;
        Some(match signed {
            true => i128::from((number << beyond) as i64 >> beyond),
            false => i128::from(number),
        })
    }

    /// Whether a payload is within the limits; `number` is what [`Policy::number`] makes of it.
    #[cfg(feature = "std")]
    pub(crate) fn accepts(&self, payload: &[u8], number: Option<i128>) -> bool {
        fn within<N: PartialOrd>(value: N, (min, max): (Option<N>, Option<N>)) -> bool {
            min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
        }
        let widen = |limit: Option<i64>| limit.map(i128::from);
        let number = number.is_none_or(|number| {
            within(
                number,
                (
                    self.unsigned.0.map(i128::from),
                    self.unsigned.1.map(i128::from),
                ),
            ) && within(number, (widen(self.signed.0), widen(self.signed.1)))
                && self.mask.is_none_or(|mask| number & !i128::from(mask) == 0)
        });
        let is_text = [t::NL_ATTR_TYPE_STRING, t::NL_ATTR_TYPE_NUL_STRING]
            .into_iter()
            .any(|kind| self.kind == Some(kind as u32));
        let len = match payload.split_last() {
            // The limits of a text do not count its NUL.
            Some((0, text)) if is_text => text.len(),
            _ => payload.len(),
        };
        number
            && within(
                len,
                (
                    self.len.0.map(|len| len as usize),
                    self.len.1.map(|len| len as usize),
                ),
            )
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
