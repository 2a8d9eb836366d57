// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command line arguments: a clap struct for each request, and the request that they say.

use super::message::{request_attrs, request_borrows};
use super::text::Text;
use super::{request_type, value};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, Kind, Operation};
use genlkit_spec::names::{camel, snake};

pub(super) fn emit(family: &Family, op: &Operation, text: &mut Text) {
    for (mode, message) in op.modes() {
        // Bits with a mask have no form on a command line that people would know.
        let attrs = request_attrs(family, message);
        let shown: Vec<&Attr> = attrs
            .iter()
            .copied()
            .filter(|attr| attr.kind != Kind::Bitfield32)
            .collect();
        if shown.is_empty() {
            continue;
        }
        let of = if mode == "dump" { "the dump of " } else { "" };
        let (name, request) = (args_type(op, mode), request_type(op, mode));
        text.doc(0, &format!("The arguments of {of}`{}`.", op.name));
        text.line("#[cfg(feature = \"clap\")]");
        text.line("#[derive(Clone, Debug, Default, clap::Args)]");
        text.line(&format!("pub struct {name} {{"));
        for attr in &shown {
            argument(family, attr, text);
        }
        let lifetime = if request_borrows(&attrs) { "<'_>" } else { "" };
        let fields: Vec<_> = shown.iter().map(|attr| field(attr)).collect();
        let rest = if shown.len() == attrs.len() {
            ""
        } else {
            ", ..Default::default()"
        };
        text.line(&format!(
            "}}

            #[cfg(feature = \"clap\")]
            impl {name} {{
                /// The request that they say.
                pub fn request(&self) -> {request}{lifetime} {{
                    {request} {{ {}{rest} }}
                }}
            }}\n",
            fields.join(", "),
        ));
    }
}

fn args_type(op: &Operation, mode: &str) -> String {
    match mode {
        "dump" => format!("{}DumpArgs", camel(&op.name)),
        _ => format!("{}Args", camel(&op.name)),
    }
}

fn argument(family: &Family, attr: &Attr, text: &mut Text) {
    text.doc(4, &attr.doc);
    let max = attr
        .checks
        .max_len
        .or(attr.checks.exact_len)
        .map_or(65_531, |len| len.bytes);
    let (parser, of) = match (&attr.kind, attr.enumeration) {
        (Kind::Flag, _) => {
            text.line(&format!("#[arg(long)]\npub {}: bool,", snake(&attr.name)));
            return;
        }
        (_, Some(names)) => {
            let of = value::type_of(family, attr, "");
            let parser = if names.is_bits(family) {
                "flags"
            } else {
                "one_of"
            };
            (format!("crate::args::{parser}::<{of}>()"), of)
        }
        (Kind::Scalar(scalar), None) => {
            let of = scalar.rust_type();
            let bound = |limit: Option<genlkit_spec::model::Limit>| {
                limit.map_or(String::new(), |limit| limit.value.to_string())
            };
            let (min, max) = (bound(attr.checks.min), bound(attr.checks.max));
            let range = match (min.as_str(), max.as_str()) {
                ("", "") => String::new(),
                (min, "") => format!(".range({min}..)"),
                (min, max) => format!(".range({min}..={max})"),
            };
            (format!("clap::value_parser!({of}){range}"), of.to_owned())
        }
        _ => (
            format!("crate::args::bytes(..={max})"),
            "crate::args::OwnedBytes".to_owned(),
        ),
    };
    text.line(&format!("#[arg(long, value_parser = {parser})]"));
    text.line(&format!("pub {}: Option<{of}>,", snake(&attr.name)));
}

fn field(attr: &Attr) -> String {
    let field = snake(&attr.name);
    match attr.kind {
        Kind::String => format!("{field}: self.{field}.as_ref().map(|value| value.as_str())"),
        Kind::Binary => format!("{field}: self.{field}.as_ref().map(|value| value.as_bytes())"),
        _ => format!("{field}: self.{field}"),
    }
}
