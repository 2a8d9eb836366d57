// SPDX-License-Identifier: MIT OR Apache-2.0
//! A spec as it is written: the union of the four YNL schemas, with positions and no meaning.
//!
//! A key that no schema has is refused here; one that the spec's own schema lacks is refused by
//! [`crate::schema`]. Names stay unresolved: that is the work of [`crate::resolve`].

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_saphyr::Spanned;
use std::fmt;

pub(crate) type Text = Spanned<String>;

macro_rules! raw {
    ($($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* })*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name { $($(#[$fmeta])* pub(crate) $field: $type,)* }
    )* };
}

raw! {
    Family {
        name: Text,
        doc: Option<String>,
        protocol: Option<Text>,
        protonum: Option<Spanned<i64>>,
        message_header: Option<Spanned<bool>>,
        version: Option<Spanned<u8>>,
        uapi_header: Option<Text>,
        c_family_name: Option<Text>,
        c_version_name: Option<Text>,
        max_by_define: Option<Spanned<bool>>,
        cmd_max_name: Option<Text>,
        cmd_cnt_name: Option<Text>,
        kernel_policy: Option<Text>,
        definitions: Option<Vec<Spanned<Definition>>>,
        attribute_sets: Vec<Spanned<AttributeSet>>,
        sub_messages: Option<Vec<Spanned<SubMessage>>>,
        operations: Operations,
        mcast_groups: Option<Groups>,
        kernel_family: Option<Spanned<KernelFamily>>,
    }
    Definition {
        r#type: Text,
        name: Text,
        header: Option<String>,
        scope: Option<Text>,
        doc: Option<String>,
        value: Option<Spanned<Number>>,
        value_start: Option<Spanned<Number>>,
        entries: Option<Vec<Spanned<Entry>>>,
        render_max: Option<bool>,
        #[serde(default, deserialize_with = "nullable")]
        enum_name: Option<Option<Text>>,
        name_prefix: Option<Text>,
        enum_cnt_name: Option<Text>,
        members: Option<Vec<Spanned<Member>>>,
    }
    Member {
        name: Text,
        r#type: Text,
        len: Option<Spanned<Number>>,
        byte_order: Option<Text>,
        doc: Option<String>,
        r#enum: Option<Text>,
        enum_as_flags: Option<bool>,
        display_hint: Option<Text>,
        r#struct: Option<Text>,
        sub_type: Option<Text>,
        sub_message: Option<Text>,
        selector: Option<Text>,
        default: Option<Spanned<i64>>,
        bits: Option<Spanned<u32>>,
    }
    AttributeSet {
        name: Text,
        name_prefix: Option<Text>,
        #[serde(default, deserialize_with = "nullable")]
        enum_name: Option<Option<Text>>,
        doc: Option<String>,
        subset_of: Option<Text>,
        attr_cnt_name: Option<Text>,
        attr_max_name: Option<Text>,
        header: Option<Text>,
        attributes: Vec<Spanned<Attribute>>,
    }
    Attribute {
        name: Text,
        r#type: Option<Text>,
        doc: Option<String>,
        value: Option<Spanned<u32>>,
        type_value: Option<Vec<Text>>,
        byte_order: Option<Text>,
        multi_attr: Option<Spanned<bool>>,
        nested_attributes: Option<Text>,
        r#enum: Option<Text>,
        enum_as_flags: Option<Spanned<bool>>,
        checks: Option<Spanned<Checks>>,
        sub_type: Option<Text>,
        display_hint: Option<Text>,
        name_prefix: Option<Text>,
        r#struct: Option<Text>,
        sub_message: Option<Text>,
        selector: Option<Text>,
    }
    #[derive(Default)]
    Checks {
        flags_mask: Option<Text>,
        min: Option<Spanned<Number>>,
        max: Option<Spanned<Number>>,
        min_len: Option<Spanned<Number>>,
        max_len: Option<Spanned<Number>>,
        exact_len: Option<Spanned<Number>>,
        unterminated_ok: Option<Spanned<bool>>,
    }
    SubMessage {
        name: Text,
        formats: Vec<Spanned<Format>>,
    }
    Format {
        value: Text,
        fixed_header: Option<Text>,
        attribute_set: Option<Text>,
    }
    Operations {
        enum_model: Option<Text>,
        name_prefix: Option<Text>,
        #[serde(default, deserialize_with = "nullable")]
        enum_name: Option<Option<Text>>,
        async_prefix: Option<Text>,
        #[serde(default, deserialize_with = "nullable")]
        async_enum: Option<Option<Text>>,
        fixed_header: Option<Text>,
        list: Vec<Spanned<Operation>>,
    }
    Operation {
        name: Text,
        doc: String,
        value: Option<Spanned<u32>>,
        attribute_set: Option<Text>,
        flags: Option<Vec<Text>>,
        dont_validate: Option<Vec<Text>>,
        config_cond: Option<Text>,
        fixed_header: Option<Text>,
        r#do: Option<Spanned<Mode>>,
        dump: Option<Spanned<Mode>>,
        notify: Option<Text>,
        event: Option<Spanned<Message>>,
        mcgrp: Option<Text>,
        ack: Option<Spanned<bool>>,
        errno: Option<Text>,
        same_as: Option<Text>,
    }
    Mode {
        request: Option<Spanned<Message>>,
        reply: Option<Spanned<Message>>,
        pre: Option<Text>,
        post: Option<Text>,
    }
    #[derive(Default)]
    Message {
        attributes: Option<Vec<Text>>,
        value: Option<Spanned<u32>>,
        fixed_header: Option<Text>,
        attribute_set: Option<Text>,
    }
    Groups { list: Vec<Spanned<Group>>, }
    Group {
        name: Text,
        c_define_name: Option<Text>,
        flags: Option<Vec<Text>>,
        value: Option<Spanned<u32>>,
    }
    #[derive(Default)]
    KernelFamily {
        headers: Option<Vec<String>>,
        sock_priv: Option<String>,
    }
}

/// Where a spec says a number, or the name of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Number {
    Literal(i128),
    Name(String),
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer or the name of a constant")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number::Literal(value.into()))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number::Literal(value.into()))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Number, E> {
                Ok(Number::Name(value.to_owned()))
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// An entry of an enum or of flags: a bare name, or a mapping.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: Option<i64>,
    pub(crate) doc: Option<String>,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full {
            name: String,
            value: Option<i64>,
            doc: Option<String>,
        }
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a mapping of name, value and doc")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Entry, E> {
                Ok(Entry {
                    name: name.to_owned(),
                    value: None,
                    doc: None,
                })
            }
            fn visit_i64<E: de::Error>(self, name: i64) -> Result<Entry, E> {
                self.visit_str(&name.to_string())
            }
            fn visit_u64<E: de::Error>(self, name: u64) -> Result<Entry, E> {
                self.visit_str(&name.to_string())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let full = Full::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Entry {
                    name: full.name,
                    value: full.value,
                    doc: full.doc,
                })
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

/// Tells a key that is absent (`None`) from one that is null or empty (`Some(None)`).
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Text>>, D::Error> {
    let text = Option::<Text>::deserialize(deserializer)?;
    Ok(Some(text.filter(|text| !text.value.is_empty())))
}
