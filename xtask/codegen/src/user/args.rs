// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command line arguments: a clap struct for each request, and the request that they say.

use super::names::{args_type, nest_args_type, nest_name, request_type};
use super::request::{attr_doc, request_attrs};
use super::text::Text;
use super::{data, is_sent_borrowed};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, Checks, Element, Kind, Limit, Scalar};
use genlkit_spec::names::snake;
use std::collections::BTreeMap;

/// The arguments of all requests, and of the nests in them.
pub(super) fn emit(family: &Family, library: &str, text: &mut Text) {
    let mut nests = BTreeMap::new();
    for op in family.ops.iter().filter(|op| !op.is_async()) {
        for (mode, message) in op.modes() {
            let attrs = request_attrs(family, message);
            if !attrs.iter().any(|attr| is_shown(family, attr)) {
                continue;
            }
            let of = if mode == "dump" { "the dump of " } else { "" };
            let args = Args {
                name: args_type(op, mode),
                doc: format!("The arguments of {of}`{}`.", op.name),
                of: request_type(op, mode),
                prefix: String::new(),
                attrs,
            };
            collect(family, &args, &mut nests);
            args.emit(family, library, text);
        }
    }
    for args in nests.values() {
        args.emit(family, library, text);
    }
}

/// The arguments of a request, or of a nest.
struct Args<'f> {
    /// The type's name.
    name: String,
    doc: String,
    /// The type that they say a value of.
    of: String,
    /// What the arguments' names begin with: a nest's are told from others by its name.
    prefix: String,
    attrs: Vec<&'f Attr>,
}

/// Notes the arguments of the nests inside, each once.
fn collect<'f>(family: &'f Family, args: &Args<'f>, nests: &mut BTreeMap<String, Args<'f>>) {
    for attr in args.attrs.iter().filter(|attr| is_shown(family, attr)) {
        let Kind::Nest(set) = attr.kind else { continue };
        let path = format!("{}{}", args.prefix, attr.name);
        let inner = Args {
            name: nest_args_type(&path, &attr.name, &family[set]),
            doc: format!("The arguments of nest `{}`.", attr.name),
            of: nest_name(&family[set]),
            prefix: format!("{path}-"),
            attrs: data(&family[set]),
        };
        collect(family, &inner, nests);
        nests.insert(inner.name.clone(), inner);
    }
}

impl Args<'_> {
    fn emit(&self, family: &Family, library: &str, text: &mut Text) {
        let Self {
            name, of, prefix, ..
        } = self;
        text.doc(0, &self.doc);
        text.line("#[cfg(feature = \"clap\")]");
        text.line("#[derive(Clone, Debug, Default, clap::Args)]");
        text.line(&format!("pub struct {name} {{"));
        let shown = || self.attrs.iter().filter(|attr| is_shown(family, attr));
        for attr in shown() {
            argument(family, attr, prefix, library, text);
        }
        let mut fields: Vec<String> = shown().map(|attr| field(attr, library)).collect();
        if fields.len() < self.attrs.len() {
            fields.push("..Default::default()".to_owned());
        }
        let (method, doc) = match prefix.is_empty() {
            true => ("request", "The request that they say."),
            false => ("nest", "The nest that they say."),
        };
        let borrows = self.attrs.iter().any(|attr| is_sent_borrowed(family, attr));
        let lifetime = if borrows { "<'_>" } else { "" };
        text.line(&format!(
            "}}

            #[cfg(feature = \"clap\")]
            impl {name} {{
                /// {doc}
                pub fn {method}(&self) -> {of}{lifetime} {{
                    {of} {{ {} }}
                }}
            }}\n",
            fields.join(", "),
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
        // In another byte order the values would have to be kept twice.
        Kind::ScalarArray(_) => !attr.multi && attr.byte_order.is_none(),
        Kind::IndexedArray(Element::Scalar(_)) => !attr.multi,
        Kind::Scalar(_) => true,
        Kind::Flag | Kind::String | Kind::Binary | Kind::Bitfield32 => !attr.multi,
        _ => false,
    }
}

/// The field of an argument, or of a nest's arguments.
fn argument(family: &Family, attr: &Attr, prefix: &str, library: &str, text: &mut Text) {
    let field = snake(&attr.name);
    let path = format!("{prefix}{}", attr.name);
    text.doc(4, &attr_doc(attr));
    if let Kind::Nest(set) = attr.kind {
        let of = nest_args_type(&path, &attr.name, &family[set]);
        text.line(&format!("#[command(flatten)]\npub {field}: {of},"));
        return;
    }
    let name = match prefix {
        "" => "long".to_owned(),
        _ => format!("id = {path:?}, long"),
    };
    if attr.kind == Kind::Flag {
        text.line(&format!("#[arg({name})]\npub {field}: bool,"));
        return;
    }
    let (parser, of, more) = parser(family, attr, library);
    let several = match attr.multi || is_list(attr) {
        true => "Vec",
        false => "Option",
    };
    text.line(&format!("#[arg({name}, {more}value_parser = {parser})]"));
    text.line(&format!("pub {field}: {several}<{of}>,"));
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

/// The field of a request or a nest, taken from the arguments.
fn field(attr: &Attr, library: &str) -> String {
    let field = snake(&attr.name);
    let from = format!("self.{field}");
    let value = match attr.kind {
        Kind::Nest(_) => format!("{library}::args::nest({from}.nest())"),
        _ if attr.multi => format!("&{from}"),
        Kind::String => format!("{from}.as_ref().map(|value| value.as_str())"),
        Kind::Binary if attr.checks.exact_len.is_some() => {
            format!("{from}.as_ref().and_then(|value| value.as_array())")
        }
        Kind::Binary => format!("{from}.as_ref().map(|value| value.as_bytes())"),
        _ if is_list(attr) => format!("{library}::args::list(&{from})"),
        _ => from,
    };
    format!("{field}: {value}")
}
