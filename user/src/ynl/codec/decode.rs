// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes to JSON.

use super::number::Number;
use super::repeated::{Again, Seen, add};
use super::scope::{Content, Scope};
use super::{Codec, HEADER, MAX_DEPTH, hint, structs, unknown_key};
use crate::wire::{Attr as WireAttr, Attrs, align};
use genlkit_spec::model::{Attr, Element, Kind, Scalar, Selector, SetId, StructId, SubMessageId};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// A message's body as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The members of the fixed header, and the attributes in the order of the message.
    pub value: Map<String, Value>,
    /// What did not decode by the spec; empty where spec and kernel agree.
    pub notes: Vec<Note>,
}

/// Something that is not as the spec has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The attribute, such as `linkinfo.data`; empty for the message itself.
    pub path: String,
    /// What is odd.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Codec {
    /// Decodes what follows the netlink header, and in generic netlink the generic header: the
    /// fixed header, then attributes of `set`.
    ///
    /// Never fails and never panics, whatever the bytes.
    #[must_use]
    pub fn decode(&self, header: Option<StructId>, set: Option<SetId>, body: &[u8]) -> Decoded {
        let mut decoder = Decoder {
            codec: self,
            path: Vec::new(),
            notes: Vec::new(),
        };
        let value = decoder.message(header, set, body, None);
        Decoded {
            value,
            notes: decoder.notes,
        }
    }
}

struct Decoder<'c> {
    codec: &'c Codec,
    path: Vec<Cow<'c, str>>,
    notes: Vec<Note>,
}

impl<'c> Decoder<'c> {
    /// Notes that hostile bytes could make by the thousand end here.
    const MOST_NOTES: usize = 64;

    fn note(&mut self, message: impl Into<String>) {
        if self.notes.len() < Self::MOST_NOTES {
            self.notes.push(Note {
                path: self.path.join("."),
                message: message.into(),
            });
        }
    }

    fn message(
        &mut self,
        header: Option<StructId>,
        set: Option<SetId>,
        body: &[u8],
        outer: Option<&Scope<'_>>,
    ) -> Map<String, Value> {
        let mut map = Map::new();
        let mut attrs = body;
        let mut head: &[u8] = &[];
        if let Some(id) = header {
            let (size, open) = (self.codec.family()[id].size, self.codec.family()[id].open);
            (head, attrs) = match body.split_at_checked(size).filter(|_| !open) {
                Some((head, _)) => (head, body.get(align(size)..).unwrap_or_default()),
                None => (body, &[][..]),
            };
            if head.len() < size {
                let name = &self.codec.family()[id].name;
                self.note(format!(
                    "{} bytes are short of struct {name}'s {size}",
                    head.len()
                ));
            }
            structs::decode(self.codec.family(), id, head, &mut map);
        }
        let scope = Scope::new(
            set,
            header,
            Content::Bytes {
                header: head,
                attrs,
            },
            outer,
        );
        let twins = header
            .map(|id| self.twins(id, set, &mut map))
            .unwrap_or_default();
        self.attrs(&scope, attrs, &mut map);
        if let (Some(id), Some(set)) = (header, set) {
            self.add_twins(id, set, twins, &mut map);
        }
        map
    }

    /// Takes out what an attribute's value shall not be mixed up with.
    fn twins(
        &self,
        header: StructId,
        set: Option<SetId>,
        map: &mut Map<String, Value>,
    ) -> Vec<(usize, Value)> {
        let members = &self.codec.family()[header].members;
        let twins = self.codec.twins(header, set);
        let take = |index: &usize| {
            Some((
                *index,
                map.shift_remove(members.get(*index)?.name.as_str())?,
            ))
        };
        twins.iter().filter_map(take).collect()
    }

    fn add_twins(
        &self,
        header: StructId,
        set: SetId,
        twins: Vec<(usize, Value)>,
        map: &mut Map<String, Value>,
    ) {
        let mut apart = Map::new();
        for (index, value) in twins {
            let Some(member) = self.codec.family()[header].members.get(index) else {
                continue;
            };
            if map.contains_key(member.name.as_str()) || self.codec.is_ambiguous(set, member) {
                apart.insert(member.name.as_str().to_owned(), value);
            } else {
                map.insert(member.name.as_str().to_owned(), value);
            }
        }
        if !apart.is_empty() {
            map.insert(HEADER.to_owned(), Value::Object(apart));
        }
    }

    fn nest(&mut self, set: SetId, attrs: &[u8], outer: &Scope<'_>) -> Value {
        Value::Object(self.message(None, Some(set), attrs, Some(outer)))
    }

