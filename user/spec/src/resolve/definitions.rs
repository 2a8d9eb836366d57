// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constants, enums, flags and structs.

use super::{Problems, checks, doc, keyword, line, tag};
use crate::model::{
    Bits, ByteOrder, Const, ConstId, ConstValue, Definition, DisplayHint, Entry, Enum, EnumId,
    EnumKind, EnumRef, Family, Length, Member, MemberType, Protocol, Scalar, Scope, Struct,
    StructId, SubMessageId,
};
use crate::names::c_upper;
use crate::raw::{self, Number};
use serde_saphyr::Spanned;
use std::collections::HashMap;

pub(super) const BYTE_ORDERS: [(&str, ByteOrder); 2] = [
    ("little-endian", ByteOrder::Little),
    ("big-endian", ByteOrder::Big),
];

pub(super) fn resolve(raw: &raw::Family, family: &mut Family, problems: &mut Problems) {
    let mut lines = HashMap::new();
    let definitions = raw.definitions.as_deref().unwrap_or_default();
    for spanned in definitions {
        let definition = &spanned.value;
        let name = &definition.name;
        if let Some(before) = lines.insert(name.value.as_str(), line(name)) {
            let message = format!("definition `{}` is on line {before} already", name.value);
            problems.add(name, message);
            continue;
        }
        match definition.r#type.value.as_str() {
            "const" => constant(spanned, family, problems),
            "enum" => enumeration(spanned, EnumKind::Enum, family, problems),
            "flags" => enumeration(spanned, EnumKind::Flags, family, problems),
            "struct" => structure(spanned, family),
            other => {
                let message = format!(
                    "unknown type of definition `{other}`: use const, enum, flags or struct"
                );
                problems.add(&definition.r#type, message);
            }
        }
    }
    members(raw, family, problems);
}

fn scope(definition: &raw::Definition, problems: &mut Problems) -> Scope {
    keyword(
        &definition.scope,
        "scope",
        problems,
        &[
            ("uapi", Scope::Uapi),
            ("kernel", Scope::Kernel),
            ("user", Scope::User),
        ],
    )
    .unwrap_or_default()
}

fn ident(family: &Family) -> String {
    family.name.replace('-', "_")
}

fn constant(spanned: &Spanned<raw::Definition>, family: &mut Family, problems: &mut Problems) {
    let definition = &spanned.value;
    let name = &definition.name.value;
    let value = match definition.value.as_ref().map(|value| &value.value) {
        Some(Number::Literal(number)) => ConstValue::Number(*number),
        Some(Number::Name(text)) => ConstValue::Text(text.clone()),
        None => {
            problems.add(
                &definition.name,
                format!("constant `{name}` needs a `value`"),
            );
            return;
        }
    };
    let c_name = match (&definition.header, &definition.name_prefix) {
        (Some(_), _) => c_upper(name),
        (None, Some(prefix)) => c_upper(&format!("{}{name}", prefix.value)),
        (None, None) => c_upper(&format!("{}-{name}", ident(family))),
    };
    family
        .definitions
        .push(Definition::Const(ConstId(family.consts.len())));
    family.consts.push(Const {
        name: name.clone().into(),
        doc: doc(&definition.doc),
        line: line(spanned),
        value,
        header: definition.header.clone(),
        scope: scope(definition, problems),
        c_name,
    });
}

