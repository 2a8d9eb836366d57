// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits: names become numbers, and each limit must fit its attribute's type.

use super::Problems;
use crate::model::{
    Checks, ConstId, ConstValue, Element, EnumKind, Family, Kind, Length, Limit, Scalar,
};
use crate::names::c_upper;
use crate::raw::{self, Number};
use serde_saphyr::Spanned;

/// A number, the name of a constant, or the limit of a type such as `u32-max`.
fn limit(given: &Spanned<Number>, family: &Family, problems: &mut Problems) -> Option<Limit> {
    let name = match &given.value {
        Number::Literal(value) => {
            return Some(Limit {
                value: *value,
                constant: None,
            });
        }
        Number::Name(name) => name,
    };
    if let Some(id) = constant(name, family) {
        let value = number_of(id, given, family, problems)?;
        return Some(Limit {
            value,
            constant: Some(id),
        });
    }
    if let Some(value) = type_limit(name) {
        return Some(Limit {
            value,
            constant: None,
        });
    }
    let message = format!("`{name}` is neither a number, nor a constant, nor a limit like u32-max");
    problems.add(given, message);
    None
}

/// A number of bytes, the name of a constant, or `NAME - 1`.
pub(super) fn length(
    given: &Spanned<Number>,
    family: &Family,
    problems: &mut Problems,
) -> Option<Length> {
    let (value, constant, minus_one) = match &given.value {
        Number::Literal(value) => (*value, None, false),
        Number::Name(text) => {
            let (name, minus_one) = match text.strip_suffix(" - 1") {
                Some(name) => (name, true),
                None => (text.as_str(), false),
            };
            let Some(id) = constant(name, family) else {
                problems.add(
                    given,
                    format!("`{name}` is neither a number nor a constant"),
                );
                return None;
            };
            let value = number_of(id, given, family, problems)?;
            (value - i128::from(minus_one), Some(id), minus_one)
        }
    };
    // What an attribute can hold: its length has 16 bits, and the header takes 4 bytes.
    let Some(bytes) = u32::try_from(value)
        .ok()
        .filter(|bytes| *bytes <= 0xffff - 4)
    else {
        problems.add(
            given,
            format!("length {value} is outside of 0 to {}", 0xffff - 4),
        );
        return None;
    };
    Some(Length {
        bytes,
        constant,
        minus_one,
    })
}

/// The constant of that name, which may be written with its prefix, as C has it.
fn constant(name: &str, family: &Family) -> Option<ConstId> {
    let prefixed = || {
        family
            .consts
            .iter()
            .position(|c| c.c_name == c_upper(name))
            .map(ConstId)
    };
    family.constant(name).or_else(prefixed)
}

fn number_of(
    id: ConstId,
    given: &Spanned<Number>,
    family: &Family,
    problems: &mut Problems,
) -> Option<i128> {
    match &family[id].value {
        ConstValue::Number(value) => Some(*value),
        ConstValue::Text(text) => {
            let name = &family[id].name;
            problems.add(
                given,
                format!("constant `{name}` is `{text}`, which is not a number"),
            );
            None
        }
    }
}

fn type_limit(name: &str) -> Option<i128> {
    let (scalar, end) = name.split_once('-')?;
    let scalar = Scalar::from_name(scalar).filter(|s| !matches!(s, Scalar::Uint | Scalar::Sint))?;
    match end {
        "min" => Some(scalar.range().0),
        "max" => Some(scalar.range().1),
        _ => None,
    }
}

/// Resolves the checks of an attribute of type `kind`.
pub(super) fn resolve(
    raw: &Spanned<raw::Checks>,
    kind: &Kind,
    family: &Family,
    problems: &mut Problems,
) -> Checks {
    let at = raw;
    let raw = &raw.value;
    let mut checks = Checks {
        min: raw
            .min
            .as_ref()
            .and_then(|min| limit(min, family, problems)),
        max: raw
            .max
            .as_ref()
            .and_then(|max| limit(max, family, problems)),
        min_len: raw
            .min_len
            .as_ref()
            .and_then(|len| length(len, family, problems)),
        max_len: raw
            .max_len
            .as_ref()
            .and_then(|len| length(len, family, problems)),
        exact_len: raw
            .exact_len
            .as_ref()
            .and_then(|len| length(len, family, problems)),
        flags_mask: None,
        unterminated_ok: raw.unterminated_ok.as_ref().is_some_and(|ok| ok.value),
    };
    if let Some(name) = &raw.flags_mask {
        match family.enumeration(&name.value) {
            Some(id) if family[id].kind == EnumKind::Flags => checks.flags_mask = Some(id),
            _ => problems.add(name, format!("no flags are called `{}`", name.value)),
        }
    }
    fits(at, kind, &checks, problems);
    checks
}

/// The type that `min` and `max` are about.
fn number(kind: &Kind) -> Option<Scalar> {
    match kind {
        Kind::Scalar(scalar) | Kind::ScalarArray(scalar) => Some(*scalar),
        Kind::IndexedArray(Element::Scalar(scalar)) => Some(*scalar),
        _ => None,
    }
}

fn fits(at: &Spanned<raw::Checks>, kind: &Kind, checks: &Checks, problems: &mut Problems) {
    let raw = &at.value;
    let limits = [("min", &raw.min, checks.min), ("max", &raw.max, checks.max)];
    for (key, given, limit) in limits {
        let Some(given) = given else { continue };
        let Some(scalar) = number(kind) else {
            problems.add(
                given,
                format!("`{key}` is for numbers: use max-len and the like"),
            );
            continue;
        };
        let (low, high) = scalar.range();
        if let Some(limit) = limit.filter(|limit| !(low..=high).contains(&limit.value)) {
            let name = scalar.name();
            let message = format!(
                "{key} {} is outside of {name}: {low} to {high}",
                limit.value
            );
            problems.add(given, message);
        }
    }
    if let (Some(min), Some(max)) = (checks.min, checks.max)
        && min.value > max.value
    {
        problems.add(
            at,
            format!("min {} is greater than max {}", min.value, max.value),
        );
    }
    if let Some(given) = &raw.flags_mask
        && number(kind).is_none_or(Scalar::is_signed)
    {
        problems.add(given, "`flags-mask` is for unsigned numbers");
    }
    let lengths = [
        ("min-len", &raw.min_len),
        ("max-len", &raw.max_len),
        ("exact-len", &raw.exact_len),
    ];
    let lengths = lengths
        .iter()
        .filter_map(|(key, given)| given.as_ref().map(|at| (*key, at)));
    for (key, given) in lengths {
        let bytes = matches!(
            kind,
            Kind::Binary
                | Kind::Struct(_)
                | Kind::StructArray(_)
                | Kind::ScalarArray(_)
                | Kind::String
                | Kind::IndexedArray(Element::Binary | Element::String | Element::Struct(_))
        );
        if !bytes {
            problems.add(given, format!("`{key}` is for strings and binaries"));
        }
    }
    if let (Some(min), Some(max)) = (checks.min_len, checks.max_len)
        && min.bytes > max.bytes
    {
        let message = format!(
            "min-len {} is greater than max-len {}",
            min.bytes, max.bytes
        );
        problems.add(at, message);
    }
    if checks.exact_len.is_some() && (checks.min_len.is_some() || checks.max_len.is_some()) {
        problems.add(at, "`exact-len` says it all: drop min-len and max-len");
    }
    if let (Some(given), false) = (&raw.unterminated_ok, matches!(kind, Kind::String)) {
        problems.add(given, "`unterminated-ok` is for strings");
    }
}
