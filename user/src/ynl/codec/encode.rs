// SPDX-License-Identifier: MIT OR Apache-2.0
//! JSON to bytes.

use super::scope::{Content, Scope};
use super::{Codec, HEADER, MAX_DEPTH, Spans, hint, payload, structs, unknown_number};
use crate::wire::align;
use genlkit_spec::model::{Attr, Element, Kind, Member, MemberType, SetId, StructId};
use serde_json::{Map, Value};
use std::fmt;

/// A message's body, and where its attributes are.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The fixed header and the attributes, padded to a multiple of four bytes.
    pub bytes: Vec<u8>,
    /// Where the attributes are.
    pub spans: Spans,
}

/// A value that the spec does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError {
    /// The attribute, such as `linkinfo.data`; empty for the message itself.
    pub path: String,
    /// What is wrong, and what would be accepted.
    pub message: String,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for EncodeError {}

/// `NLA_F_NESTED`.
const NESTED: u16 = linux_raw_sys::netlink::NLA_F_NESTED as u16;

impl Codec {
    /// Encodes what follows the netlink header, and in generic netlink the generic header: the
    /// fixed header from its members (missing ones are zero), then the attributes in the order of
    /// `value`.
    ///
    /// # Errors
    /// A name that the spec does not have, or a value that does not fit the attribute's type.
    pub fn encode(
        &self,
        header: Option<StructId>,
        set: Option<SetId>,
        value: &Map<String, Value>,
    ) -> Result<Encoded, EncodeError> {
        let mut encoder = Encoder {
            codec: self,
            path: Vec::new(),
            out: Vec::new(),
            spans: Spans::default(),
        };
        encoder.message(header, set, value, None)?;
        Ok(Encoded {
            bytes: encoder.out,
            spans: encoder.spans,
        })
    }
}

struct Encoder<'c> {
    codec: &'c Codec,
    path: Vec<String>,
    out: Vec<u8>,
    spans: Spans,
}

type Result<T = (), E = EncodeError> = std::result::Result<T, E>;

impl<'c> Encoder<'c> {
    fn error(&self, message: impl Into<String>) -> EncodeError {
        EncodeError {
            path: self.path.join("."),
            message: message.into(),
        }
    }

    fn message(
        &mut self,
        header: Option<StructId>,
        set: Option<SetId>,
        map: &Map<String, Value>,
        outer: Option<&Scope<'_>>,
    ) -> Result {
        if let Some(id) = header {
            let apart = map
                .get(HEADER)
                .map(|apart| self.object(apart))
                .transpose()?;
            if let Some(apart) = apart {
                structs::known(self.codec.family(), id, apart).map_err(|at| self.inside(at))?;
            }
            let twins = self.codec.twins(id, set);
            let get = |member: &Member| {
                apart
                    .and_then(|apart| apart.get(member.name.as_str()))
                    .or_else(|| {
                        let value = map.get(member.name.as_str())?;
                        self.is_member(id, set, &twins, &member.name, value)
                            .then_some(value)
                    })
            };
            let bytes =
                structs::encode(self.codec.family(), id, get).map_err(|at| self.inside(at))?;
            self.out.extend_from_slice(&bytes);
            // Nothing follows a header that takes the rest.
            if !self.codec.family()[id].open {
                self.pad();
            }
        }
        let scope = Scope::new(set, header, Content::Json(map), outer);
        self.attrs(&scope, map)
    }

    fn pad(&mut self) {
        self.out.resize(align(self.out.len()), 0);
    }

