// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random valid values for any message, in the form that decoding gives them.

use genlkit_spec::Family;
use genlkit_spec::model::{
    Attr, DisplayHint, Element, EnumRef, Kind, MemberType, Scalar, SelectorPlace, SetId, StructId,
};
use serde_json::{Map, Value, json};

/// A small generator with a fixed seed, so that every run is the same (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).expect("below a usize")
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

pub(crate) struct Generator<'f> {
    pub(crate) family: &'f Family,
    pub(crate) random: Random,
}

/// How deep nests go: enough for every set of every spec to be reached.
const DEPTH: usize = 5;

impl Generator<'_> {
    /// A message: every member of the header, and some of the set's attributes.
    pub(crate) fn message(
        &mut self,
        header: Option<StructId>,
        set: Option<SetId>,
        outer: &mut Vec<Map<String, Value>>,
    ) -> Map<String, Value> {
        let mut map = Map::new();
        if let Some(id) = header {
            map = self.structure(id);
            apart(self.family, id, set, &mut map);
        }
        let Some(set) = set else { return map };
        let attrs: Vec<&Attr> = self.family[set]
            .attrs
            .iter()
            .filter(|a| a.is_data())
            .collect();
        // A tree that halves its branches at each level stays small.
        let keep = 1 + outer.len() * 2;
        let (complex, plain): (Vec<&Attr>, Vec<&Attr>) =
            attrs.into_iter().partition(|attr| is_complex(attr));
        for attr in plain {
            if self.random.chance(keep) {
                let value = self.repeated(attr, outer);
                map.extend(value.map(|value| (attr.name.to_string(), value)));
            }
        }
        // A set inside of itself grows with each level as a whole.
        let depth = if self.family[set].recursive && attrs_of(self.family, set) > 50 {
            1
        } else {
            DEPTH
        };
        let mut chosen = Vec::new();
        for attr in complex {
            let twin = map.contains_key(attr.name.as_str());
            if twin || outer.len() >= depth || !self.random.chance(keep) {
                continue;
            }
            if let Kind::SubMessage { message, selector } = &attr.kind {
                // Several sub-messages can have one selector: the first chooses.
                let beside = match selector.place {
                    SelectorPlace::Beside(index) => Some(&self.family[set].attrs[index]),
                    SelectorPlace::Outside => None,
                };
                if let Some(beside) = beside.filter(|attr| !chosen.contains(&attr.number)) {
                    let formats = &self.family[*message].formats;
                    let format = &formats[self.random.below(formats.len())];
                    let named =
                        beside.enumeration.is_some() || !matches!(beside.kind, Kind::Scalar(_));
                    map.insert(selector.name.to_string(), selecting(named, &format.value));
                    chosen.push(beside.number);
                }
            }
            outer.push(map);
            let value = self.repeated(attr, outer);
            map = outer.pop().expect("what was pushed");
            map.extend(value.map(|value| (attr.name.to_string(), value)));
        }
        self.shuffled(map)
    }

    /// Selectors come after what they select, too.
    fn shuffled(&mut self, map: Map<String, Value>) -> Map<String, Value> {
        let mut entries: Vec<(String, Value)> = map.into_iter().collect();
        for index in (1..entries.len()).rev() {
            entries.swap(index, self.random.below(index + 1));
        }
        entries.into_iter().collect()
    }

    fn repeated(&mut self, attr: &Attr, outer: &mut Vec<Map<String, Value>>) -> Option<Value> {
        if !attr.multi {
            return self.value(attr, outer);
        }
        let count = 1 + self.random.below(3);
        let list: Option<Vec<Value>> = (0..count).map(|_| self.value(attr, outer)).collect();
        list.map(Value::Array)
    }

    fn value(&mut self, attr: &Attr, outer: &mut Vec<Map<String, Value>>) -> Option<Value> {
        let (names, hint) = (attr.enumeration, attr.display_hint);
        Some(match &attr.kind {
            Kind::Flag => true.into(),
            Kind::Scalar(scalar) => self.scalar(*scalar, names, hint),
            Kind::String => self.string().into(),
            Kind::Binary => self.binary(hint),
            Kind::Struct(id) => Value::Object(self.structure(*id)),
            Kind::StructArray(id) => {
                let len = self.random.below(3);
                (0..len)
                    .map(|_| Value::Object(self.structure(*id)))
                    .collect()
            }
            Kind::ScalarArray(scalar) => {
                let len = self.random.below(4);
                (0..len)
                    .map(|_| self.scalar(*scalar, names, hint))
                    .collect()
            }
            Kind::Bitfield32 => {
                let half = |this: &mut Self| this.scalar(Scalar::U32, names, hint);
                json!({ "value": half(self), "selector": half(self) })
            }
            Kind::Nest(set) => Value::Object(self.message(None, Some(*set), outer)),
            Kind::IndexedArray(element) => {
                let len = self.random.below(3);
                (0..len)
                    .map(|index| self.element(attr, *element, index, outer))
                    .collect()
            }
            Kind::NestTypeValue { set, levels } => {
                let mut map = Map::new();
                for level in levels {
                    map.insert(level.clone(), self.random.below(1 << 14).into());
                }
                for (key, value) in self.message(None, Some(*set), outer) {
                    map.entry(key).or_insert(value);
                }
                Value::Object(map)
            }
            Kind::SubMessage { message, selector } => {
                let place = outer
                    .iter()
                    .rev()
                    .find_map(|map| map.get(selector.name.as_str()));
                let selected = place.and_then(text_of)?;
                let formats = &self.family[*message].formats;
                let format = formats.iter().find(|format| format.value == selected)?;
                let (header, set) = (format.fixed_header, format.set);
                Value::Object(self.message(header, set, outer))
            }
            Kind::Pad | Kind::Unused => return None,
        })
    }

    fn element(
        &mut self,
        attr: &Attr,
        element: Element,
        index: usize,
        outer: &mut Vec<Map<String, Value>>,
    ) -> Value {
        match element {
            Element::Nest(set) => {
                let mut map = Map::new();
                let nest = self.message(None, Some(set), outer);
                map.insert((index + 1).to_string(), Value::Object(nest));
                Value::Object(map)
            }
            Element::Scalar(scalar) => self.scalar(scalar, attr.enumeration, attr.display_hint),
            Element::String => self.string().into(),
            Element::Binary => self.binary(attr.display_hint),
            Element::Struct(id) => Value::Object(self.structure(id)),
        }
    }

    fn scalar(
        &mut self,
        scalar: Scalar,
        names: Option<EnumRef>,
        hint: Option<DisplayHint>,
    ) -> Value {
        let (low, high) = scalar.range();
        let mask = if scalar.is_signed() {
            high
        } else {
            (1 << (scalar.size() * 8)) - 1
        };
        if let Some(names) = names {
            let enumeration = &self.family[names.id];
            if names.is_bits(self.family) {
                let fits = |entry: &&genlkit_spec::model::Entry| {
                    enumeration.wire_value(entry, true) & mask != 0
                };
                let entries: Vec<_> = enumeration.entries.iter().filter(fits).collect();
                let names = entries.iter().filter(|_| self.random.chance(2));
                return names
                    .map(|entry| Value::from(entry.name.as_str()))
                    .collect();
            }
            let entry = &enumeration.entries[self.random.below(enumeration.entries.len())];
            if (low..=high).contains(&entry.value.into()) {
                return entry.name.as_str().into();
            }
        }
        let number = match self.random.below(4) {
            0 => low,
            1 => high,
            2 => i128::from(self.random.next()) & mask & 0xff,
            _ => i128::from(self.random.next()) & mask,
        };
        let unnamed = names.is_none().then_some(hint).flatten();
        match unnamed {
            Some(DisplayHint::Hex) if number < 0 => format!("-{:#x}", number.unsigned_abs()).into(),
            Some(DisplayHint::Hex) => format!("{number:#x}").into(),
            Some(DisplayHint::Ipv4 | DisplayHint::Ipv4OrV6) if scalar == Scalar::U32 => {
                let number = u32::try_from(number).expect("a u32");
                std::net::Ipv4Addr::from(number).to_string().into()
            }
            _ => u64::try_from(number)
                .map(Value::from)
                .unwrap_or_else(|_| i64::try_from(number).expect("64 bits").into()),
        }
    }

    fn string(&mut self) -> String {
        const LETTERS: [char; 8] = ['a', 'Z', '0', '-', ' ', 'é', '漢', '\u{1f980}'];
        let len = self.random.below(9);
        (0..len)
            .map(|_| LETTERS[self.random.below(LETTERS.len())])
            .collect()
    }

    fn binary(&mut self, hint: Option<DisplayHint>) -> Value {
        let len = match hint {
            Some(DisplayHint::Ipv4) => 4,
            Some(DisplayHint::Ipv6 | DisplayHint::Uuid) => 16,
            Some(DisplayHint::Ipv4OrV6) => [4, 16][self.random.below(2)],
            Some(DisplayHint::Mac) => 6,
            _ => self.random.below(9),
        };
        let bytes = self.random.bytes(len);
        shown(&bytes, hint).into()
    }

    fn structure(&mut self, id: StructId) -> Map<String, Value> {
        let mut map = Map::new();
        for member in &self.family[id].members {
            let value = match member.kind {
                MemberType::Pad(_) => continue,
                MemberType::Scalar(scalar) => match (member.bits, member.enumeration) {
                    (Some(bits), None) => self.random.below(1 << bits.count.min(16)).into(),
                    (_, names) => self.scalar(scalar, names, member.display_hint),
                },
                MemberType::String(len) => "x".repeat(self.random.below(len.bytes as usize)).into(),
                MemberType::Binary(len) => {
                    let bytes = self.random.bytes(len.bytes as usize);
                    shown(&bytes, member.display_hint).into()
                }
                MemberType::Struct(inner) => Value::Object(self.structure(inner)),
                MemberType::Numbers(scalar, len) => {
                    let numbers = 0..len.bytes as usize / scalar.size();
                    let (names, hint) = (member.enumeration, member.display_hint);
                    numbers.map(|_| self.scalar(scalar, names, hint)).collect()
                }
                MemberType::OpenString => self.string().into(),
                MemberType::OpenBinary => self.binary(member.display_hint),
                MemberType::Variables => json!({ "ACTION": self.string(), "EMPTY": "" }),
                MemberType::SubMessage { message, selector } => {
                    let formats = &self.family[message].formats;
                    let format = &formats[self.random.below(formats.len())];
                    let selector = &self.family[id].members[selector];
                    map.insert(
                        selector.name.to_string(),
                        selecting(selector.enumeration.is_some(), &format.value),
                    );
                    let inner = format.fixed_header.map(|inner| self.structure(inner));
                    Value::Object(inner.unwrap_or_default())
                }
            };
            map.insert(member.name.to_string(), value);
        }
        map
    }
}

