// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests, views and notifications.

use super::text::Text;
use super::{borrows, request_type, schema, value, view_attrs, view_type, views};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, AttrSet, Kind, Mode, Operation};
use genlkit_spec::names::{camel, screaming, snake};

/// The types of an operation's requests.
pub(super) fn requests(family: &Family, op: &Operation, text: &mut Text) {
    for (mode, message) in op.modes() {
        request(family, op, mode, message, text);
    }
}

/// The attributes of a request.
pub(super) fn request_attrs<'f>(family: &'f Family, mode: &'f Mode) -> Vec<&'f Attr> {
    mode.request
        .iter()
        .flat_map(|request| request.attrs(family))
        .collect()
}

/// Whether a request borrows what it sends.
pub(super) fn request_borrows(attrs: &[&Attr]) -> bool {
    attrs
        .iter()
        .any(|attr| matches!(attr.kind, Kind::String | Kind::Binary))
}

fn request(family: &Family, op: &Operation, name: &str, mode: &Mode, text: &mut Text) {
    let attrs = request_attrs(family, mode);
    let of = if name == "dump" { "the dump of " } else { "" };
    let (generics, any) = match request_borrows(&attrs) {
        true => ("<'a>", "<'_>"),
        false => ("", ""),
    };
    let name_of = request_type(op, name);
    text.doc(0, &format!("A request for {of}`{}`: {}", op.name, op.doc));
    text.line("#[derive(Clone, Copy, Debug, Default, PartialEq)]\n#[non_exhaustive]");
    text.line(&format!("pub struct {name_of}{generics} {{"));
    for attr in &attrs {
        text.doc(4, &attr.doc);
        let (field, kind) = (snake(&attr.name), value::field_type(family, attr, "'a"));
        text.line(&format!("pub {field}: {kind},"));
    }
    text.line(&format!("}}\n\nimpl{generics} {name_of}{generics} {{"));
    text.doc(4, "A request without attributes.");
    text.line("pub fn new() -> Self { Self::default() }\n");
    for attr in &attrs {
        setter(family, attr, text);
    }
    text.line("}\n");
    let reply = match mode.reply.as_ref().and_then(|reply| reply.set) {
        Some(set) => view_type(family, &family[set], "'b"),
        None => "()".to_owned(),
    };
    let has_reply = if reply == "()" {
        "\nconst HAS_REPLY: bool = false;\n"
    } else {
        ""
    };
    let (to, body) = match attrs.is_empty() {
        true => ("_", String::new()),
        false => ("to", writes(family, &attrs)),
    };
    text.line(&format!(
        "impl Request for {name_of}{any} {{
            type Reply<'b> = {reply};

            const OP: &'static Op = &{};
            {has_reply}
            fn encode(&self, {to}: &mut Builder<'_>) {{ {body} }}
        }}

        impl {} for {name_of}{any} {{}}\n",
        screaming(&op.name),
        camel(name),
    ));
}

fn writes(family: &Family, attrs: &[&Attr]) -> String {
    let statements = attrs.iter().map(|attr| {
        let number = format!("uapi::{}", attr.c_name);
        value::write(family, attr, &snake(&attr.name), &number)
    });
    statements.collect::<Vec<_>>().join("\n")
}

fn setter(family: &Family, attr: &Attr, text: &mut Text) {
    text.doc(4, &attr.doc);
    let field = snake(&attr.name);
    let (parameters, value) = match attr.kind {
        Kind::String => (
            "<T: AsRef<[u8]> + ?Sized>",
            "Some(Str::until_nul(value.as_ref()))",
        ),
        Kind::Binary => ("<T: AsRef<[u8]> + ?Sized>", "Some(Bytes(value.as_ref()))"),
        Kind::Flag => ("", "value"),
        _ => ("", "Some(value)"),
    };
    let of = match parameters {
        "" => value::type_of(family, attr, "'a"),
        _ => "&'a T".to_owned(),
    };
    text.line(&format!(
        "pub fn {field}{parameters}(mut self, value: {of}) -> Self {{
            self.{field} = {value};
            self
        }}\n"
    ));
}

