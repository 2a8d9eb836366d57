// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit show`: what a family can do, from its spec.

use crate::output::{Failure, Output};
use crate::{Common, Family, policy, shell};
use clap_complete::ArgValueCompleter;
use genlkit_spec::model::{
    Attr, Element, Family as Spec, Kind, MemberType, Message, Operation, Protocol, SetId, StructId,
};

/// Show a family's operations and groups, or an operation's attributes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    family: Family,
    /// An operation, a notification or an event.
    #[arg(add = ArgValueCompleter::new(shell::operations))]
    operation: Option<String>,
    /// What the running kernel accepts, too.
    #[arg(long)]
    policy: bool,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let codec = args.family.load()?;
    let mut output = Output::new();
    match &args.operation {
        Some(name) => operation(codec.family(), name, &mut output)?,
        None => family(codec.family(), &mut output)?,
    }
    if args.policy {
        let accepted = policy::live(codec, args.operation.as_deref(), common)?;
        output.line("")?;
        output.heading("What the running kernel accepts")?;
        output.value(&accepted, common.format_default())?;
    }
    output.flush()
}

fn family(family: &Spec, output: &mut Output) -> Result<(), Failure> {
    let protocol = match family.protocol {
        Protocol::Raw(number) => format!("netlink protocol {number}"),
        other => format!("{}, version {}", other.name(), family.version),
    };
    output.heading(&format!("{} ({protocol})", family.name))?;
    text(&family.doc, 2, output)?;
    output.line("")?;
    output.heading("Operations")?;
    let width = family.ops.iter().map(|op| op.name.len()).max().unwrap_or(0);
    for op in family.ops.iter().filter(|op| !op.is_reserved()) {
        let doc = op.doc.lines().next().unwrap_or("");
        let line = format!("  {:width$}  {:12}  {doc}", op.name, modes(op));
        output.line(line.trim_end())?;
    }
    if !family.groups.is_empty() {
        output.line("")?;
        output.heading("Multicast groups")?;
        for group in &family.groups {
            let number = group
                .value
                .map_or(String::new(), |value| format!(" ({value})"));
            let heard = family
                .ops
                .iter()
                .filter(|op| op.group.is_some_and(|id| family[id] == *group));
            let heard: Vec<&str> = heard.map(|op| op.name.as_str()).collect();
            output.line(format!("  {}{number}  {}", group.name, heard.join(", ")).trim_end())?;
        }
    }
    Ok(())
}

/// How an operation is called.
pub(crate) fn modes(op: &Operation) -> String {
    let mut modes: Vec<&str> = op.modes().map(|(mode, _)| mode).collect();
    modes.extend(op.notify.map(|_| "notify"));
    modes.extend(op.event.as_ref().map(|_| "event"));
    modes.join(", ")
}

/// Prints an operation with the attributes of each of its messages.
pub(crate) fn operation(family: &Spec, name: &str, output: &mut Output) -> Result<(), Failure> {
    let Some(op) = family.op(name) else {
        let names: Vec<&str> = family.ops.iter().map(|op| op.name.as_str()).collect();
        let (family, names) = (&family.name, names.join(", "));
        return Err(Failure::usage(format!(
            "{family} has no operation `{name}`: it has {names}"
        )));
    };
    output.heading(&format!("{} {} ({})", family.name, op.name, modes(op)))?;
    text(&op.doc, 2, output)?;
    let mut headers: Vec<StructId> = op.shapes().filter_map(|(header, _)| header).collect();
    headers.sort();
    headers.dedup();
    for header in headers {
        output.line("")?;
        output.heading(&format!("Fixed header: struct {}", family[header].name))?;
        for member in &family[header].members {
            if matches!(member.kind, MemberType::Pad(_)) {
                continue;
            }
            output.line(&format!("  {}", output.strong(&member.name)))?;
            text(&member.doc, 6, output)?;
        }
    }
    for (mode, messages) in op.modes() {
        message(
            family,
            &format!("{mode} request"),
            messages.request.as_ref(),
            output,
        )?;
        message(
            family,
            &format!("{mode} reply"),
            messages.reply.as_ref(),
            output,
        )?;
    }
    if op.is_async() {
        message(family, "notification", op.announced(family), output)?;
    }
    if let Some(group) = op.group {
        output.line("")?;
        output.line(&format!("Multicast group: {}", family[group].name))?;
    }
    Ok(())
}

