// SPDX-License-Identifier: MIT OR Apache-2.0
//! What contains what: the sets inside a set, and where a selector outside of its set can be.

use super::Problems;
use crate::model::{Attr, Family, Kind, SelectorPlace, SetId, StructId};
use crate::raw;

/// The sets that an attribute's payload is made of.
pub(super) fn inside<'f>(attr: &'f Attr, family: &'f Family) -> impl Iterator<Item = SetId> + 'f {
    let formats = match &attr.kind {
        Kind::SubMessage { message, .. } => &family[*message].formats[..],
        _ => &[],
    };
    attr.nested_set()
        .into_iter()
        .chain(formats.iter().filter_map(|format| format.set))
}

/// Every selector outside of its set must be in something around it.
pub(super) fn check_selectors(raw: &raw::Family, family: &Family, problems: &mut Problems) {
    for (index, set) in family.sets.iter().enumerate() {
        for attr in &set.attrs {
            let Kind::SubMessage { selector, .. } = &attr.kind else {
                continue;
            };
            if selector.place == SelectorPlace::Outside
                && !is_around(&selector.name, SetId(index), family, &mut Vec::new())
            {
                let raw_set = &raw.attribute_sets[index].value;
                let given = raw_set
                    .attributes
                    .iter()
                    .find(|a| a.value.name.value == attr.name);
                let at = given.and_then(|given| given.value.selector.as_ref());
                let at = at.map_or(raw_set.name.referenced, |at| at.referenced);
                let message = format!(
                    "neither `{}` nor anything around it has an attribute `{}` to select by",
                    set.name, selector.name
                );
                problems.add(at, message);
            }
        }
    }
}

fn is_around(name: &str, inner: SetId, family: &Family, seen: &mut Vec<SetId>) -> bool {
    if seen.contains(&inner) {
        return false;
    }
    seen.push(inner);
    let has_member = |header: Option<StructId>| {
        let header = header.map(|id| &family[id]);
        header.is_some_and(|header| header.members.iter().any(|member| member.name == name))
    };
    let in_header = family
        .ops
        .iter()
        .flat_map(|op| op.shapes())
        .any(|(header, set)| set == Some(inner) && has_member(header));
    in_header
        || family.sets.iter().enumerate().any(|(index, outer)| {
            outer
                .attrs
                .iter()
                .any(|attr| inside(attr, family).any(|set| set == inner))
                && (outer.attr(name).is_some() || is_around(name, SetId(index), family, seen))
        })
}