fn enumeration(
    spanned: &Spanned<raw::Definition>,
    kind: EnumKind,
    family: &mut Family,
    problems: &mut Problems,
) {
    let definition = &spanned.value;
    let name = &definition.name.value;
    let prefix = match &definition.name_prefix {
        Some(prefix) => prefix.value.clone(),
        None => format!("{}-{name}-", ident(family)),
    };
    let start = definition
        .value_start
        .as_ref()
        .map(|start| match &start.value {
            Number::Literal(number) => i64::try_from(*number).map_err(|_| start),
            Number::Name(_) => Err(start),
        });
    let start = start.unwrap_or(Ok(0)).unwrap_or_else(|start| {
        problems.add(
            start,
            format!("`value-start` of `{name}` must be a number of 64 bits"),
        );
        0
    });
    let entries = entries(definition, &prefix, start, problems);
    // A header's enum need not be repeated.
    if entries.is_empty() && definition.header.is_none() {
        problems.add(
            &definition.name,
            format!("`{name}` needs at least one entry"),
        );
    }
    if kind == EnumKind::Flags {
        for entry in entries
            .iter()
            .filter(|entry| !(0..64).contains(&entry.value))
        {
            let message = format!(
                "flag `{}` has value {}, but a flag's value is the number of its bit, 0 to 63",
                entry.name, entry.value
            );
            problems.add(entry_at(definition, &entry.name), message);
        }
    }
    let c_tag = match &definition.enum_name {
        Some(given) => given.as_ref().map(|given| tag(&given.value)),
        None => Some(tag(&format!("{}-{name}", ident(family)))),
    };
    let c_max = match kind {
        EnumKind::Flags => c_upper(&format!("{prefix}mask")),
        EnumKind::Enum => c_upper(&format!("{prefix}max")),
    };
    let count = definition
        .enum_cnt_name
        .as_ref()
        .map(|count| count.value.clone());
    family
        .definitions
        .push(Definition::Enum(EnumId(family.enums.len())));
    family.enums.push(Enum {
        name: name.clone().into(),
        doc: doc(&definition.doc),
        line: line(spanned),
        kind,
        entries,
        render_max: definition.render_max.unwrap_or(false),
        header: definition.header.clone(),
        scope: scope(definition, problems),
        c_tag,
        c_prefix: c_upper(&prefix),
        c_count: c_upper(&count.unwrap_or_else(|| format!("__{prefix}max"))),
        c_max,
    });
}

fn entries(
    definition: &raw::Definition,
    prefix: &str,
    start: i64,
    problems: &mut Problems,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut next = start;
    for spanned in definition.entries.as_deref().unwrap_or_default() {
        let raw = &spanned.value;
        let value = raw.value.unwrap_or(next);
        next = value.wrapping_add(1);
        if let Some(twin) = entries
            .iter()
            .find(|e| e.name == raw.name || e.value == value)
        {
            let what = if twin.name == raw.name {
                "that name"
            } else {
                "that value"
            };
            let message = format!(
                "entry `{}` = {value}: {what} is on line {} already",
                raw.name, twin.line
            );
            problems.add(spanned, message);
        }
        entries.push(Entry {
            name: raw.name.clone().into(),
            doc: doc(&raw.doc),
            line: line(spanned),
            value,
            c_name: c_upper(&format!("{prefix}{}", raw.name)),
        });
    }
    entries
}

fn entry_at(definition: &raw::Definition, name: &str) -> serde_saphyr::Location {
    let entries = definition.entries.as_deref().unwrap_or_default();
    let entry = entries.iter().find(|entry| entry.value.name == name);
    entry.map_or(definition.name.referenced, |entry| entry.referenced)
}

/// Pushes a struct without its members, which can name structs and enums that come later.
fn structure(spanned: &Spanned<raw::Definition>, family: &mut Family) {
    let definition = &spanned.value;
    let given = definition
        .enum_name
        .as_ref()
        .and_then(|given| given.as_ref());
    family
        .definitions
        .push(Definition::Struct(StructId(family.structs.len())));
    family.structs.push(Struct {
        name: definition.name.value.clone().into(),
        doc: doc(&definition.doc),
        line: line(spanned),
        members: Vec::new(),
        header: definition.header.clone(),
        c_tag: tag(given.map_or(&definition.name.value, |given| &given.value)),
        size: 0,
        open: false,
    });
}

