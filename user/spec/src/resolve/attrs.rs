// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attribute sets and sub-messages: numbers, types, names and limits of every attribute.

use super::definitions::{BYTE_ORDERS, enum_ref};
use super::{Problems, checks, doc, keyword, line, tag};
use crate::model::{
    Attr, AttrSet, Checks, DisplayHint, Element, Family, Format, Kind, Protocol, Scalar, Selector,
    SelectorPlace, SetId, StructId, SubMessage, SubMessageId, Usage,
};
use crate::names::c_upper;
use crate::raw::{self, Text};
use serde_saphyr::Spanned;
use std::collections::HashMap;

/// What an attribute's number can be at most: two of 16 bits are flags (NLA_TYPE_MASK).
const MAX_NUMBER: u32 = 0x3fff;

pub(super) fn resolve(raw: &raw::Family, family: &mut Family, problems: &mut Problems) {
    let mut lines = HashMap::new();
    for spanned in &raw.attribute_sets {
        let name = &spanned.value.name;
        if let Some(before) = lines.insert(name.value.as_str(), line(name)) {
            let message = format!("attribute set `{}` is on line {before} already", name.value);
            problems.add(name, message);
        }
        family.sets.push(outline(spanned, family));
    }
    sub_messages(raw, family, problems);
    for (index, spanned) in raw.attribute_sets.iter().enumerate() {
        if spanned.value.subset_of.is_none() {
            let attrs = attributes(&spanned.value, family, problems);
            family.sets[index].attrs = attrs;
        }
    }
    for index in 0..raw.attribute_sets.len() {
        subset(index, raw, family, problems);
    }
}

/// A set with its names, and without its attributes.
fn outline(spanned: &Spanned<raw::AttributeSet>, family: &Family) -> AttrSet {
    let set = &spanned.value;
    let ident = family.name.replace('-', "_");
    let prefix = match &set.name_prefix {
        Some(prefix) => prefix.value.clone(),
        None if set.name.value == family.name => format!("{ident}-a-"),
        None => format!("{ident}-a-{}-", set.name.value),
    };
    let named = |given: &Option<Text>, default: String| {
        c_upper(&given.as_ref().map_or(default, |given| given.value.clone()))
    };
    AttrSet {
        name: set.name.value.clone().into(),
        doc: doc(&set.doc),
        line: line(spanned),
        subset_of: None,
        attrs: Vec::new(),
        usage: Usage::default(),
        recursive: false,
        header: set.header.as_ref().map(|header| header.value.clone()),
        c_enum: set
            .enum_name
            .as_ref()
            .and_then(|n| n.as_ref())
            .map(|n| tag(&n.value)),
        c_max: named(&set.attr_max_name, format!("{prefix}max")),
        c_count: named(&set.attr_cnt_name, format!("__{prefix}max")),
        c_prefix: c_upper(&prefix),
    }
}

fn attributes(set: &raw::AttributeSet, family: &Family, problems: &mut Problems) -> Vec<Attr> {
    let mut attrs: Vec<Attr> = Vec::new();
    let mut next = 1;
    for spanned in &set.attributes {
        let raw = &spanned.value;
        let number = raw.value.as_ref().map_or(next, |value| value.value);
        next = number.saturating_add(1);
        let lowest = u32::from(family.protocol == Protocol::Genetlink);
        if !(lowest..=MAX_NUMBER).contains(&number) {
            let message = format!(
                "attribute `{}` has number {number}, which is outside of {lowest} to {MAX_NUMBER}",
                raw.name.value
            );
            problems.add(spanned, message);
        }
        if let Some(attr) = attribute(spanned, number as u16, set, family, problems) {
            unique(&attr, &attrs, set, spanned, problems);
            attrs.push(attr);
        }
    }
    attrs
}

fn unique(
    attr: &Attr,
    attrs: &[Attr],
    set: &raw::AttributeSet,
    at: &Spanned<raw::Attribute>,
    problems: &mut Problems,
) {
    let (name, set) = (&attr.name, &set.name.value);
    if let Some(twin) = attrs.iter().find(|twin| twin.name == *name) {
        let message = format!(
            "attribute `{name}` of `{set}` is on line {} already",
            twin.line
        );
        problems.add(at, message);
    } else if let Some(twin) = attrs.iter().find(|twin| twin.number == attr.number) {
        let message = format!(
            "attribute `{name}` of `{set}` has number {}, which is `{}`'s on line {}",
            attr.number, twin.name, twin.line
        );
        problems.add(at, message);
    }
}

