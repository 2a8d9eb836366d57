// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits that only a C header knows: a header of our own reads them, bindgen reads that.
//!
//! The value that the spec has for such a constant says no more than which form of policy entry is
//! wanted; the layer's const functions refuse, at compile time, a value that does not fit it.

use super::Context;
use super::text::{Text, or};
use crate::policy::{Accept, Bound, Bytes, Rule, Tables, Values};
use genlkit_spec::Family;
use genlkit_spec::model::{ConstId, Length};
use genlkit_spec::names::{c_lower, c_upper, screaming};
use std::collections::BTreeSet;

/// The constants of C headers that policies need.
fn used(family: &Family, tables: &Tables) -> BTreeSet<ConstId> {
    let rules = tables.policies.iter().flat_map(|policy| &policy.rules);
    rules.flat_map(|rule| of_rule(family, rule)).collect()
}

fn of_rule(family: &Family, rule: &Rule) -> Vec<ConstId> {
    let bound = |bound: &Bound| bound.header;
    let length = |len: &Length| {
        len.constant
            .filter(|constant| family[*constant].header.is_some())
    };
    match &rule.accept {
        Accept::Number { values, .. } => match values {
            Values::Min(one) | Values::Max(one) => bound(one).into_iter().collect(),
            Values::Range(min, max) | Values::FullRange(min, max) => {
                [min, max].into_iter().filter_map(bound).collect()
            }
            Values::Any | Values::Mask(_) | Values::OneOf(_) => Vec::new(),
        },
        Accept::NulString(len) | Accept::String(len) => len.iter().filter_map(length).collect(),
        Accept::Binary(bytes) => match bytes {
            Bytes::Any => Vec::new(),
            Bytes::Exact(len) | Bytes::Min(len) | Bytes::Max(len) => {
                length(len).into_iter().collect()
            }
            Bytes::Range(min, max) => [min, max].into_iter().filter_map(length).collect(),
        },
        _ => Vec::new(),
    }
}

/// The C header that bindgen reads a family's limits from, without its first comment (licence and
/// origin), if C headers know any: `FAMILY_limits.h`, beside the Rust source.
#[must_use]
pub fn header(family: &Family, tables: &Tables) -> Option<String> {
    let used = used(family, tables);
    if used.is_empty() {
        return None;
    }
    let constants = || used.iter().map(|id| &family[*id]);
    let guard = format!("_GENL_{}_LIMITS_H", c_upper(&family.name));
    let headers: BTreeSet<&String> = constants().filter_map(|c| c.header.as_ref()).collect();
    let mut out = format!("#ifndef {guard}\n#define {guard}\n\n#include <linux/types.h>\n");
    for header in headers {
        out += &format!("#include <{header}>\n");
    }
    out.push('\n');
    for constant in constants() {
        let name = &constant.c_name;
        out += &format!("static const s64 GENL_{name} = {name};\n");
    }
    out += "\n#endif\n";
    Some(out)
}

/// The constants as the policies have them.
pub(super) fn emit(context: &Context<'_>, text: &mut Text) {
    let family = context.family;
    let used = used(family, context.tables);
    if used.is_empty() {
        return;
    }
    let file = format!("/generated/{}_limits_generated.rs", c_lower(&family.name));
    text.doc("What bindgen reads from C headers.");
    text.line("mod limits {");
    text.line("#![expect(unreachable_pub, reason = \"generated\")]\n");
    text.line("use kernel::bindings::s64;\n");
    text.line(&format!(
        "include!(concat!(env!(\"GENL_OBJ\"), {file:?}));\n}}\n"
    ));
    for id in used {
        let constant = &family[id];
        let header = constant.header.as_deref().unwrap_or_default();
        let doc = or(&constant.doc, || format!("`{}`", constant.name));
        text.doc(&format!(
            "{}\n\nIts value is that of `{header}`.",
            doc.trim()
        ));
        text.line(&format!(
            "pub const {}: i64 = limits::GENL_{};\n",
            screaming(&constant.name),
            constant.c_name
        ));
    }
}