/// The type that a set's attributes decode to.
pub(super) fn view(family: &Family, set: &AttrSet, text: &mut Text) {
    let attrs = view_attrs(family, set);
    let generics = if borrows(family, set) { "<'b>" } else { "" };
    let any = if borrows(family, set) { "<'_>" } else { "" };
    let name = camel(&set.name);
    text.doc(0, &set.doc);
    text.line("#[derive(Clone, Copy, Debug, Default)]\n#[non_exhaustive]");
    text.line(&format!("pub struct {name}{generics} {{"));
    for attr in &attrs {
        text.doc(4, &attr.doc);
        let (field, kind) = (snake(&attr.name), value::field_type(family, attr, "'b"));
        text.line(&format!("pub {field}: {kind},"));
    }
    text.line("}\n");
    let reads = attrs.iter().map(|attr| {
        let (method, field) = (value::reader(attr), snake(&attr.name));
        format!("attrs.{method}(uapi::{}, &mut self.{field});", attr.c_name)
    });
    let (impl_for, body) = match generics {
        "" => ("impl Decode<'_>", "&[u8]"),
        _ => ("impl<'b> Decode<'b>", "&'b [u8]"),
    };
    text.line(&format!(
        "{impl_for} for {name}{generics} {{
            fn read(&mut self, body: {body}) -> Result<(), Malformed> {{
                let mut attrs = Reader::new(body, &{});
                while attrs.more() {{ {} }}
                attrs.finish()
            }}
        }}

        impl View for {name}{any} {{
            fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {{
                {}
            }}
        }}\n",
        schema::set_static(family, set),
        reads.collect::<Vec<_>>().join("\n"),
        visits(&attrs),
    ));
}

fn visits(attrs: &[&Attr]) -> String {
    let visits = attrs.iter().map(|attr| {
        let field = snake(&attr.name);
        let value = match attr.kind {
            Kind::Flag => format!("self.{field}.then_some(true)"),
            Kind::IndexedArray(_) => format!("self.{field}.present()"),
            _ if attr.multi => format!("self.{field}.present()"),
            _ => format!("self.{field}"),
        };
        format!("visitor.attr({:?}, {value})", attr.name)
    });
    visits.collect::<Vec<_>>().join("?;\n")
}

/// What all views can do.
pub(super) fn impls(family: &Family, text: &mut Text) {
    let types = views(family).map(|(_, set)| view_type(family, set, "'_"));
    text.line(&format!(
        "impl_view!({});\n",
        types.collect::<Vec<_>>().join(", ")
    ));
}

/// The enum of all that the kernel announces.
pub(super) fn notifications(family: &Family, text: &mut Text) {
    let mut variants = Text::default();
    let mut arms = String::new();
    for op in family.ops.iter().filter(|op| op.is_async()) {
        let Some(set) = op.announced(family).and_then(|message| message.set) else {
            continue;
        };
        let (set, variant) = (&family[set], camel(&op.name));
        variants.doc(4, &op.doc);
        variants.line(&format!("{variant}({}),", view_type(family, set, "'b")));
        let view = camel(&set.name);
        arms += &format!(
            "uapi::{} => Notification::{variant}({view}::decode(body)?),\n",
            op.c_name
        );
    }
    if arms.is_empty() {
        return;
    }
    text.line(&format!(
        "/// The notifications of the family.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum Notification<'b> {{
            {}/// One that this program is too old to know.
            Unknown {{
                /// The notification's number.
                cmd: u8,
                /// What follows the generic header.
                body: Bytes<'b>,
            }},
        }}

        impl request::Notification for Notification<'_> {{
            type At<'b> = Notification<'b>;

            const FAMILY: &'static Family = &FAMILY;

            #[inline]
            fn decode(cmd: u8, body: &[u8]) -> Result<Notification<'_>, Malformed> {{
                Ok(match cmd {{
                    {arms}_ => Notification::Unknown {{ cmd, body: Bytes(body) }},
                }})
            }}
        }}\n",
        variants.into_string(),
    ));
}
