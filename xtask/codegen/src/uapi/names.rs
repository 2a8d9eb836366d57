// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds names that C would have twice: all of a header's names share one space.

use crate::policy::problem;
use genlkit_spec::model::{Definition, EnumKind, Scope};
use genlkit_spec::{Family, Problem};
use std::collections::HashMap;

/// Every name that is made twice, at the second one's line.
pub(super) fn collisions(family: &Family) -> Vec<Problem> {
    let mut seen: HashMap<&str, String> = HashMap::new();
    let mut problems = Vec::new();
    for name in names(family) {
        let Name { c_name, line, what } = name;
        match seen.get(c_name) {
            None => {
                seen.insert(c_name, what);
            }
            Some(before) => {
                let message = format!("{what} and {before} are both `{c_name}` in C: rename one");
                problems.push(problem(family, line, message));
            }
        }
    }
    problems
}

struct Name<'f> {
    c_name: &'f str,
    line: u32,
    what: String,
}

fn names(family: &Family) -> Vec<Name<'_>> {
    let mut names = vec![
        Name {
            c_name: &family.c_family_name,
            line: 1,
            what: "the family's name".to_owned(),
        },
        Name {
            c_name: &family.c_version_name,
            line: 1,
            what: "the family's version".to_owned(),
        },
    ];
    // What counts comes first, so that the problem is at the name that the spec chose.
    let ops = &family.op_names;
    let line = family.ops.first().map_or(1, |op| op.line);
    for c_name in [&ops.c_max, &ops.c_count] {
        names.push(Name {
            c_name,
            line,
            what: "the count of commands".to_owned(),
        });
    }
    for (_, set) in family.root_sets().filter(|(_, set)| set.header.is_none()) {
        for c_name in [&set.c_max, &set.c_count] {
            let what = format!("the count of attribute set `{}`", set.name);
            names.push(Name {
                c_name,
                line: set.line,
                what,
            });
        }
        for attr in &set.attrs {
            let what = format!("attribute `{}` of `{}`", attr.name, set.name);
            names.push(Name {
                c_name: &attr.c_name,
                line: attr.line,
                what,
            });
        }
    }
    for op in &family.ops {
        let what = format!("operation `{}`", op.name);
        names.push(Name {
            c_name: &op.c_name,
            line: op.line,
            what,
        });
    }
    for group in &family.groups {
        let what = format!("group `{}`", group.name);
        names.push(Name {
            c_name: &group.c_name,
            line: group.line,
            what,
        });
    }
    definitions(family, &mut names);
    names
}

fn definitions<'f>(family: &'f Family, names: &mut Vec<Name<'f>>) {
    for definition in &family.definitions {
        match *definition {
            Definition::Const(id) if family[id].header.is_none() => {
                let constant = &family[id];
                let what = format!("constant `{}`", constant.name);
                names.push(Name {
                    c_name: &constant.c_name,
                    line: constant.line,
                    what,
                });
            }
            Definition::Enum(id) if family[id].header.is_none() => {
                let e = &family[id];
                if e.scope == Scope::Uapi && e.render_max {
                    let what = format!("the last of `{}`", e.name);
                    names.push(Name {
                        c_name: &e.c_max,
                        line: e.line,
                        what: what.clone(),
                    });
                    if e.kind == EnumKind::Enum {
                        names.push(Name {
                            c_name: &e.c_count,
                            line: e.line,
                            what,
                        });
                    }
                }
                for entry in &e.entries {
                    let what = format!("entry `{}` of `{}`", entry.name, e.name);
                    names.push(Name {
                        c_name: &entry.c_name,
                        line: entry.line,
                        what,
                    });
                }
            }
            Definition::Const(_) | Definition::Enum(_) | Definition::Struct(_) => {}
        }
    }
}
