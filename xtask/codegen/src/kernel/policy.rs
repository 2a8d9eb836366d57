// SPDX-License-Identifier: MIT OR Apache-2.0
//! Policies, as tables of the layer's entries.

use super::text::Text;
use super::types::{named, number};
use super::{Context, build};
use crate::policy::{Accept, Bound, Bytes, Mode, Owner, Policy, Rule, Values, problem};
use genlkit_spec::Problem;
use genlkit_spec::model::{Attr, Element, Kind, Length};
use genlkit_spec::names::screaming;

pub(super) fn emit(context: &Context<'_>, text: &mut Text) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for (index, policy) in context.tables.policies.iter().enumerate() {
        let name = context.names.policy(crate::policy::PolicyId(index));
        if let Err(mut found) = table(context, policy, name, text) {
            problems.append(&mut found);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn table(
    context: &Context<'_>,
    policy: &Policy,
    name: &str,
    text: &mut Text,
) -> Result<(), Vec<Problem>> {
    let family = context.family;
    let set = &family[policy.set];
    let mut problems = Vec::new();
    text.doc(&match policy.owner {
        Owner::Nest(_) => format!("What a nest of `{}` may hold.", set.name),
        Owner::Request(op, Mode::Do) => {
            format!("What a request for `{}` may hold.", family[op].name)
        }
        Owner::Request(op, Mode::Dump) => {
            format!(
                "What a request for a dump of `{}` may hold.",
                family[op].name
            )
        }
    });
    text.line(&format!("pub enum {name} {{}}\n"));
    // A static, because a nest's policy may refer to itself.
    let table = table_of(name);
    let len = usize::from(policy.max) + 1;
    text.line(&format!("static {table}: [genl::Entry; {len}] = ["));
    for id in 0..=policy.max {
        let Some(rule) = policy.rules.iter().find(|rule| rule.number == id) else {
            text.line("genl::Entry::REJECT,");
            continue;
        };
        let attr = &set.attrs[rule.index];
        match entry(context, attr, rule) {
            Ok(entry) => text.line(&format!("// {id}: {}\n{entry},", attr.name)),
            Err(message) => {
                let message = format!("`{}`: {message}", attr.name);
                problems.push(problem(family, attr.line, message));
            }
        }
    }
    text.line("];\n");
    text.line(&format!("impl genl::Policy for {name} {{"));
    text.line(&format!(
        "const ENTRIES: &'static [genl::Entry] = &{table};\n}}\n"
    ));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The static of a policy: `TASK_GET_DO_POLICY` of `TaskGetDoPolicy`.
fn table_of(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c);
    }
    screaming(&out)
}

/// The expression of a rule, without its comma.
fn entry(context: &Context<'_>, attr: &Attr, rule: &Rule) -> Result<String, String> {
    let kind = kind(context, attr, &rule.accept)?;
    let of = format!("genl::Entry::of::<{kind}>()");
    Ok(match &rule.accept {
        Accept::Nested(Some(id)) => {
            format!(
                "genl::Entry::nest(&{})",
                table_of(context.names.policy(*id))
            )
        }
        Accept::NestedArray(id) => {
            let table = table_of(context.names.policy(*id));
            format!("genl::Entry::nest_array(&{table})")
        }
        Accept::Number { values, .. } => of + &limits(context, attr, values)?,
        Accept::Flag | Accept::Nested(None) => of,
        Accept::NulString(len) | Accept::String(len) => match len {
            Some(len) => of + &max_len(context, *len)?,
            None => of,
        },
        Accept::Binary(bytes) => of + &lengths(context, bytes)?,
        Accept::Bitfield32(mask) => format!("genl::Entry::bitfield32({mask:#x})"),
    })
}

fn limits(context: &Context<'_>, attr: &Attr, values: &Values) -> Result<String, String> {
    Ok(match values {
        Values::Any => String::new(),
        Values::Mask(mask) => {
            let mask = u32::try_from(*mask)
                .map_err(|_| "the kernel checks flags of 32 bits at most".to_owned())?;
            format!(".mask({mask:#x})")
        }
        Values::Min(min) => format!(".min({})", value(context, *min, "genl::short")),
        Values::Max(max) => format!(".max({})", value(context, *max, "genl::short")),
        Values::Range(min, max) => {
            let of = |bound| value(context, bound, "genl::short");
            format!(".range({}..={})", of(*min), of(*max))
        }
        Values::FullRange(min, max) => {
            let (method, range, convert) = match attr.kind {
                Kind::Scalar(scalar) if scalar.is_signed() => {
                    ("full_range_signed", "SignedRange", "")
                }
                _ => ("full_range", "Range", "genl::unsigned"),
            };
            let of = |bound| value(context, bound, convert);
            let (min, max) = (of(*min), of(*max));
            format!(".{method}(const {{ &genl::{range}::new({min}..={max}) }})")
        }
        Values::OneOf(id) => {
            let name = context
                .names
                .enumeration(*id)
                .ok_or("its enum is in a C header, so that its values are not known here")?;
            let Kind::Scalar(scalar) = attr.kind else {
                return Err("an enum names numbers only".to_owned());
            };
            let number = number(scalar, attr.byte_order);
            format!(".one_of::<{name}, {number}>()")
        }
    })
}

/// A limit; that of a C header is converted by the layer's function.
fn value(context: &Context<'_>, bound: Bound, convert: &str) -> String {
    match bound.header {
        Some(id) => format!("{convert}({})", screaming(&context.family[id].name)),
        None => bound.value.to_string(),
    }
}

/// The constant of a C header that says a length, if one does.
fn header(context: &Context<'_>, len: Length) -> Option<String> {
    let constant = len.constant.map(|id| &context.family[id])?;
    constant.header.as_ref()?;
    Some(screaming(&constant.name))
}

/// A length that the core compares as a number of 16 bits with a sign.
fn short(context: &Context<'_>, len: Length, convert: &str) -> Result<String, String> {
    if let Some(name) = header(context, len) {
        return Ok(format!("{convert}({name})"));
    }
    match len.bytes {
        bytes @ ..=0x7fff => Ok(bytes.to_string()),
        _ => Err("the kernel checks least and exact lengths of 32 767 bytes at most".to_owned()),
    }
}

fn max_len(context: &Context<'_>, len: Length) -> Result<String, String> {
    if let Some(name) = header(context, len) {
        return Ok(format!(".max_len(genl::length({name}))"));
    }
    match len.bytes {
        0 => {
            Err("a longest length of 0 would be none: the kernel takes it for no limit".to_owned())
        }
        0x1_0000.. => Err("no attribute has more than 65 535 bytes".to_owned()),
        bytes => Ok(format!(".max_len({bytes})")),
    }
}

fn lengths(context: &Context<'_>, bytes: &Bytes) -> Result<String, String> {
    Ok(match bytes {
        Bytes::Any => String::new(),
        Bytes::Exact(len) => format!(".exact_len({})", short(context, *len, "genl::length")?),
        Bytes::Min(len) => format!(".min({})", short(context, *len, "genl::short")?),
        Bytes::Max(len) => max_len(context, *len)?,
        Bytes::Range(min, max) => {
            let of = |len| short(context, len, "genl::short");
            let (min, max) = (of(*min)?, of(*max)?);
            format!(".range({min}..={max})")
        }
    })
}

/// The layer's kind of an attribute in a request.
pub(super) fn kind(context: &Context<'_>, attr: &Attr, accept: &Accept) -> Result<String, String> {
    Ok(match accept {
        Accept::Number { scalar, .. } => {
            let number = number(*scalar, attr.byte_order);
            match named(attr, context) {
                Some(name) => format!("genl::Named<{name}, {number}>"),
                None => number,
            }
        }
        Accept::Flag => "genl::Flag".to_owned(),
        Accept::NulString(_) => "CStr".to_owned(),
        Accept::String(_) => "genl::Unterminated".to_owned(),
        Accept::Binary(_) => match attr.kind {
            Kind::ScalarArray(scalar) => {
                format!("genl::Array<{}>", number(scalar, attr.byte_order))
            }
            _ => "[u8]".to_owned(),
        },
        Accept::Bitfield32(_) => "genl::Bitfield32".to_owned(),
        Accept::Nested(Some(policy)) => format!("genl::Nest<{}>", context.names.policy(*policy)),
        Accept::NestedArray(policy) => {
            format!("genl::NestArray<{}>", context.names.policy(*policy))
        }
        Accept::Nested(None) => match &attr.kind {
            Kind::IndexedArray(element) => {
                format!("genl::ItemArray<{}>", item(context, attr, element))
            }
            _ => return Err("the kernel has no policy for it: use a nest".to_owned()),
        },
    })
}

/// The layer's kind of an element that is no nest, which is checked as it is read.
pub(super) fn item(context: &Context<'_>, attr: &Attr, element: &Element) -> String {
    match element {
        Element::Scalar(scalar) => number(*scalar, attr.byte_order),
        Element::String => "CStr".to_owned(),
        Element::Binary | Element::Struct(_) | Element::Nest(_) => {
            match build::fixed(context, attr.checks.exact_len) {
                Some(len) => format!("genl::Bytes<{len}>"),
                None => "[u8]".to_owned(),
            }
        }
    }
}
