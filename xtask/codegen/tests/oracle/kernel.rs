// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our policies, table of operations and groups equal those of the kernel's generator.

use crate::theirs::Theirs;
use crate::{difference, for_each_spec};
use genlkit_codegen::policy::{self, Accept, Bound, Bytes, Mode, Policy, SplitOp, Tables, Values};
use genlkit_spec::Family;
use genlkit_spec::model::{Length, Permission, Protocol, Scalar};
use genlkit_spec::names::c_upper;

#[test]
fn policies_and_tables_equal_those_of_the_kernel_generator() {
    // Legacy families have habits that we refuse: those are compared that have none.
    let wanted =
        |family: &Family| family.protocol == Protocol::Genetlink || policy::tables(family).is_ok();
    for_each_spec(12, wanted, |family, generator| {
        let tables = policy::tables(family).map_err(|problems| format!("{problems:#?}"))?;
        let header = generator.run(family, &["--mode", "uapi", "--header"])
            + &generator.run(family, &["--mode", "kernel", "--header"]);
        let source = generator.run(family, &["--mode", "kernel", "--source"]);
        let theirs = Theirs::read(&header, &source);
        let mut ours: Vec<String> = tables
            .policies
            .iter()
            .map(|policy| policy_line(policy, family, &tables))
            .collect();
        ours.extend(tables.ops.iter().map(|op| op_line(op, family, &tables)));
        ours.extend(
            family
                .groups
                .iter()
                .map(|group| format!("group {}", group.name)),
        );
        let sock_priv = &family.kernel_family.sock_priv;
        ours.extend(sock_priv.iter().map(|kind| format!("sock-priv {kind}")));
        assert!(!ours.is_empty(), "{}: {ours:?}", family.file);
        let theirs = theirs.lines();
        difference(&ours, &theirs)?;
        // The core searches the table by its order, and a group's number is its place.
        for kind in ["op ", "group "] {
            let [ours, theirs] = [&ours, &theirs].map(|lines| -> Vec<&String> {
                lines.iter().filter(|line| line.starts_with(kind)).collect()
            });
            if ours != theirs {
                return Err(format!("in another order:\n{ours:#?}\n{theirs:#?}"));
            }
        }
        Ok(())
    });
}

/// One policy of ours, in the words that [`Theirs`] uses.
fn policy_line(policy: &Policy, family: &Family, tables: &Tables) -> String {
    let rules: Vec<String> = policy
        .rules
        .iter()
        .map(|rule| format!("{}: {}", rule.number, accept(&rule.accept, family, tables)))
        .collect();
    format!(
        "{}[{}] {{ {} }}",
        policy.c_name,
        policy.max + 1,
        rules.join("; ")
    )
}

fn accept(accept: &Accept, family: &Family, tables: &Tables) -> String {
    let bound = |bound: &Bound| match bound.header {
        Some(id) => family[id].c_name.clone(),
        None => bound.value.to_string(),
    };
    let length = |length: &Length| match length.constant.map(|id| &family[id]) {
        Some(constant) if constant.header.is_some() => constant.c_name.clone(),
        _ => length.bytes.to_string(),
    };
    let max_len = |len: &Option<Length>| {
        len.as_ref()
            .map_or(String::new(), |l| format!(" len {}", length(l)))
    };
    match accept {
        Accept::Number {
            scalar,
            big_endian,
            values,
        } => {
            let kind = match (big_endian, scalar) {
                (true, Scalar::U16) => "BE16".to_owned(),
                (true, _) => "BE32".to_owned(),
                (false, scalar) => c_upper(scalar.name()),
            };
            let values = match values {
                Values::Any => String::new(),
                Values::Mask(mask) => format!(" MASK {mask}"),
                Values::Min(min) => format!(" MIN {}", bound(min)),
                Values::Max(max) => format!(" MAX {}", bound(max)),
                Values::Range(min, max) => format!(" RANGE {} {}", bound(min), bound(max)),
                Values::FullRange(min, max) => format!(" FULL_RANGE {} {}", bound(min), bound(max)),
                Values::OneOf(id) => {
                    let mut values: Vec<i64> =
                        family[*id].entries.iter().map(|e| e.value).collect();
                    values.sort_unstable();
                    format!(" VALIDATE_FN {values:?}")
                }
            };
            format!("{kind}{values}")
        }
        Accept::Flag => "FLAG".to_owned(),
        Accept::NulString(len) => format!("NUL_STRING{}", max_len(len)),
        Accept::String(len) => format!("STRING{}", max_len(len)),
        Accept::Binary(Bytes::Any) => "BINARY".to_owned(),
        Accept::Binary(Bytes::Exact(len)) => format!("EXACT_LEN {}", length(len)),
        Accept::Binary(Bytes::Min(len)) => format!("MIN_LEN {}", length(len)),
        Accept::Binary(Bytes::Max(len)) => format!("MAX_LEN {}", length(len)),
        Accept::Binary(Bytes::Range(min, max)) => format!("BINARY {} {}", length(min), length(max)),
        Accept::Bitfield32(mask) => format!("BITFIELD32 {mask}"),
        Accept::Nested(Some(id)) => format!("NESTED {}", tables.policies[id.0].c_name),
        Accept::NestedArray(id) => format!("NESTED_ARRAY {}", tables.policies[id.0].c_name),
        Accept::Nested(None) => "NESTED".to_owned(),
    }
}

/// One entry of our table of operations, in the words that [`Theirs`] uses.
fn op_line(op: &SplitOp, family: &Family, tables: &Tables) -> String {
    let spec = &family[op.op];
    let mut flags = vec![if op.mode == Mode::Do {
        "GENL_CMD_CAP_DO"
    } else {
        "GENL_CMD_CAP_DUMP"
    }];
    flags.extend(match op.permission {
        Some(Permission::Admin) => Some("GENL_ADMIN_PERM"),
        Some(Permission::UnsAdmin) => Some("GENL_UNS_ADMIN_PERM"),
        None => None,
    });
    flags.sort_unstable();
    let validate = [
        (op.dont_validate_strict, "GENL_DONT_VALIDATE_STRICT"),
        (op.dont_validate_dump, "GENL_DONT_VALIDATE_DUMP"),
        (
            op.dont_validate_dump_strict,
            "GENL_DONT_VALIDATE_DUMP_STRICT",
        ),
    ];
    let mut validate: Vec<&str> = validate
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, f)| f)
        .collect();
    validate.sort_unstable();
    let policy = op.policy.map_or("-", |id| &tables.policies[id.0].c_name);
    let text = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), c_lower_name);
    format!(
        "op {} {} policy {policy} maxattr {} flags {flags:?} validate {validate:?} pre {} post {} if {}",
        op.cmd,
        op.mode.name(),
        op.max_attr,
        text(&op.pre),
        text(&op.post),
        spec.config_cond.as_deref().unwrap_or("-"),
    )
}

fn c_lower_name(name: &str) -> String {
    genlkit_spec::names::c_lower(name)
}
