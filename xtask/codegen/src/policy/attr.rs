// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rule for one attribute.

use super::{Accept, Bound, Bytes, PolicyId, Values, problem};
use genlkit_spec::model::{
    Attr, ByteOrder, ConstId, Element, EnumKind, Kind, Length, Limit, Scalar, SetId,
};
use genlkit_spec::{Family, Problem};

/// What fits the 16 bits, with a sign, that a policy entry has for a limit.
const SMALL: std::ops::RangeInclusive<i128> = -0x8000..=0x7fff;

/// The rule for an attribute; none for pads and unused numbers.
///
/// `nested` finds the policy of a set that the attribute nests.
pub(super) fn accept(
    attr: &Attr,
    family: &Family,
    nested: &dyn Fn(SetId) -> PolicyId,
) -> Result<Option<Accept>, Problem> {
    let refuse = |what: &str| {
        Err(problem(
            family,
            attr.line,
            format!("`{}`: {what}", attr.name),
        ))
    };
    Ok(Some(match &attr.kind {
        Kind::Pad | Kind::Unused => return Ok(None),
        Kind::Flag => Accept::Flag,
        Kind::Scalar(scalar) => number(attr, *scalar, family)?,
        Kind::String => match attr.checks {
            ref checks if checks.min_len.is_some() => {
                return refuse("the kernel has no `min-len` for strings");
            }
            ref checks if checks.exact_len.is_some() => Accept::Binary(bytes(attr, family)?),
            // The kernel's generator asks for no NUL where a string can be there more than once.
            ref checks if checks.unterminated_ok || attr.multi => Accept::String(checks.max_len),
            ref checks => Accept::NulString(checks.max_len),
        },
        Kind::Binary | Kind::Struct(_) | Kind::StructArray(_) => {
            Accept::Binary(bytes(attr, family)?)
        }
        Kind::ScalarArray(_) if attr.checks.min.is_some() || attr.checks.max.is_some() => {
            return refuse("the kernel does not check the numbers of an array");
        }
        Kind::ScalarArray(_) => Accept::Binary(bytes(attr, family)?),
        Kind::Bitfield32 => match attr.enumeration {
            None => return refuse("a bitfield32 needs an `enum`, whose bits are accepted"),
            Some(names) => match u32::try_from(family[names.id].mask()) {
                Ok(mask) => Accept::Bitfield32(mask),
                Err(_) => return refuse("a bitfield32 has 32 bits, and its enum has more"),
            },
        },
        Kind::Nest(set) => Accept::Nested(Some(nested(*set))),
        Kind::IndexedArray(Element::Nest(set)) => Accept::NestedArray(nested(*set)),
        // The kernel has no policy for these; what reads them checks them.
        Kind::IndexedArray(_) | Kind::NestTypeValue { .. } => Accept::Nested(None),
        Kind::SubMessage { .. } => return refuse("a sub-message is for netlink-raw families"),
    }))
}

fn bytes(attr: &Attr, family: &Family) -> Result<Bytes, Problem> {
    let checks = &attr.checks;
    let all = [checks.exact_len, checks.min_len, checks.max_len];
    let large = |length: &Length| !SMALL.contains(&length.bytes.into());
    if let Some(length) = all.into_iter().flatten().find(large) {
        let message = format!(
            "`{}`: the kernel checks no length of {}: 32767 is the most",
            attr.name, length.bytes
        );
        return Err(problem(family, attr.line, message));
    }
    Ok(match all {
        [Some(len), ..] => Bytes::Exact(len),
        [None, Some(min), Some(max)] => Bytes::Range(min, max),
        [None, Some(min), None] => Bytes::Min(min),
        [None, None, Some(max)] => Bytes::Max(max),
        [None, None, None] => Bytes::Any,
    })
}

fn number(attr: &Attr, scalar: Scalar, family: &Family) -> Result<Accept, Problem> {
    let refuse = |what: String| problem(family, attr.line, format!("`{}`: {what}", attr.name));
    let values = values(attr, scalar, family).map_err(refuse)?;
    let big_endian =
        attr.byte_order == Some(ByteOrder::Big) && matches!(scalar, Scalar::U16 | Scalar::U32);
    if attr.byte_order.is_some() && !big_endian && values != Values::Any {
        let order = match attr.byte_order {
            Some(ByteOrder::Little) => "little-endian",
            _ => "big-endian",
        };
        let name = scalar.name();
        return Err(refuse(format!(
            "the kernel cannot check a {order} {name}: drop the limits"
        )));
    }
    Ok(Accept::Number {
        scalar,
        big_endian,
        values,
    })
}

/// The values that a number may have: what its flags, its enum and its limits leave.
fn values(attr: &Attr, scalar: Scalar, family: &Family) -> Result<Values, String> {
    let checks = &attr.checks;
    if attr.is_bits(family) || checks.flags_mask.is_some() {
        let bits = match attr.enumeration {
            Some(names) if attr.is_bits(family) => names.id,
            _ => checks.flags_mask.expect("one of the two is there"),
        };
        let mask = family[bits].mask();
        if scalar.is_signed() {
            return Err("flags need an unsigned number".to_owned());
        }
        if i128::from(mask) > scalar.range().1 {
            let name = &family[bits].name;
            return Err(format!("{} cannot hold all of `{name}`", scalar.name()));
        }
        return Ok(Values::Mask(mask));
    }
    let (mut min, mut max) = (
        checks.min.map(|l| bound(l, family)),
        checks.max.map(|l| bound(l, family)),
    );
    let mut sparse = None;
    if let Some(names) = attr.enumeration {
        let names_of = &family[names.id];
        let (low, high) = names_of.range();
        let (lowest, highest) = scalar.range();
        if names_of.entries.is_empty() {
            // Only the header knows the values.
        } else if i128::from(low) < lowest || i128::from(high) > highest {
            return Err(format!(
                "{} cannot hold all of `{}`",
                scalar.name(),
                names_of.name
            ));
        } else if names_of.kind == EnumKind::Enum && !names_of.is_contiguous() {
            sparse = Some(names.id);
        } else {
            let implied = |value: i64| Bound {
                value: value.into(),
                header: None,
            };
            if low != 0 || scalar.is_signed() {
                min = min.or(Some(implied(low)));
            }
            max = max.or(Some(implied(high)));
        }
    }
    let small = |bound: Bound| SMALL.contains(&bound.value);
    let end = |value: i128| Bound {
        value,
        header: None,
    };
    Ok(match (min, max) {
        (None, None) => sparse.map_or(Values::Any, Values::OneOf),
        (Some(min), None) if small(min) => Values::Min(min),
        (None, Some(max)) if small(max) => Values::Max(max),
        (Some(min), Some(max)) if small(min) && small(max) => Values::Range(min, max),
        (min, max) => Values::FullRange(
            min.unwrap_or(end(scalar.range().0)),
            max.unwrap_or(end(scalar.range().1)),
        ),
    })
}

fn bound(limit: Limit, family: &Family) -> Bound {
    let header = |id: &ConstId| family[*id].header.is_some();
    Bound {
        value: limit.value,
        header: limit.constant.filter(header),
    }
}
