// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations and multicast groups: numbers, messages and names.

use super::attrs::set_of;
use super::{Problems, doc, keyword, line, one_of, tag};
use crate::model::{
    DontValidate, Family, Group, GroupId, Kind, MemberType, Message, Mode, Numbering, OpId,
    OpNames, Operation, Permission, Protocol, SetId, StructId,
};
use crate::names::c_upper;
use crate::raw::{self, Text};
use serde_saphyr::Spanned;
use std::collections::HashMap;

pub(super) fn names(raw: &raw::Family) -> OpNames {
    let ops = &raw.operations;
    let text = |given: &Option<Text>| given.as_ref().map(|given| given.value.clone());
    let enum_tag = |given: &Option<Option<Text>>| {
        given
            .as_ref()
            .and_then(|given| given.as_ref())
            .map(|given| tag(&given.value))
    };
    let prefix = text(&ops.name_prefix).unwrap_or_else(|| format!("{}-cmd-", raw.name.value));
    OpNames {
        c_enum: enum_tag(&ops.enum_name),
        c_async_prefix: text(&ops.async_prefix).map(|prefix| c_upper(&prefix)),
        c_async_enum: enum_tag(&ops.async_enum),
        c_max: c_upper(&text(&raw.cmd_max_name).unwrap_or_else(|| format!("{prefix}max"))),
        c_count: c_upper(&text(&raw.cmd_cnt_name).unwrap_or_else(|| format!("__{prefix}max"))),
        c_prefix: c_upper(&prefix),
    }
}

pub(super) fn groups(raw: &raw::Family, problems: &mut Problems) -> Vec<Group> {
    let ident = raw.name.value.replace('-', "_");
    let list = raw
        .mcast_groups
        .as_ref()
        .map_or(&[][..], |groups| &groups.list);
    let mut groups: Vec<Group> = Vec::new();
    for spanned in list {
        let group = &spanned.value;
        let name = &group.name.value;
        if let Some(twin) = groups.iter().find(|twin| twin.name == *name) {
            let message = format!("group `{name}` is on line {} already", twin.line);
            problems.add(&group.name, message);
        }
        // GENL_NAMSIZ, with the NUL; classic groups have no name on the wire.
        if group.value.is_none() && name.len() > 15 {
            let message = format!("group `{name}` is longer than 15 bytes");
            problems.add(&group.name, message);
        }
        let c_name = group.c_define_name.as_ref().map(|name| name.value.clone());
        groups.push(Group {
            name: name.clone().into(),
            line: line(spanned),
            value: group.value.as_ref().map(|value| value.value),
            permission: permission(&group.flags, problems),
            c_name: c_upper(&c_name.unwrap_or_else(|| format!("{ident}-mcgrp-{name}"))),
        });
    }
    groups
}

fn permission(flags: &Option<Vec<Text>>, problems: &mut Problems) -> Option<Permission> {
    let mut found = None;
    for flag in flags.as_deref().unwrap_or_default() {
        let permission = keyword(
            &Some(flag.clone()),
            "flag",
            problems,
            &[
                ("admin-perm", Permission::Admin),
                ("uns-admin-perm", Permission::UnsAdmin),
            ],
        );
        if found.is_some() && permission.is_some() {
            problems.add(flag, "one of admin-perm and uns-admin-perm is enough");
        }
        found = found.or(permission);
    }
    found
}

