// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command line arguments: a clap struct for each request, and the request that they say.

use super::is_sent_borrowed;
use super::names::{args_type, nest_name, request_type};
use super::request::{attr_doc, request_attrs};
use super::text::Text;
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, Checks, Element, Kind, Limit, Operation, Scalar, SetId};
use genlkit_spec::names::snake;

pub(super) fn emit(family: &Family, op: &Operation, library: &str, text: &mut Text) {
    for (mode, message) in op.modes() {
        let attrs = request_attrs(family, message);
        if !attrs.iter().any(|attr| is_shown(family, attr)) {
            continue;
        }
        let of = if mode == "dump" { "the dump of " } else { "" };
        let (name, request) = (args_type(op, mode), request_type(op, mode));
        text.doc(0, &format!("The arguments of {of}`{}`.", op.name));
        text.line("#[cfg(feature = \"clap\")]");
        text.line("#[derive(Clone, Debug, Default, clap::Args)]");
        text.line(&format!("pub struct {name} {{"));
        arguments(family, &attrs, "", library, text);
        let borrows = attrs.iter().any(|attr| is_sent_borrowed(family, attr));
        let lifetime = if borrows { "<'_>" } else { "" };
        text.line(&format!(
            "}}

            #[cfg(feature = \"clap\")]
            impl {name} {{
                /// The request that they say.
                pub fn request(&self) -> {request}{lifetime} {{
                    {request} {{ {} }}
                }}
            }}\n",
            fields(family, &attrs, "", library),
        ));
    }
}

/// Whether an attribute has a form on a command line: of nests, those that are there once.
fn is_shown(family: &Family, attr: &Attr) -> bool {
    match attr.kind {
        Kind::Nest(set) => {
            !attr.multi && !family[set].recursive && {
                let mut attrs = family[set].attrs.iter();
                attrs.any(|attr| is_shown(family, attr))
            }
        }
        Kind::IndexedArray(Element::Scalar(_)) | Kind::ScalarArray(_) => !attr.multi,
        Kind::Scalar(_) => true,
        Kind::Flag | Kind::String | Kind::Binary | Kind::Bitfield32 => !attr.multi,
        _ => false,
    }
}

fn nested(family: &Family, set: SetId) -> Vec<&Attr> {
    let attrs = family[set].attrs.iter();
    attrs.filter(|attr| attr.is_data()).collect()
}

/// The fields of the struct; those of nests stand among the others, with the nest's name first.
fn arguments(family: &Family, attrs: &[&Attr], prefix: &str, library: &str, text: &mut Text) {
    for attr in attrs.iter().filter(|attr| is_shown(family, attr)) {
        let name = format!("{prefix}{}", attr.name);
        if let Kind::Nest(set) = attr.kind {
            let prefix = format!("{name}-");
            arguments(family, &nested(family, set), &prefix, library, text);
            continue;
        }
        text.doc(4, &attr_doc(attr));
        let field = snake(&name);
        if attr.kind == Kind::Flag {
            text.line(&format!("#[arg(long)]\npub {field}: bool,"));
            continue;
        }
        let (parser, of, more) = parser(family, attr, library);
        let several = match attr.multi || !matches!(attr.kind, Kind::Scalar(_)) && is_list(attr) {
            true => "Vec",
            false => "Option",
        };
        text.line(&format!("#[arg(long, {more}value_parser = {parser})]"));
        text.line(&format!("pub {field}: {several}<{of}>,"));
    }
}

/// Whether the attribute holds several values itself.
fn is_list(attr: &Attr) -> bool {
    matches!(attr.kind, Kind::IndexedArray(_) | Kind::ScalarArray(_))
}

/// What parses a value, its type, and what else the argument needs.
fn parser(family: &Family, attr: &Attr, library: &str) -> (String, String, &'static str) {
    match (&attr.kind, attr.enumeration) {
        (Kind::Scalar(_) | Kind::IndexedArray(_), Some(names)) => {
            let of = super::names::named_type(family, names);
            let parser = if names.is_bits(family) {
                "flags"
            } else {
                "one_of"
            };
            (format!("{library}::args::{parser}::<{of}>()"), of, "")
        }
        (
            Kind::Scalar(scalar)
            | Kind::IndexedArray(Element::Scalar(scalar))
            | Kind::ScalarArray(scalar),
            _,
        ) => {
            let of = scalar.rust_type();
            let negative = match scalar.is_signed() {
                true => "allow_negative_numbers = true, ",
                false => "",
            };
            let range = range(*scalar, &attr.checks);
            (
                format!("clap::value_parser!({of}){range}"),
                of.to_owned(),
                negative,
            )
        }
        (Kind::Bitfield32, _) => (
            format!("{library}::args::bitfield32()"),
            "Bitfield32".to_owned(),
            "",
        ),
        _ => {
            // A string's exact length has its NUL in it.
            let nul = u32::from(attr.kind == Kind::String);
            let lengths = match (attr.checks.exact_len, attr.checks.max_len) {
                (Some(len), _) => format!("{0}..={0}", len.bytes.saturating_sub(nul)),
                (None, Some(len)) => format!("..={}", len.bytes),
                (None, None) => "..=65_531".to_owned(),
            };
            (
                format!("{library}::args::bytes({lengths})"),
                format!("{library}::args::OwnedBytes"),
                "",
            )
        }
    }
}

/// The range of a number, where the spec limits it.
fn range(scalar: Scalar, checks: &Checks) -> String {
    let bound = |limit: Option<Limit>| limit.map_or(String::new(), |limit| limit.value.to_string());
    let (min, max) = (bound(checks.min), bound(checks.max));
    match (min.as_str(), max.as_str()) {
        ("", "") => String::new(),
        (min, "") => format!(".range({min}..)"),
        (min, max) if scalar.size() == 8 || !min.starts_with('-') => {
            format!(".range({min}..={max})")
        }
        (min, max) => format!(".range(({min})..={max})"),
    }
}

/// The fields of a request or a nest, taken from the arguments.
fn fields(family: &Family, attrs: &[&Attr], prefix: &str, library: &str) -> String {
    let shown = attrs.iter().filter(|attr| is_shown(family, attr));
    let mut fields: Vec<String> = shown
        .map(|attr| field(family, attr, &format!("{prefix}{}", attr.name), library))
        .collect();
    if fields.len() < attrs.len() {
        fields.push("..Default::default()".to_owned());
    }
    fields.join(", ")
}

fn field(family: &Family, attr: &Attr, argument: &str, library: &str) -> String {
    let (field, argument_field) = (snake(&attr.name), snake(argument));
    let from = format!("self.{argument_field}");
    let value = match attr.kind {
        Kind::Nest(set) => {
            let name = nest_name(&family[set]);
            let inner = fields(
                family,
                &nested(family, set),
                &format!("{argument}-"),
                library,
            );
            format!("{library}::args::nest({name} {{ {inner} }})")
        }
        _ if attr.multi => format!("&{from}"),
        Kind::String => format!("{from}.as_ref().map(|value| value.as_str())"),
        Kind::Binary => format!("{from}.as_ref().map(|value| value.as_bytes())"),
        _ if is_list(attr) => format!("{library}::args::list(&{from})"),
        _ => from,
    };
    format!("{field}: {value}")
}