fn attribute(
    spanned: &Spanned<raw::Attribute>,
    number: u16,
    set: &raw::AttributeSet,
    family: &Family,
    problems: &mut Problems,
) -> Option<Attr> {
    let raw = &spanned.value;
    let name = raw.name.value.clone();
    let kind = kind(raw, set, family, problems)?;
    let enumeration = enum_ref(&raw.r#enum, flag(&raw.enum_as_flags), family, problems);
    let numeric = matches!(
        kind,
        Kind::Scalar(_)
            | Kind::ScalarArray(_)
            | Kind::Bitfield32
            | Kind::IndexedArray(Element::Scalar(_))
    );
    if let (Some(given), false) = (&raw.r#enum, numeric || matches!(kind, Kind::Binary)) {
        problems.add(
            given,
            format!("`enum` is for numbers, and `{name}` is none"),
        );
    }
    let checks = raw.checks.as_ref();
    let checks = checks.map_or_else(Checks::default, |c| {
        checks::resolve(c, &kind, family, problems)
    });
    let family_prefix = family.sets.iter().find(|s| s.name == set.name.value);
    let prefix = match &raw.name_prefix {
        Some(prefix) => c_upper(&prefix.value),
        None => family_prefix.map_or(String::new(), |set| set.c_prefix.clone()),
    };
    Some(Attr {
        number,
        doc: doc(&raw.doc),
        line: line(spanned),
        multi: raw.multi_attr.as_ref().is_some_and(|multi| multi.value),
        byte_order: keyword(&raw.byte_order, "byte-order", problems, &BYTE_ORDERS),
        enumeration,
        checks,
        display_hint: keyword(
            &raw.display_hint,
            "display-hint",
            problems,
            &DisplayHint::ALL,
        ),
        c_name: format!("{prefix}{}", c_upper(&name)),
        kind,
        name: name.into(),
    })
}

fn flag(given: &Option<Spanned<bool>>) -> Option<bool> {
    given.as_ref().map(|given| given.value)
}

fn kind(
    raw: &raw::Attribute,
    set: &raw::AttributeSet,
    family: &Family,
    problems: &mut Problems,
) -> Option<Kind> {
    let Some(given) = &raw.r#type else {
        problems.add(
            &raw.name,
            format!("attribute `{}` needs a `type`", raw.name.value),
        );
        return None;
    };
    if let Some(scalar) = Scalar::from_name(&given.value) {
        return Some(Kind::Scalar(scalar));
    }
    let nest = |problems: &mut Problems| nested(raw, given, family, problems);
    Some(match given.value.as_str() {
        "flag" => Kind::Flag,
        "string" => Kind::String,
        "binary" => binary(raw, family, problems)?,
        "bitfield32" => Kind::Bitfield32,
        "nest" => Kind::Nest(nest(problems)?),
        "indexed-array" => Kind::IndexedArray(element(raw, given, family, problems)?),
        "nest-type-value" => {
            let levels = raw.type_value.as_deref().unwrap_or_default();
            if levels.is_empty() {
                problems.add(
                    given,
                    "a nest-type-value needs `type-value`, a name for each level",
                );
            }
            let levels = levels.iter().map(|level| level.value.clone()).collect();
            Kind::NestTypeValue {
                set: nest(problems)?,
                levels,
            }
        }
        "sub-message" => sub_message(raw, given, set, family, problems)?,
        "pad" => Kind::Pad,
        "unused" => Kind::Unused,
        other => {
            problems.add(given, format!("unknown type `{other}` of attribute"));
            return None;
        }
    })
}