    fn attrs(&mut self, scope: &Scope<'_>, map: &Map<String, Value>) -> Result {
        let twins = scope
            .header
            .map(|id| self.codec.twins(id, scope.set))
            .unwrap_or_default();
        for (key, value) in map {
            let in_header = scope.header.is_some_and(|id| {
                key == HEADER || self.is_member(id, scope.set, &twins, key, value)
            });
            if value.is_null() || in_header {
                continue;
            }
            self.path.push(key.clone());
            if self.path.len() > MAX_DEPTH {
                return Err(self.error("deeper than anything is nested"));
            }
            self.named(scope, key, value)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Whether a key says a member of the fixed header, not an attribute.
    fn is_member(
        &self,
        header: StructId,
        set: Option<SetId>,
        twins: &[usize],
        key: &str,
        value: &Value,
    ) -> bool {
        let members = &self.codec.family()[header].members;
        let Some(index) = members.iter().position(|member| member.name == key) else {
            return false;
        };
        let (Some(member), Some(set)) = (members.get(index), set) else {
            return true;
        };
        if matches!(member.kind, MemberType::Pad(_)) {
            return false;
        }
        !twins.contains(&index) || !(self.codec.is_ambiguous(set, member) || value.is_object())
    }

    /// An error at a member of a struct.
    fn inside(&self, (path, message): (String, String)) -> EncodeError {
        let path: Vec<&str> = self
            .path
            .iter()
            .map(String::as_str)
            .chain([path.as_str()])
            .collect();
        EncodeError {
            path: path.join("."),
            message,
        }
    }

    fn named(&mut self, scope: &Scope<'_>, key: &str, value: &Value) -> Result {
        if let Some(set) = scope.set
            && let Some(attr) = self.codec.by_name(set, key)
        {
            for value in self.repetitions(attr, value) {
                let span = self.spans.count();
                self.attr(scope, attr, value)?;
                self.spans.is_of(span, set, attr.number);
            }
            return Ok(());
        }
        let Some(number) = unknown_number(key) else {
            return Err(self.no_such_attribute(scope, key));
        };
        let one = std::slice::from_ref(value);
        for value in value.as_array().map_or(one, Vec::as_slice) {
            self.unknown(number, value)?;
        }
        Ok(())
    }

    fn no_such_attribute(&self, scope: &Scope<'_>, key: &str) -> EncodeError {
        let family = self.codec.family();
        let members = scope.header.map_or(&[][..], |id| &family[id].members);
        let members = members.iter().map(|member| member.name.as_str());
        let attrs = scope.set.map_or(&[][..], |set| &family[set].attrs);
        let attrs = attrs
            .iter()
            .filter(|attr| attr.is_data())
            .map(|attr| attr.name.as_str());
        let known: Vec<&str> = members.chain(attrs).collect();
        let near = nearest(key, &known);
        let place = scope.set.map_or("nothing", |set| family[set].name.as_str());
        let mut error = self.error(match near {
            Some(near) => format!("`{place}` has no such attribute: is `{near}` meant?"),
            None if known.is_empty() => format!("`{place}` has no attributes"),
            None => format!(
                "`{place}` has no such attribute: it has {}",
                known.join(", ")
            ),
        });
        error.path = self.path.join(".");
        error
    }

    /// The values that each make one attribute.
    fn repetitions<'v>(&self, attr: &Attr, value: &'v Value) -> &'v [Value] {
        let one = std::slice::from_ref(value);
        let Value::Array(list) = value else {
            return one;
        };
        let is_list = match &attr.kind {
            Kind::ScalarArray(_)
            | Kind::StructArray(_)
            | Kind::IndexedArray(_)
            | Kind::NestTypeValue { .. } => true,
            // A list of bytes, or of bits.
            Kind::Binary => list.iter().all(Value::is_number),
            Kind::Scalar(_) => attr.is_bits(self.codec.family()),
            _ => false,
        };
        // A list of lists is several attributes even where the spec knows of one.
        if attr.multi || !is_list || list.first().is_some_and(Value::is_array) {
            list
        } else {
            one
        }
    }

    /// Writes an attribute with what `payload` writes.
    fn put(
        &mut self,
        number: u16,
        inside: Option<SetId>,
        payload: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        self.pad();
        let start = self.out.len();
        let span = self.spans.open(start, self.path.join("."), inside);
        self.out.extend_from_slice(&[0, 0]);
        self.out.extend_from_slice(&number.to_ne_bytes());
        payload(self)?;
        let end = self.out.len();
        let Ok(len) = u16::try_from(end - start) else {
            return Err(self.error(format!(
                "{} bytes are more than an attribute can hold",
                end - start
            )));
        };
        if let Some(room) = self.out.get_mut(start..start + 2) {
            room.copy_from_slice(&len.to_ne_bytes());
        }
        self.spans.close(span, end);
        self.pad();
        Ok(())
    }

    fn put_bytes(&mut self, number: u16, bytes: &[u8]) -> Result {
        self.put(number, None, |this| {
            this.out.extend_from_slice(bytes);
            Ok(())
        })
    }

    fn attr(&mut self, scope: &Scope<'_>, attr: &Attr, value: &Value) -> Result {
        if let Some(bytes) = structs::unraw(value) {
            let bytes = bytes.map_err(|message| self.error(message))?;
            return self.put_bytes(attr.number, &bytes);
        }
        let family = self.codec.family();
        let number = attr.number;
        match &attr.kind {
            Kind::Flag => match value {
                Value::Bool(false) => Ok(()),
                Value::Bool(true) => self.put_bytes(number, &[]),
                // As a command line has it.
                Value::String(text) if text == "false" => Ok(()),
                Value::String(text) if text == "true" => self.put_bytes(number, &[]),
                other => Err(self.error(format!("a flag is true or false, not {other}"))),
            },
            Kind::Nest(set) => self.nest(scope, number, *set, value),
            Kind::SubMessage { message, selector } => {
                let format = match scope.select(self.codec, *message, &selector.name) {
                    // What decoding makes of a format that it does not know.
                    Err(_) if is_unknown(value) => return self.unknown(number, value),
                    format => format.map_err(|message| self.error(message))?,
                };
                let map = self.object(value)?;
                // Only what holds attributes is a nest.
                let number = if format.set.is_some() {
                    number | NESTED
                } else {
                    number
                };
                self.put(number, format.set, |this| {
                    this.message(format.fixed_header, format.set, map, Some(scope))
                })
            }
            Kind::IndexedArray(element) => self.indexed(scope, attr, *element, value),
            Kind::NestTypeValue { set, levels } => self.put(number | NESTED, None, |this| {
                let one = std::slice::from_ref(value);
                for chain in value.as_array().map_or(one, Vec::as_slice) {
                    this.chain(scope, *set, levels, chain)?;
                }
                Ok(())
            }),
            Kind::Struct(id) => {
                let bytes = self.structure(*id, value)?;
                self.put_bytes(number, &bytes)
            }
            Kind::StructArray(id) => {
                let list = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                let parts = list.iter().map(|value| self.structure(*id, value));
                let parts: Result<Vec<_>> = parts.collect();
                self.put_bytes(number, &parts?.concat())
            }
            Kind::Pad | Kind::Unused => Err(self.error("the number is taken and has no meaning")),
            _ => {
                let bytes =
                    payload::encode(family, attr, value).map_err(|message| self.error(message))?;
                self.put_bytes(number, &bytes)
            }
        }
    }

