// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages of any family as JSON, and JSON as messages, by the family's spec.
//!
//! | in the spec | as JSON |
//! |---|---|
//! | numbers | a number; with an enum the entry's name; with flags a list of names, and of one number for the bits without a name; with a hint the hint's text. Numbers are accepted wherever names are, and strings of decimal or `0x` digits wherever numbers are. |
//! | `flag` | `true`; `false` and `null` leave it out |
//! | `string` | a string; `{"$hex": "…"}` where the bytes are not UTF-8 |
//! | `binary` | hexadecimal digits, or the hint's text; a struct is an object, an array of numbers a list |
//! | `bitfield32` | `{"value": …, "selector": …}` |
//! | `nest`, `sub-message` | an object; the members of a fixed header are in it too, or in an object `"$header"` where an attribute has the name |
//! | `indexed-array` | a list; of nests each is `{"INDEX": {…}}` |
//! | `nest-type-value` | an object with the numbers of the levels beside the attributes |
//! | `multi-attr` | a list |
//! | unknown numbers | `"UnknownAttr(NUMBER)"`: hexadecimal digits, or an object where the sender marked a nest |
//!
//! Whatever does not decode by its spec is `{"$hex": "…"}`, and a [`Note`] tells why: one odd
//! attribute does not hide the others. Each such form is accepted back, so that what was decoded
//! can be sent.

mod decode;
mod encode;
mod expected;
mod hint;
mod number;
mod payload;
mod repeated;
mod scope;
mod spans;
mod structs;
#[cfg(test)]
mod tests;
mod variables;

pub use decode::{Decoded, Note};
pub use encode::{EncodeError, Encoded};
pub use spans::Spans;

use genlkit_spec::model::{Attr, Family, Kind, Member, MemberType, SetId, StructId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How deep nests are followed. The kernel itself stops at 16 where it lets families nest freely.
const MAX_DEPTH: usize = 32;

/// The key of bytes that have no other form.
const HEX: &str = "$hex";

/// The key of the members of a fixed header that cannot have their plain names.
const HEADER: &str = "$header";

/// A family's spec, made ready to decode and to encode.
#[derive(Debug)]
pub struct Codec {
    family: Family,
    /// By set, made where they are first asked for.
    numbers: Vec<OnceLock<Numbers>>,
    /// What [`twins`](Self::twins) found.
    twins: Mutex<Twins>,
}

/// A set's numbers in their order, and where the attribute is described, which for a subset can be
/// the set that it is a part of.
type Numbers = Vec<(u16, SetId, usize)>;

/// By fixed header and set: indexes of members.
type Twins = HashMap<(StructId, SetId), Arc<[usize]>>;

impl Codec {
    /// Makes a family's spec ready.
    #[must_use]
    pub fn new(family: Family) -> Self {
        Self {
            numbers: (0..family.sets.len()).map(|_| OnceLock::new()).collect(),
            family,
            twins: Mutex::default(),
        }
    }

    /// The family's spec.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    pub(super) fn by_number(&self, set: SetId, number: u16) -> Option<&Attr> {
        let numbers = self.numbers.get(set.0)?;
        let numbers = numbers.get_or_init(|| numbers_of(&self.family, set));
        let index = numbers
            .binary_search_by_key(&number, |entry| entry.0)
            .ok()?;
        let (_, set, index) = numbers.get(index)?;
        self.family[*set].attrs.get(*index)
    }

    fn by_name(&self, set: SetId, name: &str) -> Option<&Attr> {
        let here = &self.family[set];
        here.attr(name)
            .or_else(|| self.family[here.subset_of?].attr(name))
    }

    /// The members of a fixed header that have the name of an attribute after it.
    fn twins(&self, header: StructId, set: Option<SetId>) -> Arc<[usize]> {
        let Some(set) = set else {
            return Arc::default();
        };
        let find = || {
            let members = self.family[header].members.iter().enumerate();
            let twins = members
                .filter(|(_, member)| self.by_name(set, &member.name).is_some_and(Attr::is_data));
            twins.map(|(index, _)| index).collect()
        };
        // A panic while it was locked left nothing half done.
        let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(twins.entry((header, set)).or_insert_with(find))
    }

    /// Whether the JSON of the attribute and of the member of that name cannot be told apart.
    fn is_ambiguous(&self, set: SetId, member: &Member) -> bool {
        let attr = self.by_name(set, &member.name);
        let is_object = attr.is_some_and(|attr| matches!(attr.kind, Kind::Nest(_)));
        !is_object || matches!(member.kind, MemberType::Struct(_))
    }
}

fn numbers_of(family: &Family, set: SetId) -> Numbers {
    // A subset's own entries come first and win: they can say more than the set's.
    let mut numbers: Numbers = [set]
        .into_iter()
        .chain(family[set].subset_of)
        .flat_map(|set| {
            let attrs = family[set].attrs.iter().enumerate();
            attrs.map(move |(index, attr)| (attr.number, set, index))
        })
        .collect();
    numbers.sort_by_key(|entry| entry.0);
    numbers.dedup_by_key(|entry| entry.0);
    numbers
}

/// The key of an attribute that the spec has no name for.
fn unknown_key(number: u16) -> String {
    format!("UnknownAttr({number})")
}

/// The number in a key that [`unknown_key`] made.
fn unknown_number(key: &str) -> Option<u16> {
    let number: u16 = key
        .strip_prefix("UnknownAttr(")?
        .strip_suffix(')')?
        .parse()
        .ok()?;
    (number < 1 << 14).then_some(number)
}
