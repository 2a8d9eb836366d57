// SPDX-License-Identifier: MIT OR Apache-2.0
//! Marks what each set is used for, and which sets contain themselves.

use super::nests::inside;
use crate::model::{Family, Message, SetId};

/// Fills in [`Usage`](crate::model::Usage) and `recursive` of every set.
pub(super) fn mark(family: &mut Family) {
    let (mut requests, mut replies) = (Vec::new(), Vec::new());
    for op in &family.ops {
        for (_, mode) in op.modes() {
            requests.extend(&mode.request);
            replies.extend(&mode.reply);
        }
        replies.extend(&op.event);
    }
    let roots = |messages: &[&Message]| -> Vec<SetId> {
        messages
            .iter()
            .filter(|message| !message.attrs.is_empty())
            .filter_map(|m| m.set)
            .collect()
    };
    let (root_requests, root_replies) = (roots(&requests), roots(&replies));
    let (nested_requests, nested_replies) = (nested(&requests, family), nested(&replies, family));
    let recursive: Vec<bool> = (0..family.sets.len())
        .map(|set| reaches(SetId(set), family))
        .collect();
    for (index, recursive) in recursive.into_iter().enumerate() {
        let (id, set) = (SetId(index), &mut family.sets[index]);
        set.usage.root_request = root_requests.contains(&id);
        set.usage.root_reply = root_replies.contains(&id);
        set.usage.nested_request = nested_requests.contains(&id);
        set.usage.nested_reply = nested_replies.contains(&id);
        set.recursive = recursive;
    }
}

/// All sets nested in the messages, at any depth.
fn nested(messages: &[&Message], family: &Family) -> Vec<SetId> {
    let attrs = messages.iter().flat_map(|message| message.attrs(family));
    closure(
        attrs.flat_map(|attr| inside(attr, family)).collect(),
        family,
    )
}

fn closure(mut found: Vec<SetId>, family: &Family) -> Vec<SetId> {
    let mut next = 0;
    while next < found.len() {
        let set = found[next];
        next += 1;
        if found[..next - 1].contains(&set) {
            continue;
        }
        found.extend(
            family[set]
                .attrs
                .iter()
                .flat_map(|attr| inside(attr, family)),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn reaches(set: SetId, family: &Family) -> bool {
    let first = family[set]
        .attrs
        .iter()
        .flat_map(|attr| inside(attr, family))
        .collect();
    closure(first, family).contains(&set)
}
