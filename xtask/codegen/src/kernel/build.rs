// SPDX-License-Identifier: MIT OR Apache-2.0
//! Builders of replies, notifications and nests: a method for each attribute.

use super::text::{Text, or};
use super::types::{named, number};
use super::{Context, names};
use crate::policy::{Mode, problem};
use genlkit_spec::Problem;
use genlkit_spec::model::{Attr, Checks, Element, Kind, Length, Message, OpId, Scalar, SetId};
use genlkit_spec::names::{camel, snake};
use std::collections::BTreeSet;

pub(super) fn emit(context: &Context<'_>, text: &mut Text) -> Result<(), Vec<Problem>> {
    let family = context.family;
    let mut problems = Vec::new();
    let mut done = BTreeSet::new();
    for op in &context.tables.ops {
        let spec = match op.mode {
            Mode::Do => &family[op.op].r#do,
            Mode::Dump => &family[op.op].dump,
        };
        let message = spec.as_ref().and_then(|mode| mode.reply.as_ref());
        let name = names::reply(family, op.op, op.mode);
        let (Some(message), Some(name)) = (message, name) else {
            continue;
        };
        if done.insert(name.clone()) {
            let doc = match op.mode {
                Mode::Do => format!("A reply to `{}`.", family[op.op].name),
                Mode::Dump => format!("An object in a dump of `{}`.", family[op.op].name),
            };
            let attrs: Vec<&Attr> = message.attrs(family).collect();
            builder(context, &name, &doc, &attrs, text, &mut problems);
        }
    }
    for index in 0..family.ops.len() {
        notification(context, OpId(index), text, &mut problems);
    }
    for (set, name) in context.names.builders() {
        let set = &family[set];
        let doc = or(&set.doc, || format!("A nest of `{}`.", set.name));
        let attrs: Vec<&Attr> = set.attrs.iter().collect();
        builder(context, name, &doc, &attrs, text, &mut problems);
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn notification(context: &Context<'_>, op: OpId, text: &mut Text, problems: &mut Vec<Problem>) {
    let family = context.family;
    let operation = &family[op];
    let name = camel(&operation.name);
    let doc = or(&operation.doc, || format!("`{}`", operation.name));
    let target = if let Some(message) = &operation.event {
        let attrs: Vec<&Attr> = message.attrs(family).collect();
        builder(context, &name, &doc, &attrs, text, problems);
        format!("{name}<'_>")
    } else if let Some(source) = operation.notify {
        let modes = [Mode::Do, Mode::Dump];
        let Some(reply) = modes
            .into_iter()
            .find_map(|mode| names::reply(family, source, mode))
        else {
            let what = "it repeats the reply of an operation that has none";
            let message = format!("`{}`: {what}", operation.name);
            problems.push(problem(family, operation.line, message));
            return;
        };
        text.doc(&doc);
        text.line(&format!(
            "pub enum {name} {{}}\n\nimpl genl::Builder for {name} {{"
        ));
        text.line(&format!("type At<'w> = {reply}<'w>;\n"));
        text.line(&format!(
            "const ROOM: usize = <{reply}<'_> as genl::Builder>::ROOM;\n"
        ));
        text.line("#[inline(always)]");
        text.line(&format!(
            "fn at(writer: genl::Writer<'_>) -> {reply}<'_> {{"
        ));
        text.line(&format!("{reply}(writer)\n}}\n}}\n"));
        name
    } else {
        return;
    };
    text.line(&format!("impl genl::Notification for {target} {{"));
    text.line("type Family = Family;\n");
    let cmd = operation.reply_value.unwrap_or(0);
    text.line(&format!("const CMD: u8 = {cmd};\n}}\n"));
    // Without a group it goes to single sockets, or to a group that the handler chooses.
    if let Some(group) = operation.group {
        let group = camel(&family[group].name);
        text.line(&format!("impl genl::Multicast for {target} {{"));
        text.line(&format!(
            "const GROUP: usize = Mcgrp::{group} as usize;\n}}\n"
        ));
    }
}

fn builder(
    context: &Context<'_>,
    name: &str,
    doc: &str,
    attrs: &[&Attr],
    text: &mut Text,
    problems: &mut Vec<Problem>,
) {
    let room = room(context, attrs.iter().copied(), &mut Vec::new());
    text.doc(doc);
    text.line(&format!("pub struct {name}<'w>(genl::Writer<'w>);\n"));
    text.line(&format!(
        "impl genl::Builder for {name}<'_> {{\ntype At<'w> = {name}<'w>;\n"
    ));
    text.line(&format!("const ROOM: usize = {room};\n\n#[inline(always)]"));
    text.line(&format!("fn at(writer: genl::Writer<'_>) -> {name}<'_> {{"));
    text.line(&format!("{name}(writer)\n}}\n}}\n"));
    text.line(&format!("impl {name}<'_> {{"));
    for attr in attrs.iter().filter(|attr| attr.is_data()) {
        match put(context, attr) {
            Ok((arguments, body)) => {
                text.doc(&or(&attr.doc, || format!("`{}`", attr.name)));
                let method = snake(&attr.name);
                text.line(&format!(
                    "#[inline(always)]\npub fn {method}(&mut self{arguments}) -> &mut Self {{\n\
                     self.0.{body};\nself\n}}\n"
                ));
            }
            Err(what) => {
                let message = format!("`{}`: {what}", attr.name);
                problems.push(problem(context.family, attr.line, message));
            }
        }
    }
    text.line("}\n");
}

/// Bytes of the attributes of fixed size, each once, with their headers.
fn room<'f>(
    context: &Context<'f>,
    attrs: impl Iterator<Item = &'f Attr>,
    around: &mut Vec<SetId>,
) -> usize {
    let padded = |len: usize| 4 + len.next_multiple_of(4);
    let mut sum = 0;
    for attr in attrs.filter(|attr| !attr.multi) {
        sum += match &attr.kind {
            Kind::Scalar(scalar) => padded(scalar.size()),
            Kind::Flag => padded(0),
            Kind::Bitfield32 => padded(8),
            Kind::Binary => fixed(context, attr.checks.exact_len).map_or(0, padded),
            // A short string is put as one of the longest length, and what is put without a loop
            // wants room for all of its 16 bytes.
            Kind::String => match max_len(&attr.checks) {
                Some(max @ ..=64) => padded((max + 1).max(16)),
                _ => 0,
            },
            Kind::Nest(set) if !around.contains(set) => {
                around.push(*set);
                let inner = room(context, context.family[*set].attrs.iter(), around);
                around.pop();
                padded(inner)
            }
            _ => 0,
        };
    }
    sum
}

/// Whether the size of a message depends on what is put into it.
pub(super) fn varies(context: &Context<'_>, message: &Message) -> bool {
    let of_size = |attr: &Attr| match &attr.kind {
        Kind::Nest(_) => false,
        _ => !attr.multi && room(context, [attr].into_iter(), &mut Vec::new()) > 0,
    };
    !message.attrs(context.family).all(of_size)
}

/// A length that this side knows, and that an array on the stack may have.
pub(super) fn fixed(context: &Context<'_>, len: Option<Length>) -> Option<usize> {
    let len = len?;
    if len
        .constant
        .is_some_and(|id| context.family[id].header.is_some())
        || len.bytes > 256
    {
        return None;
    }
    usize::try_from(len.bytes).ok()
}

/// The bytes of a string without its NUL, where they are limited.
fn max_len(checks: &Checks) -> Option<usize> {
    let exact = checks.exact_len.map(|len| len.bytes.saturating_sub(1));
    let max = exact.or(checks.max_len.map(|len| len.bytes))?;
    usize::try_from(max).ok()
}

/// The arguments of the method that puts an attribute, and what it calls.
fn put(context: &Context<'_>, attr: &Attr) -> Result<(String, String), String> {
    let id = attr.number;
    let simple = |kind: &str, body: String| Ok((format!(", value: {kind}"), body));
    match &attr.kind {
        Kind::Scalar(scalar) => {
            let plain = scalar.rust_type();
            let (kind, value) = match named(attr, context) {
                Some(name) => (name, format!("genl::Enum::into_raw(value) as {plain}")),
                None => (plain, "value".to_owned()),
            };
            simple(kind, put_number(*scalar, attr, &value))
        }
        Kind::Flag => Ok((String::new(), format!("flag({id})"))),
        Kind::String => {
            let max =
                max_len(&attr.checks).map_or("{ usize::MAX }".to_owned(), |max| max.to_string());
            simple("&[u8]", format!("string::<{max}>({id}, value)"))
        }
        Kind::Binary => match fixed(context, attr.checks.exact_len) {
            Some(len) => simple(&format!("&[u8; {len}]"), format!("array({id}, value)")),
            None => simple("&[u8]", format!("bytes({id}, value)")),
        },
        Kind::Struct(_) | Kind::StructArray(_) => simple("&[u8]", format!("bytes({id}, value)")),
        Kind::ScalarArray(scalar) => {
            let kind = number(*scalar, attr.byte_order);
            let values = format!("&[{}]", scalar.rust_type());
            Ok((
                format!(", values: {values}"),
                format!("numbers::<{kind}>({id}, values)"),
            ))
        }
        Kind::Bitfield32 => simple("genl::Bitfield32", format!("bitfield32({id}, value)")),
        Kind::Nest(set) => {
            let name = context.names.builder(*set);
            Ok((
                format!(", fill: impl FnOnce(&mut {name}<'_>)"),
                format!("nest::<{name}<'_>>({id}, fill)"),
            ))
        }
        Kind::IndexedArray(element) => indexed(context, attr, element),
        Kind::NestTypeValue { set, levels } => {
            let name = context.names.builder(*set);
            let levels: Vec<String> = levels.iter().map(|level| snake(level)).collect();
            let arguments: Vec<String> = levels
                .iter()
                .map(|level| format!(", {level}: u16"))
                .collect();
            Ok((
                format!("{}, fill: impl FnOnce(&mut {name}<'_>)", arguments.concat()),
                format!(
                    "path::<{name}<'_>, {}>({id}, [{}], fill)",
                    levels.len(),
                    levels.join(", ")
                ),
            ))
        }
        Kind::SubMessage { .. } => Err("a sub-message is for netlink-raw families".to_owned()),
        Kind::Pad | Kind::Unused => Err("it holds nothing".to_owned()),
    }
}

fn put_number(scalar: Scalar, attr: &Attr, value: &str) -> String {
    let id = attr.number;
    match scalar {
        Scalar::Uint => format!("uint({id}, {value})"),
        Scalar::Sint => format!("sint({id}, {value})"),
        _ => format!(
            "number::<{}>({id}, {value})",
            number(scalar, attr.byte_order)
        ),
    }
}

fn indexed(
    context: &Context<'_>,
    attr: &Attr,
    element: &Element,
) -> Result<(String, String), String> {
    let id = attr.number;
    let values = |item: &str| format!(", values: impl IntoIterator<Item{item}>");
    Ok(match element {
        Element::Nest(set) => {
            let name = context.names.builder(*set);
            (
                format!(", fill: impl FnOnce(&mut genl::List<'_, {name}<'static>>)"),
                format!("list::<{name}<'static>>({id}, fill)"),
            )
        }
        Element::Scalar(scalar @ (Scalar::Uint | Scalar::Sint)) => (
            values(&format!(" = {}", scalar.rust_type())),
            format!("{}_list({id}, values)", scalar.name()),
        ),
        Element::Scalar(scalar) => {
            let kind = number(*scalar, attr.byte_order);
            (
                values(&format!(" = {}", scalar.rust_type())),
                format!("number_list::<{kind}>({id}, values)"),
            )
        }
        Element::String => (
            values(": AsRef<[u8]>"),
            format!("string_list({id}, values)"),
        ),
        Element::Binary | Element::Struct(_) => match fixed(context, attr.checks.exact_len) {
            Some(len) => (
                values(&format!(" = [u8; {len}]")),
                format!("bytes_list({id}, values)"),
            ),
            None => (values(": AsRef<[u8]>"), format!("bytes_list({id}, values)")),
        },
    })
}
