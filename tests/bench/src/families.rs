// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every contender reads of families: all attributes.

use genlkit::nlctrl::FamilyReply;
use genlkit::wire::Malformed;

/// The sum of a family.
///
/// # Errors
/// Where a length cannot be.
#[inline]
pub fn family(family: &FamilyReply<'_>) -> Result<u64, Malformed> {
    let mut sum = u64::from(family.id.unwrap_or(0));
    sum += family.name.map_or(0, |name| name.as_bytes().len() as u64);
    for number in [family.version, family.hdrsize, family.maxattr] {
        sum += u64::from(number.unwrap_or(0));
    }
    for op in family.ops {
        let op = op?;
        sum += u64::from(op.id.unwrap_or(0)) + u64::from(op.flags.unwrap_or(0) & 1);
    }
    for group in family.groups {
        let group = group?;
        sum += u64::from(group.id.unwrap_or(0));
        sum += group.name.map_or(0, |name| name.as_bytes().len() as u64);
    }
    Ok(sum)
}