pub(super) fn resolve(raw: &raw::Family, family: &mut Family, problems: &mut Problems) {
    let list = &raw.operations.list;
    let default_header = raw.operations.fixed_header.as_ref();
    let default_header = default_header.and_then(|wanted| header(wanted, family, problems));
    let numbers = numbers(list, family.numbering, problems);
    let mut lines = HashMap::new();
    for (spanned, (request_value, reply_value)) in list.iter().zip(numbers) {
        let op = &spanned.value;
        let name = &op.name.value;
        if let Some(before) = lines.insert(name.as_str(), line(&op.name)) {
            problems.add(
                &op.name,
                format!("operation `{name}` is on line {before} already"),
            );
        }
        let given_set = op.attribute_set.as_ref();
        let notify = op
            .notify
            .as_ref()
            .and_then(|wanted| notified(wanted, raw, problems));
        let set = match (given_set, notify) {
            (Some(wanted), _) => set_of(wanted, family, problems),
            (None, Some(source)) => {
                let wanted = list[source.0].value.attribute_set.as_ref();
                wanted.and_then(|wanted| family.set(&wanted.value))
            }
            (None, None) => None,
        };
        modes_fit(op, problems);
        let prefix = match &family.op_names.c_async_prefix {
            Some(prefix) if op.notify.is_some() || op.event.is_some() => prefix,
            _ => &family.op_names.c_prefix,
        };
        let own_header = op.fixed_header.as_ref();
        let own_header = own_header.and_then(|wanted| header(wanted, family, problems));
        let shape = Shape {
            header: own_header.or(default_header),
            set,
        };
        let resolved = Operation {
            name: name.clone().into(),
            doc: doc(&Some(op.doc.clone())),
            line: line(spanned),
            set,
            request_value,
            reply_value,
            permission: permission(&op.flags, problems),
            dont_validate: dont_validate(&op.dont_validate, problems),
            config_cond: op.config_cond.as_ref().map(|cond| c_upper(&cond.value)),
            fixed_header: shape.header,
            r#do: op
                .r#do
                .as_ref()
                .map(|mode| self::mode(mode, shape, family, problems)),
            dump: op
                .dump
                .as_ref()
                .map(|mode| self::mode(mode, shape, family, problems)),
            notify,
            event: op
                .event
                .as_ref()
                .map(|event| message(event, shape, family, problems)),
            group: op
                .mcgrp
                .as_ref()
                .and_then(|wanted| group(wanted, family, problems)),
            acked: op.ack.as_ref().is_none_or(|ack| ack.value),
            errno: op.errno.as_ref().map(|member| member.value.clone()),
            c_name: format!("{prefix}{}", c_upper(name)),
        };
        errno_fits(op, &resolved, family, problems);
        family.ops.push(resolved);
    }
    unique_numbers(list, family, problems);
}

/// The member or attribute that holds a reply's errno must be there, and a number.
fn errno_fits(raw: &raw::Operation, op: &Operation, family: &Family, problems: &mut Problems) {
    let Some(wanted) = &raw.errno else { return };
    let (header, set) = op.answered(false);
    let members = header.map_or(&[][..], |header| &family[header].members);
    let member = members.iter().find(|member| member.name == wanted.value);
    let attr = set.and_then(|set| family[set].attr(&wanted.value));
    let fits = member.is_some_and(|member| matches!(member.kind, MemberType::Scalar(_)))
        || attr.is_some_and(|attr| matches!(attr.kind, Kind::Scalar(_)));
    if !fits {
        let message = format!("the reply has no number `{}`", wanted.value);
        problems.add(wanted, message);
    }
}