fn binary(raw: &raw::Attribute, family: &Family, problems: &mut Problems) -> Option<Kind> {
    if let Some(wanted) = &raw.r#struct {
        let many = raw
            .sub_type
            .as_ref()
            .is_some_and(|sub_type| sub_type.value == "struct");
        let kind = if many {
            Kind::StructArray
        } else {
            Kind::Struct
        };
        return structure(wanted, family, problems).map(kind);
    }
    let Some(sub_type) = &raw.sub_type else {
        return Some(Kind::Binary);
    };
    let scalar = Scalar::from_name(&sub_type.value);
    let scalar = scalar.filter(|s| !matches!(s, Scalar::Uint | Scalar::Sint));
    if scalar.is_none() {
        let message = format!("a binary cannot be an array of `{}`", sub_type.value);
        problems.add(sub_type, message);
    }
    scalar.map(Kind::ScalarArray)
}

fn element(
    raw: &raw::Attribute,
    given: &Text,
    family: &Family,
    problems: &mut Problems,
) -> Option<Element> {
    let Some(sub_type) = &raw.sub_type else {
        problems.add(
            given,
            "an indexed-array needs `sub-type`, the type of its elements",
        );
        return None;
    };
    if let Some(scalar) = Scalar::from_name(&sub_type.value) {
        return Some(Element::Scalar(scalar));
    }
    match (sub_type.value.as_str(), &raw.r#struct) {
        ("nest", _) => nested(raw, sub_type, family, problems).map(Element::Nest),
        ("binary", Some(wanted)) => structure(wanted, family, problems).map(Element::Struct),
        ("binary", None) => Some(Element::Binary),
        ("string", _) => Some(Element::String),
        (other, _) => {
            problems.add(
                sub_type,
                format!("an indexed-array cannot have elements of `{other}`"),
            );
            None
        }
    }
}

fn structure(wanted: &Text, family: &Family, problems: &mut Problems) -> Option<StructId> {
    let found = family.structure(&wanted.value);
    if found.is_none() {
        problems.add(wanted, format!("no struct is called `{}`", wanted.value));
    }
    found
}

/// The set that `nested-attributes` names.
fn nested(
    raw: &raw::Attribute,
    given: &Text,
    family: &Family,
    problems: &mut Problems,
) -> Option<SetId> {
    let Some(wanted) = &raw.nested_attributes else {
        let message = format!(
            "`{}` needs `nested-attributes`, the set inside",
            raw.name.value
        );
        problems.add(given, message);
        return None;
    };
    set_of(wanted, family, problems)
}

pub(super) fn set_of(wanted: &Text, family: &Family, problems: &mut Problems) -> Option<SetId> {
    let found = family.set(&wanted.value);
    if found.is_none() {
        problems.add(
            wanted,
            format!("no attribute set is called `{}`", wanted.value),
        );
    }
    found
}

fn sub_message(
    raw: &raw::Attribute,
    given: &Text,
    set: &raw::AttributeSet,
    family: &Family,
    problems: &mut Problems,
) -> Option<Kind> {
    let (Some(wanted), Some(selector)) = (&raw.sub_message, &raw.selector) else {
        problems.add(given, "a sub-message needs `sub-message` and `selector`");
        return None;
    };
    let found = family
        .sub_messages
        .iter()
        .position(|m| m.name == wanted.value);
    if found.is_none() {
        problems.add(
            wanted,
            format!("no sub-message is called `{}`", wanted.value),
        );
    }
    let beside = set
        .attributes
        .iter()
        .position(|a| a.value.name.value == selector.value);
    let place = beside.map_or(SelectorPlace::Outside, SelectorPlace::Beside);
    let selector = Selector {
        name: selector.value.clone().into(),
        place,
    };
    Some(Kind::SubMessage {
        message: SubMessageId(found?),
        selector,
    })
}

fn sub_messages(raw: &raw::Family, family: &mut Family, problems: &mut Problems) {
    for spanned in raw.sub_messages.as_deref().unwrap_or_default() {
        let name = &spanned.value.name;
        if let Some(twin) = family.sub_messages.iter().find(|m| m.name == name.value) {
            let message = format!(
                "sub-message `{}` is on line {} already",
                name.value, twin.line
            );
            problems.add(name, message);
        }
        let mut formats: Vec<Format> = Vec::new();
        for spanned in &spanned.value.formats {
            let format = &spanned.value;
            if formats.iter().any(|twin| twin.value == format.value.value) {
                let message = format!("value `{}` has a format already", format.value.value);
                problems.add(&format.value, message);
            }
            let header = format.fixed_header.as_ref();
            let set = format.attribute_set.as_ref();
            formats.push(Format {
                value: format.value.value.clone().into(),
                line: line(spanned),
                fixed_header: header.and_then(|wanted| structure(wanted, family, problems)),
                set: set.and_then(|wanted| set_of(wanted, family, problems)),
            });
        }
        let (name, line) = (name.value.clone(), line(spanned));
        family.sub_messages.push(SubMessage {
            name: name.into(),
            line,
            formats,
        });
    }
}

