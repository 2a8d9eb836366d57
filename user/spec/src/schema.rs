// SPDX-License-Identifier: MIT OR Apache-2.0
//! Refuses what the spec's own schema does not have, though another one does.

use crate::model::Protocol;
use crate::raw;
use crate::resolve::Problems;
use serde_saphyr::Spanned;

/// Reports every key and value that only other schemas have.
pub(crate) fn check(raw: &raw::Family, protocol: Protocol, problems: &mut Problems) {
    let mut schema = Schema { protocol, problems };
    schema.family(raw);
    for definition in raw.definitions.as_deref().unwrap_or_default() {
        schema.definition(&definition.value);
    }
    for set in &raw.attribute_sets {
        schema.set(&set.value);
    }
    schema.operations(&raw.operations);
    for group in raw
        .mcast_groups
        .as_ref()
        .map_or(&[][..], |groups| &groups.list)
    {
        schema.key("c-define-name", &group.value.c_define_name, LEGACY_NAMES);
        schema.key("value", &group.value.value, RAW);
        schema.permissions(&group.value.flags);
    }
}

/// The schemas that have something, in the order genetlink, genetlink-c, genetlink-legacy, raw.
type Schemas = [bool; 4];
/// C names that families had before their spec.
const LEGACY_NAMES: Schemas = [false, true, true, true];
/// Habits that new families shall not have.
const LEGACY: Schemas = [false, false, true, true];
const RAW: Schemas = [false, false, false, true];
const GENERIC: Schemas = [true, true, true, false];

struct Schema<'p> {
    protocol: Protocol,
    problems: &'p mut Problems,
}

impl Schema<'_> {
    fn has(&self, schemas: Schemas) -> bool {
        schemas[match self.protocol {
            Protocol::Genetlink => 0,
            Protocol::GenetlinkC => 1,
            Protocol::GenetlinkLegacy => 2,
            Protocol::Raw(_) => 3,
        }]
    }

    fn refuse<T>(&mut self, at: &Spanned<T>, what: &str) {
        let message = format!("protocol {} has no {what}", self.protocol.name());
        self.problems.add(at, message);
    }

    fn key<T>(&mut self, key: &str, given: &Option<Spanned<T>>, schemas: Schemas) {
        if let (Some(given), false) = (given, self.has(schemas)) {
            self.refuse(given, &format!("`{key}`"));
        }
    }

    fn value(&mut self, key: &str, given: &Option<raw::Text>, value: &str, schemas: Schemas) {
        if let (Some(given), false) = (given, self.has(schemas))
            && given.value == value
        {
            self.refuse(given, &format!("{key} `{value}`"));
        }
    }

    fn family(&mut self, raw: &raw::Family) {
        self.key("protonum", &raw.protonum, RAW);
        self.key("message-header", &raw.message_header, RAW);
        self.key("version", &raw.version, [false, false, true, false]);
        self.key("c-family-name", &raw.c_family_name, LEGACY_NAMES);
        self.key("c-version-name", &raw.c_version_name, LEGACY_NAMES);
        self.key("max-by-define", &raw.max_by_define, LEGACY_NAMES);
        self.key("cmd-max-name", &raw.cmd_max_name, LEGACY_NAMES);
        self.key("cmd-cnt-name", &raw.cmd_cnt_name, LEGACY_NAMES);
        self.key("kernel-policy", &raw.kernel_policy, LEGACY);
        self.key("kernel-family", &raw.kernel_family, GENERIC);
        if let (Some(first), false) = (raw.sub_messages.iter().flatten().next(), self.has(RAW)) {
            self.refuse(first, "`sub-messages`");
        }
    }

    fn definition(&mut self, definition: &raw::Definition) {
        self.value(
            "definition of type",
            &Some(definition.r#type.clone()),
            "struct",
            LEGACY,
        );
        self.key("name-prefix", &definition.name_prefix, LEGACY_NAMES);
        self.key(
            "enum-cnt-name",
            &definition.enum_cnt_name,
            [false, true, true, false],
        );
        for member in definition.members.iter().flatten() {
            let member = &member.value;
            self.key("sub-message", &member.sub_message, RAW);
            self.key("sub-type", &member.sub_type, RAW);
            self.key("default", &member.default, RAW);
            self.key("bits", &member.bits, RAW);
        }
        if let Some(Some(name)) = &definition.enum_name {
            self.key("enum-name", &Some(name.clone()), LEGACY_NAMES);
        } else if definition.enum_name.is_some() && !self.has(LEGACY_NAMES) {
            self.refuse(&definition.name, "empty `enum-name`");
        }
    }

    fn set(&mut self, set: &raw::AttributeSet) {
        self.key("attr-cnt-name", &set.attr_cnt_name, LEGACY_NAMES);
        self.key("attr-max-name", &set.attr_max_name, LEGACY_NAMES);
        self.key("header", &set.header, LEGACY_NAMES);
        if let (Some(prefix), true) = (&set.name_prefix, set.subset_of.is_some()) {
            self.problems
                .add(prefix, "a subset inherits its names: drop `name-prefix`");
        }
        if set.enum_name == Some(None) && !self.has(LEGACY_NAMES) {
            self.refuse(&set.name, "empty `enum-name`");
        }
        for attr in &set.attributes {
            let attr = &attr.value;
            self.value("type", &attr.r#type, "bitfield32", LEGACY);
            self.value("type", &attr.r#type, "sub-message", RAW);
            self.value("sub-type", &attr.sub_type, "bitfield32", LEGACY);
            self.key("name-prefix", &attr.name_prefix, LEGACY_NAMES);
            self.key("struct", &attr.r#struct, LEGACY);
            self.key("sub-message", &attr.sub_message, RAW);
            self.key("selector", &attr.selector, RAW);
            if let Some(checks) = &attr.checks {
                self.key(
                    "unterminated-ok",
                    &checks.value.unterminated_ok,
                    LEGACY_NAMES,
                );
            }
        }
    }

    fn operations(&mut self, ops: &raw::Operations) {
        self.value("enum-model", &ops.enum_model, "directional", LEGACY);
        self.key("fixed-header", &ops.fixed_header, LEGACY);
        let names = [&ops.enum_name, &ops.async_enum];
        if let (Some(first), false) = (ops.list.first(), self.has(LEGACY_NAMES))
            && names.into_iter().any(|name| *name == Some(None))
        {
            self.refuse(first, "empty `enum-name` or `async-enum`");
        }
        for op in &ops.list {
            let op = &op.value;
            self.key("fixed-header", &op.fixed_header, LEGACY);
            self.key("config-cond", &op.config_cond, GENERIC);
            self.key("ack", &op.ack, RAW);
            self.key("errno", &op.errno, RAW);
            self.key("same-as", &op.same_as, RAW);
            self.permissions(&op.flags);
            for flag in op.dont_validate.iter().flatten() {
                self.value("dont-validate", &Some(flag.clone()), "dump-strict", GENERIC);
            }
            for mode in [&op.r#do, &op.dump].into_iter().flatten() {
                for message in [&mode.value.request, &mode.value.reply]
                    .into_iter()
                    .flatten()
                {
                    self.key("value", &message.value.value, LEGACY);
                    // Ours: see the model's `Message`.
                    self.key("fixed-header", &message.value.fixed_header, RAW);
                    self.key("attribute-set", &message.value.attribute_set, RAW);
                }
            }
        }
    }

    fn permissions(&mut self, flags: &Option<Vec<raw::Text>>) {
        for flag in flags.iter().flatten() {
            let flag = &Some(flag.clone());
            self.value("flag", flag, "uns-admin-perm", [true, false, true, false]);
        }
    }
}