    fn attrs(&mut self, scope: &Scope<'_>, bytes: &[u8], map: &mut Map<String, Value>) {
        let codec = self.codec;
        let mut seen = Seen::default();
        for attr in Attrs::new(bytes) {
            let attr = match attr {
                Ok(attr) => attr,
                Err(malformed) => {
                    self.note(format!("{malformed}: what follows is left out"));
                    return;
                }
            };
            match scope
                .set
                .and_then(|set| codec.by_number(set, attr.number()))
            {
                Some(spec) if spec.kind == Kind::Pad => {}
                Some(spec) => self.attr(scope, spec, &attr, map, &mut seen),
                None => {
                    let key = unknown_key(attr.number());
                    self.path.push(key.clone().into());
                    let value = self.unknown(&attr);
                    self.path.pop();
                    let again = seen.again(attr.number());
                    add(map, key, value, again);
                }
            }
        }
    }

    fn attr(
        &mut self,
        scope: &Scope<'_>,
        spec: &'c Attr,
        attr: &WireAttr<'_>,
        map: &mut Map<String, Value>,
        seen: &mut Seen,
    ) {
        self.path.push(spec.name.as_str().into());
        let value = if self.path.len() > MAX_DEPTH {
            self.note("deeper than anything is nested");
            structs::raw(attr.payload())
        } else {
            self.payload(scope, spec, attr)
        };
        let again = if spec.multi {
            Again::Listed
        } else {
            seen.again(attr.number())
        };
        if again == Again::Second {
            self.note("is there again, but not `multi-attr`");
        }
        self.path.pop();
        match (value, &spec.kind) {
            // The levels of a nest-type-value can come in several chains.
            (Value::Array(chains), Kind::NestTypeValue { .. }) if spec.multi => {
                for chain in chains {
                    add(map, spec.name.as_str().to_owned(), chain, again);
                }
            }
            (value, _) => add(map, spec.name.as_str().to_owned(), value, again),
        }
    }

    fn payload(&mut self, scope: &Scope<'_>, spec: &'c Attr, attr: &WireAttr<'_>) -> Value {
        let payload = attr.payload();
        match &spec.kind {
            Kind::Scalar(scalar) => self.scalar(spec, *scalar, payload),
            Kind::Flag => {
                if !payload.is_empty() {
                    self.note(format!("a flag with {} bytes", payload.len()));
                }
                true.into()
            }
            Kind::String => structs::string(payload),
            Kind::Binary => hint::show_bytes(payload, spec.display_hint).into(),
            Kind::Struct(id) => self.structure(*id, payload),
            Kind::StructArray(id) => self.structures(*id, payload),
            Kind::ScalarArray(scalar) => self.scalars(spec, *scalar, payload),
            Kind::Bitfield32 => self.bitfield32(spec, payload),
            Kind::Nest(set) => self.nest(*set, payload, scope),
            Kind::IndexedArray(element) => self.indexed(scope, spec, *element, payload),
            Kind::NestTypeValue { set, levels } => self.levels(scope, *set, levels, payload),
            Kind::SubMessage { message, selector } => {
                self.sub_message(scope, *message, selector, attr)
            }
            Kind::Pad | Kind::Unused => structs::raw(payload),
        }
    }

    fn scalar(&mut self, spec: &Attr, scalar: Scalar, payload: &[u8]) -> Value {
        let number = number(spec, scalar);
        if !number.accepts_len(payload.len()) {
            self.note(format!("{} bytes are no {}", payload.len(), scalar.name()));
        }
        match number.read(payload) {
            Some(value) => number.show(value, self.codec.family()),
            None => structs::raw(payload),
        }
    }

    fn structure(&mut self, id: StructId, payload: &[u8]) -> Value {
        if let Some(note) = structs::excess(self.codec.family(), id, payload) {
            self.note(note);
        }
        structs::object(self.codec.family(), id, payload)
    }

    fn structures(&mut self, id: StructId, payload: &[u8]) -> Value {
        let size = self.codec.family()[id].size;
        if !payload.len().is_multiple_of(size.max(1)) {
            let name = &self.codec.family()[id].name;
            self.note(format!(
                "{} bytes are no list of struct {name}",
                payload.len()
            ));
        }
        let each = payload.chunks(size.max(1));
        each.map(|bytes| structs::object(self.codec.family(), id, bytes))
            .collect()
    }

    fn scalars(&mut self, spec: &Attr, scalar: Scalar, payload: &[u8]) -> Value {
        let number = number(spec, scalar);
        let size = scalar.size();
        if !payload.len().is_multiple_of(size) {
            self.note(format!(
                "{} bytes are no list of {}",
                payload.len(),
                scalar.name()
            ));
            return structs::raw(payload);
        }
        let numbers = payload
            .chunks_exact(size)
            .filter_map(|bytes| number.read(bytes));
        numbers
            .map(|value| number.show(value, self.codec.family()))
            .collect()
    }

