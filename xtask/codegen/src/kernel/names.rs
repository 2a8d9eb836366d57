// SPDX-License-Identifier: MIT OR Apache-2.0
//! The names of the Rust types, each of which means one thing.

use crate::policy::{Mode, Owner, PolicyId, Tables, problem};
use genlkit_spec::model::{EnumId, EnumKind, OpId, Scope, SetId};
use genlkit_spec::names::camel;
use genlkit_spec::{Family, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// Names that mean something else in the generated file.
const TAKEN: &[&str] = &[
    "Box",
    "CStr",
    "Deref",
    "Err",
    "Error",
    "Family",
    "Handler",
    "KBox",
    "KVec",
    "Mcgrp",
    "None",
    "Ok",
    "Option",
    "PinInit",
    "Result",
    "Self",
    "Some",
    "String",
    "ThisModule",
    "Vec",
];

/// The names of a family's types.
pub(super) struct Names {
    enums: BTreeMap<EnumId, String>,
    flags: BTreeMap<EnumId, String>,
    builders: BTreeMap<SetId, String>,
    readers: BTreeMap<SetId, String>,
    policies: Vec<String>,
}

impl Names {
    /// Chooses the names; a problem for each that cannot be.
    pub(super) fn new(family: &Family, tables: &Tables) -> Result<Self, Vec<Problem>> {
        let mut taken = Taken::new(family);
        let mut names = Self {
            enums: BTreeMap::new(),
            flags: BTreeMap::new(),
            builders: BTreeMap::new(),
            readers: BTreeMap::new(),
            policies: Vec::new(),
        };
        for (index, op) in family.ops.iter().enumerate() {
            for name in of_op(family, OpId(index)) {
                taken.exactly(name, op.line);
            }
        }
        let as_flags = used_as_flags(family);
        for (index, e) in family.enums.iter().enumerate() {
            if e.scope == Scope::User || e.entries.is_empty() {
                continue;
            }
            let id = EnumId(index);
            if e.kind == EnumKind::Flags {
                let name = taken.choose(&e.name, "Flags", e.line);
                names.flags.insert(id, name);
                continue;
            }
            let name = taken.choose(&e.name, "Enum", e.line);
            names.enums.insert(id, name);
            if as_flags.contains(&id) {
                let name = format!("{}Flags", camel(&e.name));
                taken.exactly(name.clone(), e.line);
                names.flags.insert(id, name);
            }
        }
        for (index, set) in family.sets.iter().enumerate() {
            if set.usage.nested_reply {
                let name = taken.choose(&set.name, "Nest", set.line);
                names.builders.insert(SetId(index), name);
            }
        }
        for policy in &tables.policies {
            let line = family[policy.set].line;
            let name = format!("{}Policy", camel(&policy_of(policy.owner, family)));
            taken.exactly(name.clone(), line);
            names.policies.push(name);
            if let Owner::Nest(set) = policy.owner {
                let name = format!("{}Attrs", camel(&family[set].name));
                taken.exactly(name.clone(), line);
                names.readers.insert(set, name);
            }
        }
        if taken.problems.is_empty() {
            Ok(names)
        } else {
            Err(taken.problems)
        }
    }

    /// The Rust enum of an enum's values.
    pub(super) fn enumeration(&self, id: EnumId) -> Option<&str> {
        self.enums.get(&id).map(String::as_str)
    }

    /// The set of flags: of flags, or of an enum's values as numbers of bits.
    pub(super) fn flags(&self, id: EnumId) -> Option<&str> {
        self.flags.get(&id).map(String::as_str)
    }

    /// What a nest of the set is built with.
    pub(super) fn builder(&self, set: SetId) -> &str {
        &self.builders[&set]
    }

    /// What a nest of the set is read with.
    pub(super) fn reader(&self, set: SetId) -> &str {
        &self.readers[&set]
    }

    /// The sets that are built as nests.
    pub(super) fn builders(&self) -> impl Iterator<Item = (SetId, &str)> {
        self.builders.iter().map(|(set, name)| (*set, &**name))
    }

    pub(super) fn policy(&self, id: PolicyId) -> &str {
        &self.policies[id.0]
    }
}

/// Gives names out.
struct Taken<'f> {
    family: &'f Family,
    names: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl<'f> Taken<'f> {
    fn new(family: &'f Family) -> Self {
        let names = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        Self {
            family,
            names,
            problems: Vec::new(),
        }
    }

    /// Takes a name that has no second choice.
    fn exactly(&mut self, name: String, line: u32) {
        if !self.names.insert(name.clone()) {
            let message = format!("two Rust types would be called `{name}`: rename one");
            self.problems.push(problem(self.family, line, message));
        }
    }

    /// Takes the name, or the name with a word behind it where that means something else.
    fn choose(&mut self, name: &str, word: &str, line: u32) -> String {
        let name = camel(name);
        if self.names.insert(name.clone()) {
            return name;
        }
        let name = name + word;
        self.exactly(name.clone(), line);
        name
    }
}

fn used_as_flags(family: &Family) -> BTreeSet<EnumId> {
    let attrs = family.sets.iter().flat_map(|set| &set.attrs);
    attrs
        .filter_map(|attr| attr.enumeration)
        .filter(|names| names.as_flags)
        .map(|names| names.id)
        .collect()
}

/// The name of a policy in the spec's style.
fn policy_of(owner: Owner, family: &Family) -> String {
    match owner {
        Owner::Nest(set) => family[set].name.to_string(),
        Owner::Request(op, mode) => format!("{}-{}", family[op].name, mode.name()),
    }
}

/// The type that stands for a mode of an operation.
pub(super) fn marker(family: &Family, op: OpId, mode: Mode) -> String {
    camel(&format!("{}-{}", family[op].name, mode.name()))
}

/// The type of a mode's requests.
pub(super) fn request(family: &Family, op: OpId, mode: Mode) -> String {
    let mode = match mode {
        Mode::Do => "",
        Mode::Dump => "-dump",
    };
    camel(&format!("{}{mode}-request", family[op].name))
}

/// The type that a mode's replies are built with; do and dump have one where they hold the same.
pub(super) fn reply(family: &Family, op: OpId, mode: Mode) -> Option<String> {
    let of = |mode| match mode {
        Mode::Do => family[op].r#do.as_ref(),
        Mode::Dump => family[op].dump.as_ref(),
    };
    let reply = of(mode)?.reply.as_ref()?;
    let other = of(Mode::Do).and_then(|mode| mode.reply.as_ref());
    let own = mode == Mode::Dump && other.is_some_and(|other| other.attrs != reply.attrs);
    let mode = if own { "-dump" } else { "" };
    Some(camel(&format!("{}{mode}-reply", family[op].name)))
}

/// All names that an operation takes.
fn of_op(family: &Family, op: OpId) -> BTreeSet<String> {
    let operation = &family[op];
    if operation.is_async() {
        return [camel(&operation.name)].into();
    }
    let mut names = BTreeSet::new();
    for (mode, spec) in [(Mode::Do, &operation.r#do), (Mode::Dump, &operation.dump)] {
        if spec.is_none() {
            continue;
        }
        names.extend([marker(family, op, mode), request(family, op, mode)]);
        names.extend(reply(family, op, mode));
        if mode == Mode::Dump {
            names.insert(entries(family, op));
        }
    }
    names
}

/// The handler's type of what is held during an operation.
pub(super) fn held(family: &Family, op: OpId) -> String {
    camel(&format!("{}-held", family[op].name))
}

/// The type of one part of a dump.
pub(super) fn entries(family: &Family, op: OpId) -> String {
    camel(&format!("{}-entries", family[op].name))
}