/// Fills in a subset: its attributes are its parent's, with what it says itself laid over.
fn subset(index: usize, raw: &raw::Family, family: &mut Family, problems: &mut Problems) {
    let set = &raw.attribute_sets[index].value;
    let Some(wanted) = &set.subset_of else { return };
    let Some(parent_id) = set_of(wanted, family, problems) else {
        return;
    };
    let parent_raw = &raw.attribute_sets[parent_id.0].value;
    if parent_raw.subset_of.is_some() {
        let message = format!(
            "`{}` is a subset itself: name the set that it is of",
            wanted.value
        );
        problems.add(wanted, message);
        return;
    }
    let mut attrs: Vec<Attr> = Vec::new();
    for spanned in &set.attributes {
        let name = &spanned.value.name;
        let real = parent_raw
            .attributes
            .iter()
            .find(|a| a.value.name.value == name.value);
        let number = family[parent_id].attr(&name.value).map(|attr| attr.number);
        let (Some(real), Some(number)) = (real, number) else {
            // An attribute that is there and has no number was a problem already.
            if real.is_none() {
                let message = format!("`{}` has no attribute `{}`", wanted.value, name.value);
                problems.add(name, message);
            }
            continue;
        };
        if let Some(own) = spanned
            .value
            .value
            .as_ref()
            .filter(|v| v.value != u32::from(number))
        {
            let message = format!("`{}` is number {number} in `{}`", name.value, wanted.value);
            problems.add(own, message);
        }
        let merged = Spanned {
            value: merged(&spanned.value, &real.value),
            ..spanned.clone()
        };
        // Old specs of the kernel list an attribute twice, and mean nothing by it.
        if family.protocol != Protocol::Genetlink && attrs.iter().any(|a| a.name == name.value) {
            continue;
        }
        if let Some(mut attr) = attribute(&merged, number, set, family, problems) {
            attr.c_name.clone_from(
                &family[parent_id]
                    .attr(&name.value)
                    .expect("found above")
                    .c_name,
            );
            unique(&attr, &attrs, set, spanned, problems);
            attrs.push(attr);
        }
    }
    let parent = family[parent_id].clone();
    let set = &mut family.sets[index];
    (set.c_prefix, set.c_max, set.c_count) = (parent.c_prefix, parent.c_max, parent.c_count);
    set.subset_of = Some(parent_id);
    set.attrs = attrs;
}

fn merged(own: &raw::Attribute, real: &raw::Attribute) -> raw::Attribute {
    fn over<T: Clone>(own: &Option<T>, real: &Option<T>) -> Option<T> {
        own.as_ref().or(real.as_ref()).cloned()
    }
    raw::Attribute {
        name: own.name.clone(),
        r#type: over(&own.r#type, &real.r#type),
        doc: over(&own.doc, &real.doc),
        value: None,
        type_value: over(&own.type_value, &real.type_value),
        byte_order: over(&own.byte_order, &real.byte_order),
        multi_attr: over(&own.multi_attr, &real.multi_attr),
        nested_attributes: over(&own.nested_attributes, &real.nested_attributes),
        r#enum: over(&own.r#enum, &real.r#enum),
        enum_as_flags: over(&own.enum_as_flags, &real.enum_as_flags),
        checks: over(&own.checks, &real.checks),
        sub_type: over(&own.sub_type, &real.sub_type),
        display_hint: over(&own.display_hint, &real.display_hint),
        name_prefix: over(&own.name_prefix, &real.name_prefix),
        r#struct: over(&own.r#struct, &real.r#struct),
        sub_message: over(&own.sub_message, &real.sub_message),
        selector: over(&own.selector, &real.selector),
    }
}
