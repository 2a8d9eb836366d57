// SPDX-License-Identifier: MIT OR Apache-2.0
//! All policies of a family, and its table of operations.

use super::{Mode, Owner, Policy, PolicyId, Rule, SplitOp, Tables, attr, problem};
use genlkit_spec::model::{Attr, KernelPolicy, Kind, Message, Numbering, OpId, Protocol, SetId};
use genlkit_spec::names::c_lower;
use genlkit_spec::{Family, Problem};

/// Computes the tables of a family.
///
/// # Errors
///
/// Every feature of the spec that has no kernel side here, with its line.
pub fn tables(family: &Family) -> Result<Tables, Vec<Problem>> {
    let mut problems = refused(family);
    let nests = nests(family);
    let nested = |set: SetId| {
        let place = nests.iter().position(|nest| *nest == set);
        PolicyId(place.expect("a nest of a request is a nest that requests use"))
    };
    let mut policies = Vec::new();
    let mut build = |owner, name: String, set: SetId, attrs: &mut dyn Iterator<Item = usize>| {
        let mut rules = Vec::new();
        let mut max = 0;
        for index in attrs {
            let attr = &family[set].attrs[index];
            max = max.max(attr.number);
            match attr::accept(attr, family, &nested) {
                Ok(Some(accept)) => rules.push(Rule {
                    number: attr.number,
                    index,
                    accept,
                }),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        rules.sort_by_key(|rule| rule.number);
        policies.push(Policy {
            c_name: c_name(family, &name),
            name,
            owner,
            set,
            rules,
            max,
        });
        (PolicyId(policies.len() - 1), max)
    };
    for &set in &nests {
        let name = family[set].name.to_string();
        build(
            Owner::Nest(set),
            name,
            set,
            &mut (0..family[set].attrs.len()),
        );
    }
    let mut ops = Vec::new();
    for (index, op) in family.ops.iter().enumerate() {
        let requests = op
            .modes()
            .filter(|(_, mode)| mode.request.is_some())
            .count();
        for (mode_name, spec) in op.modes() {
            let mode = if mode_name == "do" {
                Mode::Do
            } else {
                Mode::Dump
            };
            let request = spec.request.as_ref();
            let policy = request.and_then(|request| Some((request, request.set?)));
            let policy = policy.map(|(request, set): (&Message, SetId)| {
                let name = match requests {
                    2 => format!("{}-{mode_name}", op.name),
                    _ => op.name.to_string(),
                };
                let owner = Owner::Request(OpId(index), mode);
                build(owner, name, set, &mut request.attrs.iter().copied())
            });
            ops.push(SplitOp {
                op: OpId(index),
                mode,
                cmd: u8::try_from(op.request_value.unwrap_or(0)).unwrap_or(0),
                dont_validate_strict: op.dont_validate.strict && mode == Mode::Do,
                dont_validate_dump: op.dont_validate.dump && mode == Mode::Dump,
                dont_validate_dump_strict: op.dont_validate.dump_strict && mode == Mode::Dump,
                permission: op.permission,
                policy: policy.map(|(id, _)| id),
                max_attr: policy.map_or(0, |(_, max)| max),
                pre: spec.pre.clone(),
                post: spec.post.clone(),
            });
        }
    }
    ops.sort_by_key(|op| (op.cmd, op.mode));
    if problems.is_empty() {
        Ok(Tables { policies, ops })
    } else {
        problems.sort_by_key(|problem| problem.position);
        problems.dedup();
        Err(problems)
    }
}

fn c_name(family: &Family, name: &str) -> String {
    let ident = c_lower(&family.name);
    let name = c_lower(name);
    if name == ident {
        format!("{ident}_nl_policy")
    } else {
        format!("{ident}_{name}_nl_policy")
    }
}

/// The sets that requests nest, each after those that it nests itself where that can be.
fn nests(family: &Family) -> Vec<SetId> {
    fn visit<'f>(
        attrs: impl Iterator<Item = &'f Attr>,
        family: &'f Family,
        seen: &mut Vec<SetId>,
        order: &mut Vec<SetId>,
    ) {
        // The nests of a nest-type-value have no policy: see `attr::accept`.
        let attrs = attrs.filter(|attr| !matches!(attr.kind, Kind::NestTypeValue { .. }));
        for set in attrs.filter_map(Attr::nested_set) {
            if !seen.contains(&set) {
                seen.push(set);
                visit(family[set].attrs.iter(), family, seen, order);
                order.push(set);
            }
        }
    }
    let (mut seen, mut order) = (Vec::new(), Vec::new());
    let modes = family.ops.iter().flat_map(|op| op.modes());
    for request in modes.filter_map(|(_, mode)| mode.request.as_ref()) {
        visit(request.attrs(family), family, &mut seen, &mut order);
    }
    order
}

/// What no kernel side here can do.
fn refused(family: &Family) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |line: u32, what: String| problems.push(problem(family, line, what));
    if let Protocol::Raw(_) = family.protocol {
        refuse(
            1,
            "a netlink-raw family is part of the kernel: there is nothing to make".to_owned(),
        );
    }
    if family.kernel_policy != KernelPolicy::Split {
        refuse(1, "`kernel-policy` is made for `split` alone".to_owned());
    }
    if family.numbering != Numbering::Unified {
        refuse(1, "`enum-model` is made for `unified` alone".to_owned());
    }
    for op in &family.ops {
        if op.fixed_header.is_some() {
            refuse(
                op.line,
                format!("`{}` has a fixed header, which has no kernel side", op.name),
            );
        }
        // The kernel's generator fails on it: the policy would have no highest attribute.
        let mut requests = op.modes().filter_map(|(_, mode)| mode.request.as_ref());
        if requests.any(|request| request.attrs.is_empty()) {
            let what = "a request of no attributes is written without `request`: `do: {}`";
            refuse(op.line, format!("`{}`: {what}", op.name));
        }
    }
    problems
}
