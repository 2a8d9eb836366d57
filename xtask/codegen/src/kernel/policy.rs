// SPDX-License-Identifier: MIT OR Apache-2.0
//! Policies, as tables of the layer's entries.

use super::Context;
use super::text::Text;
use super::types::{named, number};
use crate::policy::{Accept, Bound, Bytes, Mode, Owner, Policy, Rule, Values, problem};
use genlkit_spec::Problem;
use genlkit_spec::model::{Attr, Kind, Length};
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
        Values::Min(min) => format!(".min({})", value(*min)?),
        Values::Max(max) => format!(".max({})", value(*max)?),
        Values::Range(min, max) => format!(".range({}..={})", value(*min)?, value(*max)?),
        Values::FullRange(min, max) => {
            let (min, max) = (value(*min)?, value(*max)?);
            let (method, range) = match attr.kind {
                Kind::Scalar(scalar) if scalar.is_signed() => ("full_range_signed", "SignedRange"),
                _ => ("full_range", "Range"),
            };
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

fn value(bound: Bound) -> Result<i128, String> {
    match bound.header {
        Some(_) => Err("only a C header knows its limit".to_owned()),
        None => Ok(bound.value),
    }
}

fn length(context: &Context<'_>, len: Length) -> Result<u32, String> {
    let constant = len.constant.map(|id| &context.family[id]);
    if constant.is_some_and(|constant| constant.header.is_some()) {
        return Err("only a C header knows its length".to_owned());
    }
    if len.bytes > 0xffff {
        return Err("no attribute has more than 65 535 bytes".to_owned());
    }
    Ok(len.bytes)
}

/// A length that the core compares as a number of 16 bits with a sign.
fn short(context: &Context<'_>, len: Length) -> Result<u32, String> {
    match length(context, len)? {
        bytes @ ..=0x7fff => Ok(bytes),
        _ => Err("the kernel checks least and exact lengths of 32 767 bytes at most".to_owned()),
    }
}

fn max_len(context: &Context<'_>, len: Length) -> Result<String, String> {
    match length(context, len)? {
        0 => {
            Err("a longest length of 0 would be none: the kernel takes it for no limit".to_owned())
        }
        bytes => Ok(format!(".max_len({bytes})")),
    }
}

fn lengths(context: &Context<'_>, bytes: &Bytes) -> Result<String, String> {
    Ok(match bytes {
        Bytes::Any => String::new(),
        Bytes::Exact(len) => format!(".exact_len({})", short(context, *len)?),
        Bytes::Min(len) => format!(".min({})", short(context, *len)?),
        Bytes::Max(len) => max_len(context, *len)?,
        Bytes::Range(min, max) => {
            let (min, max) = (short(context, *min)?, short(context, *max)?);
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
        Accept::Nested(None) => {
            return Err(
                "the kernel has no policy for it, so that a request cannot hold it: \
                 use `multi-attr`, or a `binary` with a `sub-type`"
                    .to_owned(),
            );
        }
    })
}