/// Moves members aside that an attribute has the name of.
fn apart(family: &Family, id: StructId, set: Option<SetId>, map: &mut Map<String, Value>) {
    let names = family[id].members.iter().map(|member| &member.name);
    let twins = names.filter(|name| {
        let attr = set.and_then(|set| family[set].attr(name));
        // An object is not mixed up with a number, unless both are there: see the codec's own test.
        attr.is_some_and(|attr| attr.is_data() && !matches!(attr.kind, Kind::Nest(_)))
    });
    let taken: Map<String, Value> = twins
        .filter_map(|name| Some((name.to_string(), map.remove(name.as_str())?)))
        .collect();
    if !taken.is_empty() {
        map.insert("$header".to_owned(), Value::Object(taken));
    }
}

fn attrs_of(family: &Family, set: SetId) -> usize {
    family[set].attrs.len()
}

fn is_complex(attr: &Attr) -> bool {
    let nests = matches!(attr.kind, Kind::SubMessage { .. });
    nests || attr.nested_set().is_some()
}

/// The value of a selector that selects a format.
fn selecting(named: bool, value: &str) -> Value {
    if named {
        return value.into();
    }
    value.parse::<u64>().expect("a number selects").into()
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Written apart from the codec's own, so that one checks the other.
fn shown(bytes: &[u8], hint: Option<DisplayHint>) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match hint {
        Some(DisplayHint::Hex) => digits.join(" "),
        Some(DisplayHint::Mac | DisplayHint::Fddi) => digits.join(":"),
        Some(DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6) => {
            if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
                return std::net::Ipv4Addr::from(octets).to_string();
            }
            let octets = <[u8; 16]>::try_from(bytes);
            octets.map_or(digits.concat(), |octets| {
                std::net::Ipv6Addr::from(octets).to_string()
            })
        }
        Some(DisplayHint::Uuid) if bytes.len() == 16 => {
            let part = |range: std::ops::Range<usize>| digits[range].concat();
            [
                part(0..4),
                part(4..6),
                part(6..8),
                part(8..10),
                part(10..16),
            ]
            .join("-")
        }
        _ => digits.concat(),
    }
}