/// The numbers of each operation's request and reply.
fn numbers(
    list: &[Spanned<raw::Operation>],
    numbering: Numbering,
    problems: &mut Problems,
) -> Vec<(Option<u32>, Option<u32>)> {
    let (mut request, mut reply) = (1u32, 1u32);
    let mut numbers = Vec::with_capacity(list.len());
    for spanned in list {
        let op = &spanned.value;
        let is_async = op.notify.is_some() || op.event.is_some();
        let value = op.value.as_ref().map(|value| value.value);
        let mode = op
            .r#do
            .as_ref()
            .or(op.dump.as_ref())
            .map(|mode| &mode.value);
        match (numbering, is_async, mode) {
            (Numbering::Unified, ..) => {
                request = value.unwrap_or(request);
                numbers.push((Some(request).filter(|_| !is_async), Some(request)));
                request = request.saturating_add(1);
            }
            (Numbering::Directional, true, _) => {
                reply = value.unwrap_or(reply);
                numbers.push((None, Some(reply)));
                reply = reply.saturating_add(1);
            }
            (Numbering::Directional, false, Some(mode)) => {
                let own = |message: &Option<Spanned<raw::Message>>| {
                    let value = message
                        .as_ref()
                        .and_then(|message| message.value.value.as_ref());
                    value.map(|value| value.value).filter(|value| *value != 0)
                };
                request = own(&mode.request).unwrap_or(request);
                reply = own(&mode.reply).unwrap_or(reply);
                let answers = mode.reply.is_some();
                numbers.push((Some(request), Some(reply).filter(|_| answers)));
                request = request.saturating_add(1);
                reply = reply.saturating_add(u32::from(answers));
            }
            (Numbering::Directional, false, None) => {
                problems.add(
                    spanned,
                    "a directional operation needs do, dump, notify or event",
                );
                numbers.push((None, None));
            }
        }
    }
    numbers
}

fn unique_numbers(list: &[Spanned<raw::Operation>], family: &Family, problems: &mut Problems) {
    let highest = if matches!(family.protocol, Protocol::Raw(_)) {
        0xffff
    } else {
        0xff
    };
    for (index, op) in family.ops.iter().enumerate() {
        let number = op.request_value.or(op.reply_value).unwrap_or(0);
        if number > highest {
            let message = format!(
                "operation `{}` has number {number}, above {highest}",
                op.name
            );
            problems.add(&list[index], message);
        }
        // A classic family tells a notification by the number of the request that it is about.
        let twin = family.ops.iter().take(index).find(|twin| {
            twin.request_value.is_some() && twin.request_value == op.request_value
                || family.numbering == Numbering::Unified && twin.reply_value == op.reply_value
        });
        let same_as = &list[index].value.same_as;
        match (twin, same_as) {
            (Some(twin), Some(name)) if twin.name == name.value => {}
            (Some(twin), _) => {
                let message = format!(
                    "operation `{}` has number {number}, which is `{}`'s on line {}",
                    op.name, twin.name, twin.line
                );
                problems.add(&list[index], message);
            }
            (None, Some(name)) => {
                let message = format!("no operation `{}` before has number {number}", name.value);
                problems.add(name, message);
            }
            (None, None) => {}
        }
    }
}

fn modes_fit(op: &raw::Operation, problems: &mut Problems) {
    let name = &op.name.value;
    let called = op.r#do.is_some() || op.dump.is_some();
    if called && (op.notify.is_some() || op.event.is_some()) {
        let message = format!("`{name}` is called and announced: make them two operations");
        problems.add(&op.name, message);
    }
    if op.notify.is_some() && op.event.is_some() {
        problems.add(
            &op.name,
            format!("`{name}` is `notify` and `event`: keep one"),
        );
    }
    if op.mcgrp.is_some() && op.notify.is_none() && op.event.is_none() {
        problems.add(
            &op.name,
            format!("`{name}` has a `mcgrp`, and nothing to send there"),
        );
    }
    for mode in [&op.r#do, &op.dump].into_iter().flatten() {
        for message in [&mode.value.request, &mode.value.reply]
            .into_iter()
            .flatten()
        {
            let attrs = message.value.attributes.as_deref().unwrap_or_default();
            let set = op
                .attribute_set
                .as_ref()
                .or(message.value.attribute_set.as_ref());
            if let (Some(first), None) = (attrs.first(), set) {
                problems.add(
                    first,
                    format!("`{name}` needs an `attribute-set` for its attributes"),
                );
                return;
            }
        }
    }
}

