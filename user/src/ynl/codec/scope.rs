// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scopes: where the value that selects a sub-message's format is looked for.
//!
//! A scope is a message or a nest, with its fixed header and its attributes. Lookup goes from
//! the innermost outwards and ends at the first scope whose set, or whose header, has the name.
//! It reads the scope's bytes, or its JSON, as a whole: the selector can stand after the
//! sub-message.

use super::Codec;
use super::number::Number;
use super::structs;
use crate::wire::Attrs;
use genlkit_spec::model::{Attr, Family, Format, Kind, SetId, StructId, SubMessageId};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;

/// What a scope was made from.
pub(super) enum Content<'a> {
    /// Bytes that are being decoded: the fixed header's, and the attributes'.
    Bytes { header: &'a [u8], attrs: &'a [u8] },
    /// JSON that is being encoded.
    Json(&'a Map<String, Value>),
}

/// A message or a nest, and what it is in.
pub(super) struct Scope<'a> {
    pub(super) set: Option<SetId>,
    pub(super) header: Option<StructId>,
    pub(super) content: Content<'a>,
    pub(super) outer: Option<&'a Scope<'a>>,
    /// What lookups found, so that many sub-messages do not each walk all attributes.
    found: RefCell<HashMap<String, Option<String>>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        set: Option<SetId>,
        header: Option<StructId>,
        content: Content<'a>,
        outer: Option<&'a Scope<'a>>,
    ) -> Self {
        Self {
            set,
            header,
            content,
            outer,
            found: RefCell::default(),
        }
    }

    /// The format that the value of `selector` selects; the error says what is missing.
    pub(super) fn select<'f>(
        &self,
        codec: &'f Codec,
        message: SubMessageId,
        selector: &str,
    ) -> Result<&'f Format, String> {
        let Some(value) = self.value(codec, selector) else {
            return Err(format!(
                "`{selector}`, which selects the format, is not there"
            ));
        };
        let message = &codec.family()[message];
        let format = message.formats.iter().find(|format| format.value == value);
        format.ok_or_else(|| format!("`{selector}` is `{value}`, which no format is known for"))
    }

    fn value(&self, codec: &Codec, name: &str) -> Option<String> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            let attr = here.set.and_then(|set| codec.by_name(set, name));
            let in_header = here.header.is_some_and(|header| {
                codec.family()[header]
                    .members
                    .iter()
                    .any(|member| member.name == name)
            });
            if attr.is_some() || in_header {
                if let Some(found) = here.found.borrow().get(name) {
                    return found.clone();
                }
                let value = here.read(codec, name, attr);
                here.found
                    .borrow_mut()
                    .insert(name.to_owned(), value.clone());
                return value;
            }
            scope = here.outer;
        }
        None
    }

    fn read(&self, codec: &Codec, name: &str, attr: Option<&Attr>) -> Option<String> {
        match &self.content {
            Content::Json(map) => {
                let value = map.get(name)?;
                // A number of an enum selects by its name, too.
                let number = attr.and_then(number_of);
                let number = number.or_else(|| {
                    let members = &codec.family()[self.header?].members;
                    structs::number(members.iter().find(|member| member.name == name)?)
                });
                text(value, number, codec.family())
            }
            Content::Bytes { header, attrs } => {
                if let Some(attr) = attr {
                    let mut attrs = Attrs::new(attrs).map_while(Result::ok);
                    let found = attrs.find(|found| found.number() == attr.number)?;
                    return attr_text(attr, found.payload(), codec.family());
                }
                let mut members = Map::new();
                structs::decode(codec.family(), self.header?, header, &mut members);
                text(members.get(name)?, None, codec.family())
            }
        }
    }
}

fn attr_text(attr: &Attr, payload: &[u8], family: &Family) -> Option<String> {
    match (&attr.kind, number_of(attr)) {
        (Kind::String, _) => {
            let text = payload.split(|byte| *byte == 0).next()?;
            std::str::from_utf8(text).ok().map(str::to_owned)
        }
        (_, Some(number)) => text(&number.show(number.read(payload)?, family), None, family),
        _ => None,
    }
}

fn number_of(attr: &Attr) -> Option<Number> {
    let Kind::Scalar(scalar) = attr.kind else {
        return None;
    };
    let (order, names, hint) = (attr.byte_order, attr.enumeration, attr.display_hint);
    Some(Number {
        scalar,
        order,
        names,
        hint,
    })
}

/// A selector's value as the formats say it: a string, an enum's name or a decimal number.
fn text(value: &Value, number: Option<Number>, family: &Family) -> Option<String> {
    match (value, number) {
        (value, Some(number)) => text(
            &number.show(number.parse(value, family).ok()?, family),
            None,
            family,
        ),
        (Value::String(text), None) => Some(text.clone()),
        (Value::Number(number), None) => Some(number.to_string()),
        _ => None,
    }
}