fn message(
    family: &Spec,
    title: &str,
    message: Option<&Message>,
    output: &mut Output,
) -> Result<(), Failure> {
    let Some(message) = message.filter(|message| !message.attrs.is_empty()) else {
        return Ok(());
    };
    output.line("")?;
    output.heading(&format!("Attributes of the {title}"))?;
    let attrs: Vec<&Attr> = message.attrs(family).collect();
    attributes(
        family,
        &attrs,
        2,
        &mut message.set.into_iter().collect(),
        output,
    )
}

fn attributes(
    family: &Spec,
    attrs: &[&Attr],
    indent: usize,
    around: &mut Vec<SetId>,
    output: &mut Output,
) -> Result<(), Failure> {
    let margin = " ".repeat(indent);
    for attr in attrs.iter().filter(|attr| attr.is_data()) {
        let many = if attr.multi { ", repeated" } else { "" };
        let name = output.strong(&attr.name);
        output.line(&format!("{margin}{name}: {}{many}", kind(family, attr)))?;
        if let Some(names) = attr.enumeration {
            let entries = family[names.id]
                .entries
                .iter()
                .map(|entry| entry.name.as_str());
            text(&entries.collect::<Vec<_>>().join(", "), indent + 4, output)?;
        }
        text(&attr.doc, indent + 4, output)?;
        let Some(set) = attr.nested_set() else {
            continue;
        };
        if around.contains(&set) {
            output.line(&format!("{margin}    (as above)"))?;
            continue;
        }
        around.push(set);
        let inner: Vec<&Attr> = family[set].attrs.iter().collect();
        attributes(family, &inner, indent + 4, around, output)?;
        around.pop();
    }
    Ok(())
}

/// An attribute's type in words.
fn kind(family: &Spec, attr: &Attr) -> String {
    let base = match &attr.kind {
        Kind::Scalar(scalar) => scalar.name().to_owned(),
        Kind::Flag => "flag".to_owned(),
        Kind::String => "string".to_owned(),
        Kind::Binary => "binary".to_owned(),
        Kind::Struct(id) => format!("struct {}", family[*id].name),
        Kind::StructArray(id) => format!("list of struct {}", family[*id].name),
        Kind::ScalarArray(scalar) => format!("list of {}", scalar.name()),
        Kind::Bitfield32 => "bitfield32".to_owned(),
        Kind::Nest(_) => "nest".to_owned(),
        Kind::IndexedArray(element) => match element {
            Element::Nest(_) => "array of nests".to_owned(),
            Element::Scalar(scalar) => format!("array of {}", scalar.name()),
            Element::String => "array of strings".to_owned(),
            Element::Binary => "array of binaries".to_owned(),
            Element::Struct(id) => format!("array of struct {}", family[*id].name),
        },
        Kind::NestTypeValue { levels, .. } => format!("nest by {}", levels.join(" and ")),
        Kind::SubMessage { message, selector } => {
            let formats = family[*message]
                .formats
                .iter()
                .map(|format| format.value.as_str());
            let formats: Vec<&str> = formats.collect();
            format!("by `{}`, one of {}", selector.name, formats.join(", "))
        }
        Kind::Pad => "pad".to_owned(),
        Kind::Unused => "unused".to_owned(),
    };
    match attr.enumeration {
        Some(names) if names.is_bits(family) => format!("{base}, flags {}", family[names.id].name),
        Some(names) => format!("{base}, enum {}", family[names.id].name),
        None => base,
    }
}

/// Prints running text within 100 columns.
fn text(text: &str, indent: usize, output: &mut Output) -> Result<(), Failure> {
    let margin = " ".repeat(indent);
    let mut line = margin.clone();
    for word in text.split_whitespace() {
        if line.len() > indent && line.len() + 1 + word.len() > 100 {
            output.line(&line)?;
            line = margin.clone();
        }
        if line.len() > indent {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.len() > indent {
        output.line(&line)?;
    }
    Ok(())
}