/// Fills structs in, those first whose members are all known.
fn members(raw: &raw::Family, family: &mut Family, problems: &mut Problems) {
    let definitions = raw.definitions.as_deref().unwrap_or_default();
    let mut waiting: Vec<&raw::Definition> = definitions
        .iter()
        .map(|d| &d.value)
        .filter(|d| d.r#type.value == "struct")
        .collect();
    let mut done: Vec<String> = Vec::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|definition| {
            let raw_members = definition.members.as_deref().unwrap_or_default();
            let ready = raw_members.iter().all(|member| {
                let wanted = member.value.r#struct.as_ref();
                wanted
                    .is_none_or(|w| done.contains(&w.value) || family.structure(&w.value).is_none())
            });
            if ready {
                fill(definition, raw, family, problems);
                done.push(definition.name.value.clone());
            }
            !ready
        });
        if waiting.len() == before {
            let name = &waiting[0].name;
            problems.add(name, format!("struct `{}` contains itself", name.value));
            return;
        }
    }
}

fn fill(
    definition: &raw::Definition,
    raw: &raw::Family,
    family: &mut Family,
    problems: &mut Problems,
) {
    let mut offset = 0;
    let mut open = false;
    let mut members: Vec<Member> = Vec::new();
    for spanned in definition.members.as_deref().unwrap_or_default() {
        let member = &spanned.value;
        // Text ends with its NUL: something can follow it.
        if open {
            problems.add(spanned, "nothing can follow a member that takes the rest");
        }
        let kind = match (&member.sub_message, member.len.is_some()) {
            (Some(wanted), _) => union(wanted, member, &members, raw, problems),
            (None, true) => member_type(member, family, problems),
            (None, false) => {
                open_type(member, family).or_else(|| member_type(member, family, problems))
            }
        };
        let Some(kind) = kind else { continue };
        open = match kind {
            MemberType::Struct(id) => family[id].open,
            kind => kind.is_open() && kind != MemberType::OpenString,
        };
        let bits = bits(member, kind, members.last(), problems);
        let shared = bits.is_some_and(Bits::continues);
        let begin = members.last().filter(|_| shared);
        members.push(Member {
            name: member.name.value.clone().into(),
            doc: doc(&member.doc),
            line: line(spanned),
            kind,
            offset: begin.map_or(offset, |begin| begin.offset),
            byte_order: keyword(&member.byte_order, "byte-order", problems, &BYTE_ORDERS),
            enumeration: enum_ref(&member.r#enum, member.enum_as_flags, family, problems),
            display_hint: keyword(
                &member.display_hint,
                "display-hint",
                problems,
                &DisplayHint::ALL,
            ),
            default: member.default.as_ref().map(|default| default.value),
            bits,
        });
        offset += match kind {
            _ if shared => 0,
            MemberType::Scalar(scalar) => scalar.size(),
            MemberType::String(len)
            | MemberType::Binary(len)
            | MemberType::Numbers(_, len)
            | MemberType::Pad(len) => len.bytes as usize,
            MemberType::Struct(id) => family[id].size,
            _ => 0,
        };
    }
    let last = members.last().map(|member| member.kind);
    if let Some(id) = family.structure(&definition.name.value) {
        family.structs[id.0].members = members;
        family.structs[id.0].size = offset;
        family.structs[id.0].open = open || last == Some(MemberType::OpenString);
    }
}

/// Which bits of a number a member is: of the one that the member before it is a part of, where it
/// has the same type and enough bits are left, as C has it.
fn bits(
    member: &raw::Member,
    kind: MemberType,
    before: Option<&Member>,
    problems: &mut Problems,
) -> Option<Bits> {
    let given = member.bits.as_ref()?;
    let count = given.value;
    let all = match kind {
        MemberType::Scalar(scalar) if !scalar.is_signed() => u32::try_from(scalar.size() * 8).ok(),
        _ => None,
    };
    let Some(all) = all.filter(|all| (1..=*all).contains(&count)) else {
        problems.add(
            given,
            "`bits` are 1 or more of an unsigned number, and not more than it has",
        );
        return None;
    };
    let shared = before
        .filter(|before| before.kind == kind)
        .and_then(|before| before.bits);
    let used = shared.map_or(0, |bits| bits.before + bits.count);
    let before = if used + count <= all { used } else { 0 };
    Some(Bits { before, count })
}

/// The type of a member that the payload's end ends.
fn open_type(member: &raw::Member, family: &Family) -> Option<MemberType> {
    if !matches!(family.protocol, Protocol::Raw(_)) {
        return None;
    }
    match (member.r#type.value.as_str(), &member.r#struct) {
        ("string", None) => Some(MemberType::OpenString),
        ("binary", None) => Some(MemberType::OpenBinary),
        ("variables", None) => Some(MemberType::Variables),
        _ => None,
    }
}

/// A member that is one of several structs, as the value of a member before it says.
fn union(
    wanted: &raw::Text,
    member: &raw::Member,
    before: &[Member],
    raw: &raw::Family,
    problems: &mut Problems,
) -> Option<MemberType> {
    let known = raw.sub_messages.as_deref().unwrap_or_default();
    let message = known
        .iter()
        .position(|m| m.value.name.value == wanted.value);
    if message.is_none() {
        problems.add(
            wanted,
            format!("no sub-message is called `{}`", wanted.value),
        );
    }
    let formats = message.map_or(&[][..], |index| &known[index].value.formats);
    if let Some(format) = formats.iter().find(|f| f.value.attribute_set.is_some()) {
        problems.add(format, "a struct cannot end with attributes");
    }
    let selector = member.selector.as_ref().and_then(|selector| {
        before.iter().position(|member| {
            member.name == selector.value && matches!(member.kind, MemberType::Scalar(_))
        })
    });
    if selector.is_none() {
        problems.add(
            wanted,
            "a sub-message needs as `selector` a number before it",
        );
    }
    let (message, selector) = (SubMessageId(message?), selector?);
    Some(MemberType::SubMessage { message, selector })
}

fn member_type(
    member: &raw::Member,
    family: &Family,
    problems: &mut Problems,
) -> Option<MemberType> {
    let name = &member.name.value;
    if let Some(wanted) = &member.r#struct {
        let found = family.structure(&wanted.value);
        if found.is_none() {
            problems.add(wanted, format!("no struct is called `{}`", wanted.value));
        }
        return found.map(MemberType::Struct);
    }
    let scalar = Scalar::from_name(&member.r#type.value);
    if let Some(scalar) = scalar.filter(|s| !matches!(s, Scalar::Uint | Scalar::Sint)) {
        return Some(MemberType::Scalar(scalar));
    }
    if let (Some(sub_type), Some(len)) = (&member.sub_type, &member.len) {
        let scalar = Scalar::from_name(&sub_type.value);
        if scalar.is_none() {
            problems.add(sub_type, format!("`{}` is no number", sub_type.value));
        }
        return Some(MemberType::Numbers(
            scalar?,
            checks::length(len, family, problems)?,
        ));
    }
    let sized: fn(Length) -> MemberType = match member.r#type.value.as_str() {
        "string" => MemberType::String,
        "binary" => MemberType::Binary,
        "pad" => MemberType::Pad,
        other => {
            problems.add(
                &member.r#type,
                format!("a struct's member cannot be a `{other}`"),
            );
            return None;
        }
    };
    let Some(len) = &member.len else {
        problems.add(
            &member.name,
            format!("member `{name}` needs `len`, its number of bytes"),
        );
        return None;
    };
    checks::length(len, family, problems).map(sized)
}

/// Finds the enum that an attribute or a member names its values with.
pub(super) fn enum_ref(
    given: &Option<raw::Text>,
    as_flags: Option<bool>,
    family: &Family,
    problems: &mut Problems,
) -> Option<EnumRef> {
    let given = given.as_ref()?;
    let Some(id) = family.enumeration(&given.value) else {
        problems.add(
            given,
            format!("no enum or flags are called `{}`", given.value),
        );
        return None;
    };
    let as_flags = as_flags.unwrap_or(false);
    let strict = as_flags && family.protocol == Protocol::Genetlink;
    let mut entries = family[id].entries.iter().filter(|_| strict);
    if let Some(entry) = entries.find(|entry| !(0..64).contains(&entry.value)) {
        let message = format!(
            "entry `{}` has no bit: values of 0 to 63 can be flags",
            entry.name
        );
        problems.add(given, message);
    }
    Some(EnumRef { id, as_flags })
}