    fn structure(&self, id: StructId, value: &Value) -> Result<Vec<u8>> {
        let family = self.codec.family();
        let map = self.object(value)?;
        structs::known(family, id, map).map_err(|at| self.inside(at))?;
        let bytes = structs::encode(family, id, structs::member_of(map));
        bytes.map_err(|at| self.inside(at))
    }

    fn object<'v>(&self, value: &'v Value) -> Result<&'v Map<String, Value>> {
        value
            .as_object()
            .ok_or_else(|| self.error(format!("an object is wanted, not {value}")))
    }

    fn nest(&mut self, scope: &Scope<'_>, number: u16, set: SetId, value: &Value) -> Result {
        let map = self.object(value)?;
        self.put(number | NESTED, Some(set), |this| {
            this.message(None, Some(set), map, Some(scope))
        })
    }

    /// Elements count from 0, as the kernel's own clients do, unless their index is given.
    fn indexed(
        &mut self,
        scope: &Scope<'_>,
        attr: &Attr,
        element: Element,
        value: &Value,
    ) -> Result {
        let list = value
            .as_array()
            .ok_or_else(|| self.error("a list is wanted"))?;
        self.put(attr.number | NESTED, None, |this| {
            for (index, value) in list.iter().enumerate() {
                let index = u16::try_from(index).unwrap_or(u16::MAX) & !0xc000;
                let (index, value) = match element {
                    Element::Nest(_) => given_index(value).unwrap_or((index, value)),
                    _ => (index, value),
                };
                this.path.push(index.to_string());
                this.element(scope, attr, element, index, value)?;
                this.path.pop();
            }
            Ok(())
        })
    }

    fn element(
        &mut self,
        scope: &Scope<'_>,
        attr: &Attr,
        element: Element,
        index: u16,
        value: &Value,
    ) -> Result {
        let kind = match element {
            Element::Nest(set) => Kind::Nest(set),
            Element::Scalar(scalar) => Kind::Scalar(scalar),
            Element::String => Kind::String,
            Element::Binary => Kind::Binary,
            Element::Struct(id) => Kind::Struct(id),
        };
        self.attr(
            scope,
            &Attr {
                number: index,
                kind,
                ..attr.clone()
            },
            value,
        )
    }

    /// Nests for the levels, one in the other, with the attributes in the innermost.
    fn chain(&mut self, scope: &Scope<'_>, set: SetId, levels: &[String], value: &Value) -> Result {
        let map = self.object(value)?;
        let Some((level, inner)) = levels.split_first() else {
            let rest: Map<String, Value> = map.clone();
            return self.message(None, Some(set), &rest, Some(scope));
        };
        let number = map
            .get(level)
            .and_then(Value::as_u64)
            .and_then(|n| u16::try_from(n).ok());
        let Some(number) = number.filter(|number| number & 0xc000 == 0) else {
            return Err(self.error(format!("`{level}` must be a number from 0 to 16383")));
        };
        let mut rest = map.clone();
        rest.shift_remove(level);
        let inside = inner.is_empty().then_some(set);
        self.put(number | NESTED, inside, |this| {
            this.chain(scope, set, inner, &Value::Object(rest))
        })
    }

    fn unknown(&mut self, number: u16, value: &Value) -> Result {
        if let Value::Object(map) = value {
            let scope = Scope::new(None, None, Content::Json(map), None);
            return self.put(number | NESTED, None, |this| this.attrs(&scope, map));
        }
        let bytes = value.as_str().and_then(hint::unhex);
        let Some(bytes) = bytes else {
            return Err(self.error(format!("hexadecimal digits are wanted, not {value}")));
        };
        self.put_bytes(number, &bytes)
    }
}

/// Whether nothing in an object has a name.
fn is_unknown(value: &Value) -> bool {
    let keys = value.as_object().map(|map| map.keys());
    keys.is_some_and(|mut keys| keys.all(|key| unknown_number(key).is_some()))
}

/// `{"INDEX": value}`: the index and the value.
fn given_index(value: &Value) -> Option<(u16, &Value)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, value) = map.iter().next()?;
    let index: u16 = key.parse().ok()?;
    (index & 0xc000 == 0).then_some((index, value))
}

/// The known name that is at most two letters away.
fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let scored = known
        .iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), *candidate));
    scored
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, candidate)| candidate)
}
