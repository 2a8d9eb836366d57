// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is sent: requests, and the nests in them.

use super::names::{nest_name, request_type, view_type};
use super::text::Text;
use super::{data, is_sent_borrowed, sends_borrowed, value};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, AttrSet, Mode, Operation};
use genlkit_spec::names::{camel, screaming, snake};

/// The types of an operation's requests.
pub(super) fn requests(family: &Family, op: &Operation, text: &mut Text) {
    for (mode, message) in op.modes() {
        request(family, op, mode, message, text);
    }
}

/// The attributes of a request.
pub(super) fn request_attrs<'f>(family: &'f Family, mode: &'f Mode) -> Vec<&'f Attr> {
    let attrs = mode
        .request
        .iter()
        .flat_map(|request| request.attrs(family));
    attrs.filter(|attr| attr.is_data()).collect()
}

fn request(family: &Family, op: &Operation, name: &str, mode: &Mode, text: &mut Text) {
    let attrs = request_attrs(family, mode);
    let of = if name == "dump" { "the dump of " } else { "" };
    let name_of = request_type(op, name);
    let borrows = attrs.iter().any(|attr| is_sent_borrowed(family, attr));
    let doc = format!("A request for {of}`{}`: {}", op.name, op.doc);
    message(family, &name_of, &doc, borrows, &attrs, text);
    let reply = mode.reply.as_ref();
    let view = reply.and_then(|reply| reply.set.filter(|_| !reply.attrs.is_empty()));
    let view = view.map_or("()".to_owned(), |set| view_type(family, &family[set], "'b"));
    let has_reply = match reply {
        Some(_) => "",
        None => "\nconst HAS_REPLY: bool = false;\n",
    };
    let any = if borrows { "<'_>" } else { "" };
    text.line(&format!(
        "impl Request for {name_of}{any} {{
            type Reply<'b> = {view};

            const OP: &'static Op = &{};
            {has_reply}
            {}
        }}

        impl {} for {name_of}{any} {{}}\n",
        screaming(&op.name),
        encode(family, &attrs),
        camel(name),
    ));
}

/// The type of a nest that requests hold.
pub(super) fn nest(family: &Family, set: &AttrSet, text: &mut Text) {
    let attrs = data(set);
    let name = nest_name(set);
    let borrows = sends_borrowed(family, set);
    let doc = format!("A nest in requests: {}", set.doc);
    message(family, &name, &doc, borrows, &attrs, text);
    let any = if borrows { "<'_>" } else { "" };
    text.line(&format!(
        "impl Encode for {name}{any} {{ {} }}\n",
        encode(family, &attrs)
    ));
}

/// A type with a field for each attribute.
fn message(
    family: &Family,
    name: &str,
    doc: &str,
    borrows: bool,
    attrs: &[&Attr],
    text: &mut Text,
) {
    let generics = if borrows { "<'a>" } else { "" };
    text.line("message! {");
    text.macro_doc(4, doc);
    text.line(&format!("    pub struct {name}{generics} {{"));
    for attr in attrs {
        text.macro_doc(8, &attr_doc(attr));
        let (field, kind) = (snake(&attr.name), value::sent(family, attr));
        text.line(&format!("        pub {field}: {kind},"));
    }
    text.line("    }\n}\n");
}

fn encode(family: &Family, attrs: &[&Attr]) -> String {
    let statements = attrs
        .iter()
        .map(|attr| value::write(family, attr, &snake(&attr.name)));
    let statements = statements.collect::<Vec<_>>().join("\n");
    let to = if attrs.is_empty() { "_" } else { "to" };
    format!("fn encode(&self, {to}: &mut Builder<'_>) {{ {statements} }}")
}

/// What an attribute means, where its spec does not say.
pub(super) fn attr_doc(attr: &Attr) -> String {
    match attr.doc.is_empty() {
        true => format!("Attribute `{}`.", attr.name),
        false => attr.doc.to_string(),
    }
}
