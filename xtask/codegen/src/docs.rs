// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the reference page of a family, in Markdown: what can be asked, what comes back, and
//! what the kernel checks.

mod types;

use genlkit_spec::Family;
use genlkit_spec::model::{
    Attr, AttrSet, ConstValue, Enum, EnumKind, Message, Operation, Permission, Scope,
};
use types::{accepted, type_of};

/// The page of a family, without its first comment (licence and origin).
#[must_use]
pub fn emit(family: &Family) -> String {
    let mut md = Page::default();
    md.heading(1, &format!("The {} family", family.name));
    md.text(&family.doc);
    md.table(
        ["Property", "Value"],
        [
            ["Name".into(), code(&family.name)],
            ["Version".into(), family.version.to_string()],
            ["Schema".into(), code(family.protocol.name())],
            ["C header".into(), code(&family.uapi_header)],
        ],
    );
    operations(&mut md, family);
    groups(&mut md, family);
    md.heading(2, "Attribute sets");
    for set in &family.sets {
        attribute_set(&mut md, set, family);
    }
    definitions(&mut md, family);
    md.finish()
}

/// Markdown under way; blocks are kept apart by one empty line.
#[derive(Default)]
struct Page(String);

impl Page {
    fn block(&mut self, text: &str) {
        if !text.is_empty() {
            if !self.0.is_empty() {
                self.0.push('\n');
            }
            self.0.push_str(text.trim_end());
            self.0.push('\n');
        }
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.block(&format!("{} {text}", "#".repeat(level)));
    }

    fn text(&mut self, doc: &str) {
        self.block(doc);
    }

    fn table<const N: usize>(
        &mut self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let row = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
        let mut text = row(&head) + &row(&["---"; N]);
        for cells in rows {
            let cells = cells.map(|cell| cell.replace('|', "\\|"));
            text += &row(&cells.each_ref().map(String::as_str));
        }
        self.block(&text);
    }

    fn finish(self) -> String {
        self.0
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A text on one line, for a table's cell.
fn cell(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

/// A set's heading, which must not be an operation's too: many have the same name.
fn title(set: &AttrSet) -> String {
    format!("{} (attributes)", set.name)
}

fn link(set: &AttrSet) -> String {
    format!("[`{}`](#{})", set.name, anchor(&title(set)))
}

fn operations(md: &mut Page, family: &Family) {
    md.heading(2, "Operations");
    let rows = family.ops.iter().map(|op| {
        let mut modes: Vec<&str> = op.modes().map(|(name, _)| name).collect();
        modes.extend(op.notify.map(|_| "notification"));
        modes.extend(op.event.as_ref().map(|_| "event"));
        let number = op.request_value.or(op.reply_value).unwrap_or(0).to_string();
        let name = format!("[`{}`](#{})", op.name, anchor(&op.name));
        [
            number,
            name,
            modes.join(", "),
            who(op.permission).to_owned(),
        ]
    });
    md.table(["Number", "Operation", "Modes", "Who may"], rows);
    for op in &family.ops {
        operation(md, op, family);
    }
}

fn who(permission: Option<Permission>) -> &'static str {
    match permission {
        None => "everybody",
        Some(Permission::Admin) => "CAP_NET_ADMIN in the initial user namespace",
        Some(Permission::UnsAdmin) => "CAP_NET_ADMIN in the network namespace",
    }
}

fn operation(md: &mut Page, op: &Operation, family: &Family) {
    md.heading(3, &op.name);
    md.text(&op.doc);
    md.text(&format!("C name: `{}`.", op.c_name));
    if let Some(condition) = &op.config_cond {
        md.text(&format!("Only in kernels with `CONFIG_{condition}`."));
    }
    for (name, mode) in op.modes() {
        let request = message(mode.request.as_ref(), family, "no attributes");
        let none = if name == "do" {
            "an acknowledgement"
        } else {
            "nothing"
        };
        let reply = message(mode.reply.as_ref(), family, none);
        let each = if name == "do" { "Reply" } else { "Each reply" };
        md.text(&format!(
            "**{name}**\n\n- Request: {request}\n- {each}: {reply}"
        ));
    }
    if let Some(announced) = op.announced(family) {
        let group = op.group.map_or(String::new(), |id| {
            format!(" to group `{}`", family[id].name)
        });
        let holds = message(Some(announced), family, "no attributes");
        md.text(&format!("Sent{group} with {holds}"));
    }
}

fn message(message: Option<&Message>, family: &Family, none: &str) -> String {
    let names: Vec<String> = message
        .map(|message| message.attrs(family).map(|attr| code(&attr.name)).collect())
        .unwrap_or_default();
    match message
        .and_then(|message| message.set)
        .filter(|_| !names.is_empty())
    {
        Some(set) => format!("{} of {}.", names.join(", "), link(&family[set])),
        None => format!("{none}."),
    }
}

fn groups(md: &mut Page, family: &Family) {
    if family.groups.is_empty() {
        return;
    }
    md.heading(2, "Multicast groups");
    let rows = family.groups.iter().enumerate().map(|(index, group)| {
        let sent = family
            .ops
            .iter()
            .filter(|op| op.group.is_some_and(|id| id.0 == index));
        let sent: Vec<String> = sent.map(|op| code(&op.name)).collect();
        let who = match group.permission {
            Some(Permission::Admin) => "CAP_SYS_ADMIN in the network namespace",
            other => who(other),
        };
        [code(&group.name), sent.join(", "), who.to_owned()]
    });
    md.table(["Group", "Hears", "Who may join"], rows);
}

fn attribute_set(md: &mut Page, set: &AttrSet, family: &Family) {
    md.heading(3, &title(set));
    md.text(&set.doc);
    if let Some(parent) = set.subset_of {
        md.text(&format!(
            "Some attributes of {}, with the same numbers.",
            link(&family[parent])
        ));
    }
    let rows = set.attrs.iter().map(|attr: &Attr| {
        [
            attr.number.to_string(),
            code(&attr.name),
            type_of(attr, family),
            accepted(attr, family),
            cell(&attr.doc),
        ]
    });
    md.table(["Number", "Attribute", "Type", "Accepted", "Meaning"], rows);
}

fn definitions(md: &mut Page, family: &Family) {
    let shown: Vec<_> = family
        .consts
        .iter()
        .filter(|c| c.scope == Scope::Uapi)
        .collect();
    if !shown.is_empty() {
        md.heading(2, "Constants");
        let rows = shown.into_iter().map(|constant| {
            let value = match &constant.value {
                ConstValue::Number(value) => value.to_string(),
                ConstValue::Text(text) => code(text),
            };
            [code(&constant.c_name), value, cell(&constant.doc)]
        });
        md.table(["Constant", "Value", "Meaning"], rows);
    }
    if !family.enums.is_empty() {
        md.heading(2, "Enums and flags");
    }
    for e in &family.enums {
        enumeration(md, e);
    }
}

fn enumeration(md: &mut Page, e: &Enum) {
    let kind = if e.kind == EnumKind::Flags {
        "flags"
    } else {
        "enum"
    };
    md.heading(3, &format!("{} ({kind})", e.name));
    md.text(&e.doc);
    let rows = e.entries.iter().map(|entry| {
        let value = match e.kind {
            EnumKind::Flags => format!("{:#x}", e.wire_value(entry, true)),
            EnumKind::Enum => entry.value.to_string(),
        };
        [
            value,
            code(&entry.name),
            code(&entry.c_name),
            cell(&entry.doc),
        ]
    });
    md.table(["Value", "Name", "C name", "Meaning"], rows);
}
