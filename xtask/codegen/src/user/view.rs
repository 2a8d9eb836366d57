// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is received: views of replies and nests, and notifications.

use super::names::{view_name, view_type};
use super::request::attr_doc;
use super::text::Text;
use super::{borrows, schema, value, view_attrs, views};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, AttrSet, Kind, Operation};
use genlkit_spec::names::{camel, snake};

/// The type that a set's attributes decode to.
pub(super) fn view(family: &Family, set: &AttrSet, text: &mut Text) {
    let attrs = view_attrs(family, set);
    let generics = if borrows(family, set) { "<'b>" } else { "" };
    let any = if borrows(family, set) { "<'_>" } else { "" };
    let name = view_name(family, set);
    text.doc(0, &set_doc(set));
    text.line("#[derive(Clone, Copy, Debug, Default)]\n#[non_exhaustive]");
    text.line(&format!("pub struct {name}{generics} {{"));
    for attr in &attrs {
        text.doc(4, &attr_doc(attr));
        let (field, kind) = (snake(&attr.name), value::received(family, attr, "'b"));
        text.line(&format!("pub {field}: {kind},"));
    }
    text.line("}\n");
    let reads = attrs
        .iter()
        .map(|attr| value::read(family, attr, &snake(&attr.name)));
    let recurses = match set.recursive {
        true => "const RECURSES: bool = true;\n",
        false => "",
    };
    let (impl_for, lifetime) = match generics {
        "" => ("impl Fields<'_>", "'_"),
        _ => ("impl<'b> Fields<'b>", "'b"),
    };
    let reader = if attrs.is_empty() { "_" } else { "attrs" };
    let visitor = if attrs.is_empty() { "_" } else { "visitor" };
    text.line(&format!(
        "{impl_for} for {name}{generics} {{
            const SET: &'static AttrSet = &{};
            {recurses}
            #[inline(always)]
            fn ask<const PLAIN: bool>(&mut self, {reader}: &mut Reader<{lifetime}, PLAIN>) {{
                {}
            }}
        }}

        impl View for {name}{any} {{
            fn visit<V: Visitor>(&self, {visitor}: &mut V) -> Result<(), V::Error> {{
                {}
            }}
        }}\n",
        schema::set_static(family, set),
        reads.collect::<Vec<_>>().join("\n"),
        visits(&attrs),
    ));
}

fn visits(attrs: &[&Attr]) -> String {
    if attrs.is_empty() {
        return "Ok(())".to_owned();
    }
    let visits = attrs.iter().map(|attr| {
        let field = snake(&attr.name);
        let value = match attr.kind {
            Kind::Flag if !attr.multi => format!("self.{field}.then_some(true)"),
            _ if attr.multi => format!("self.{field}.present()"),
            Kind::IndexedArray(_) => format!("self.{field}.present()"),
            _ => format!("self.{field}"),
        };
        let value = match value::hint(attr) {
            Some(hint) => format!("{value}.map(|value| Hinted(value, Hint::{hint}))"),
            None => value,
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
        let variant = camel(&op.name);
        variants.doc(4, &op_doc(op));
        let message = op
            .announced(family)
            .filter(|message| !message.attrs.is_empty());
        let decoded = match message.and_then(|message| message.set) {
            Some(set) => {
                let view = view_type(family, &family[set], "'b");
                variants.line(&format!("{variant}({view}),"));
                "(Decode::decode(body)?)"
            }
            None => {
                variants.line(&format!("{variant},"));
                ""
            }
        };
        arms += &format!("uapi::{} => Notification::{variant}{decoded},\n", op.c_name);
    }
    if arms.is_empty() {
        return;
    }
    text.line(&format!(
        "/// The notifications of the family.
        #[derive(Clone, Copy, Debug)]
        #[allow(clippy::large_enum_variant, reason = \"some families' are: views stay on the stack\")]
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

fn set_doc(set: &AttrSet) -> String {
    match set.doc.is_empty() {
        true => format!("Attributes of `{}`.", set.name),
        false => set.doc.to_string(),
    }
}

fn op_doc(op: &Operation) -> String {
    match op.doc.is_empty() {
        true => format!("Notification `{}`.", op.name),
        false => op.doc.to_string(),
    }
}