    fn bitfield32(&mut self, spec: &Attr, payload: &[u8]) -> Value {
        let number = Number {
            order: None,
            ..number(spec, Scalar::U32)
        };
        let halves = payload.split_at_checked(4).and_then(|(value, selector)| {
            (selector.len() == 4).then_some((number.read(value)?, number.read(selector)?))
        });
        let Some((value, selector)) = halves else {
            self.note(format!("{} bytes are no bitfield32", payload.len()));
            return structs::raw(payload);
        };
        let show = |value| number.show(value, self.codec.family());
        Value::Object(Map::from_iter([
            ("value".to_owned(), show(value)),
            ("selector".to_owned(), show(selector)),
        ]))
    }

    fn indexed(
        &mut self,
        scope: &Scope<'_>,
        spec: &'c Attr,
        element: Element,
        payload: &[u8],
    ) -> Value {
        let mut list = Vec::new();
        for attr in Attrs::new(payload) {
            let attr = match attr {
                Ok(attr) => attr,
                Err(malformed) => {
                    self.note(format!("{malformed}: what follows is left out"));
                    break;
                }
            };
            let bytes = attr.payload();
            list.push(match element {
                Element::Nest(set) => {
                    let index = attr.number().to_string();
                    self.path.push(index.clone().into());
                    let nest = if self.path.len() > MAX_DEPTH {
                        structs::raw(bytes)
                    } else {
                        self.nest(set, bytes, scope)
                    };
                    self.path.pop();
                    Value::Object(Map::from_iter([(index, nest)]))
                }
                Element::Scalar(scalar) => self.scalar(spec, scalar, bytes),
                Element::String => structs::string(bytes),
                Element::Binary => hint::show_bytes(bytes, spec.display_hint).into(),
                Element::Struct(id) => self.structure(id, bytes),
            });
        }
        Value::Array(list)
    }

    /// One object for each chain of levels: alone where there is one, else a list.
    fn levels(
        &mut self,
        scope: &Scope<'_>,
        set: SetId,
        levels: &[String],
        payload: &[u8],
    ) -> Value {
        // Each entry is a chain's numbers so far, and the bytes within.
        let mut chains: Vec<(Map<String, Value>, &[u8])> = vec![(Map::new(), payload)];
        for level in levels {
            let mut next = Vec::new();
            for (numbers, bytes) in chains {
                for attr in Attrs::new(bytes).map_while(Result::ok) {
                    let mut numbers = numbers.clone();
                    numbers.insert(level.clone(), attr.number().into());
                    next.push((numbers, attr.payload()));
                }
            }
            chains = next;
        }
        let mut list: Vec<Value> = Vec::with_capacity(chains.len());
        for (mut numbers, bytes) in chains {
            let inner = Scope::new(
                Some(set),
                None,
                Content::Bytes {
                    header: &[],
                    attrs: bytes,
                },
                Some(scope),
            );
            self.attrs(&inner, bytes, &mut numbers);
            list.push(Value::Object(numbers));
        }
        match (list.len(), list.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                list.push(last);
                Value::Array(list)
            }
            (_, None) => structs::raw(payload),
        }
    }

    fn sub_message(
        &mut self,
        scope: &Scope<'_>,
        message: SubMessageId,
        selector: &Selector,
        attr: &WireAttr<'_>,
    ) -> Value {
        match scope.select(self.codec, message, &selector.name) {
            Ok(format) => {
                let (header, set) = (format.fixed_header, format.set);
                Value::Object(self.message(header, set, attr.payload(), Some(scope)))
            }
            Err(why) => {
                self.note(why);
                if attr.is_marked_nested() {
                    self.unknown(attr)
                } else {
                    structs::raw(attr.payload())
                }
            }
        }
    }

    /// An attribute without a description: an object where the sender marked a nest, else bytes.
    fn unknown(&mut self, attr: &WireAttr<'_>) -> Value {
        if !attr.is_marked_nested() || self.path.len() > MAX_DEPTH {
            return hint::hex(attr.payload(), "").into();
        }
        let scope = Scope::new(
            None,
            None,
            Content::Bytes {
                header: &[],
                attrs: attr.payload(),
            },
            None,
        );
        let mut map = Map::new();
        self.attrs(&scope, attr.payload(), &mut map);
        Value::Object(map)
    }
}

fn number(spec: &Attr, scalar: Scalar) -> Number {
    let (order, names, hint) = (spec.byte_order, spec.enumeration, spec.display_hint);
    Number {
        scalar,
        order,
        names,
        hint,
    }
}