/// The operation that a notification is about.
fn notified(wanted: &Text, raw: &raw::Family, problems: &mut Problems) -> Option<OpId> {
    let list = &raw.operations.list;
    let found = list
        .iter()
        .position(|op| op.value.name.value == wanted.value);
    let Some(index) = found else {
        problems.add(wanted, format!("no operation is called `{}`", wanted.value));
        return None;
    };
    let source = &list[index].value;
    let modes = [&source.r#do, &source.dump].into_iter().flatten();
    if !modes.into_iter().any(|mode| mode.value.reply.is_some()) {
        problems.add(
            wanted,
            format!(
                "`{}` has no reply for a notification to repeat",
                wanted.value
            ),
        );
    }
    Some(OpId(index))
}

/// What an operation's messages are made of, unless they say otherwise.
#[derive(Clone, Copy)]
struct Shape {
    header: Option<StructId>,
    set: Option<SetId>,
}

fn mode(
    spanned: &Spanned<raw::Mode>,
    shape: Shape,
    family: &Family,
    problems: &mut Problems,
) -> Mode {
    let mode = &spanned.value;
    let mut part = |given: &Option<Spanned<raw::Message>>| {
        given
            .as_ref()
            .map(|given| message(given, shape, family, problems))
    };
    Mode {
        line: line(spanned),
        request: part(&mode.request),
        reply: part(&mode.reply),
        pre: mode.pre.as_ref().map(|pre| pre.value.clone()),
        post: mode.post.as_ref().map(|post| post.value.clone()),
    }
}

fn message(
    spanned: &Spanned<raw::Message>,
    shape: Shape,
    family: &Family,
    problems: &mut Problems,
) -> Message {
    let own_set = spanned.value.attribute_set.as_ref();
    let set = match own_set {
        Some(wanted) => set_of(wanted, family, problems),
        None => shape.set,
    };
    let own_header = spanned.value.fixed_header.as_ref();
    let own_header = own_header.and_then(|wanted| header(wanted, family, problems));
    let mut attrs = Vec::new();
    let names = spanned.value.attributes.as_deref().unwrap_or_default();
    for name in names {
        // Without a set, its absence is the problem, and was one already.
        let Some(set) = set else { break };
        let set = &family[set];
        match set.attrs.iter().position(|attr| attr.name == name.value) {
            None => {
                let known = one_of(set.attrs.iter().map(|attr| attr.name.as_str()));
                let message = format!(
                    "`{}` has no attribute `{}`: use {known}",
                    set.name, name.value
                );
                problems.add(name, message);
            }
            // Old specs of the kernel do this, and mean nothing by it.
            Some(index) if attrs.contains(&index) => {
                if family.protocol == Protocol::Genetlink {
                    problems.add(name, format!("`{}` is listed already", name.value));
                }
            }
            Some(index) => attrs.push(index),
        }
    }
    Message {
        line: line(spanned),
        fixed_header: own_header.or(shape.header),
        set,
        attrs,
    }
}

fn dont_validate(given: &Option<Vec<Text>>, problems: &mut Problems) -> DontValidate {
    let mut dont = DontValidate::default();
    for flag in given.as_deref().unwrap_or_default() {
        match flag.value.as_str() {
            "strict" => dont.strict = true,
            "dump" => dont.dump = true,
            "dump-strict" => dont.dump_strict = true,
            other => {
                let message =
                    format!("unknown dont-validate `{other}`: use strict, dump or dump-strict");
                problems.add(flag, message);
            }
        }
    }
    dont
}

fn header(wanted: &Text, family: &Family, problems: &mut Problems) -> Option<StructId> {
    let found = family.structure(&wanted.value);
    if found.is_none() {
        problems.add(wanted, format!("no struct is called `{}`", wanted.value));
    }
    found
}

fn group(wanted: &Text, family: &Family, problems: &mut Problems) -> Option<GroupId> {
    let found = family.groups.position(&wanted.value);
    if found.is_none() {
        problems.add(
            wanted,
            format!("no multicast group is called `{}`", wanted.value),
        );
    }
    found.map(GroupId)
}
