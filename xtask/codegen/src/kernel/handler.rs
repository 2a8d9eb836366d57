// SPDX-License-Identifier: MIT OR Apache-2.0
//! The family, its groups, its table of operations, and the trait that serves them.

use super::text::{Text, or};
use super::{Context, names};
use crate::policy::{Mode, SplitOp, Tables, problem};
use genlkit_spec::model::Permission;
use genlkit_spec::names::{c_lower, camel, snake};
use genlkit_spec::{Family, Problem};

/// Methods that every handler has, whatever its operations.
const METHODS: &[&str] = &[
    "init",
    "bind",
    "unbind",
    "released",
    "slot",
    "net_state",
    "socket_state",
    "weak_net",
];

/// What the layer has no place for.
pub(super) fn refused(family: &Family, tables: &Tables) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |line: u32, name: &str, what: &str| {
        problems.push(problem(family, line, format!("`{name}`: {what}")));
    };
    if family.name.len() > 15 {
        refuse(1, &family.name, "a family's name has at most 15 bytes");
    }
    for split in &tables.ops {
        let op = &family[split.op];
        let before = format!("{}-pre", op.name);
        if has_held(split) && family.ops.iter().any(|other| other.name == before) {
            refuse(
                op.line,
                &op.name,
                "another operation is called as its `pre` would be",
            );
        }
        if split.mode == Mode::Dump && names::reply(family, split.op, Mode::Dump).is_none() {
            refuse(
                op.line,
                &op.name,
                "a dump without a reply has nothing to dump",
            );
        }
        if METHODS.contains(&c_lower(&op.name).as_str()) {
            refuse(
                op.line,
                &op.name,
                "every handler has another method of this name",
            );
        }
    }
    problems
}

pub(super) fn emit(context: &Context<'_>, text: &mut Text) {
    interface(context, text);
    handler(context, text);
    serve(context, text);
}

fn interface(context: &Context<'_>, text: &mut Text) {
    let family = context.family;
    if !family.groups.is_empty() {
        text.doc("The multicast groups.");
        text.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Mcgrp {");
        for (index, group) in family.groups.iter().enumerate() {
            text.doc(&format!("`{}`", group.name));
            text.line(&format!("{} = {index},", camel(&group.name)));
        }
        text.line("}\n\nimpl Mcgrp {\nfn from_index(index: usize) -> Option<Self> {");
        text.line("Some(match index {");
        for (index, group) in family.groups.iter().enumerate() {
            text.line(&format!("{index} => Self::{},", camel(&group.name)));
        }
        text.line("_ => return None,\n})\n}\n}\n");
        text.line("impl genl::Groups for Mcgrp {\ntype Family = Family;\n");
        text.line("#[inline]\nfn index(self) -> usize {\nself as usize\n}\n}\n");
    }
    text.doc(&format!("The family `{}`.", family.name));
    text.line("pub enum Family {}\n\nimpl genl::Interface for Family {");
    text.line(&format!("const NAME: &'static CStr = c{:?};", family.name));
    text.line(&format!("const VERSION: u8 = {};", family.version));
    text.line("const GROUPS: &'static [genl::MulticastGroup] = &[");
    for group in &family.groups {
        let join = match group.permission {
            None => "Any",
            Some(Permission::Admin) => "SysAdmin",
            Some(Permission::UnsAdmin) => "NetAdmin",
        };
        text.line(&format!(
            "genl::MulticastGroup::const_new(c{:?}, genl::Join::{join}),",
            group.name
        ));
    }
    text.line("];\n}\n");
}

fn handler(context: &Context<'_>, text: &mut Text) {
    let family = context.family;
    text.doc(
        "What a module does for the family: a method for each mode of each operation.\n\n\
         Requests come from many threads at once.",
    );
    text.line("pub trait Handler: genl::Home<Family = Family> {");
    for op in context.tables.ops.iter().filter(|op| op.mode == Mode::Dump) {
        text.doc(&format!(
            "What a dump of `{}` keeps between its parts; dropped when the dump ends.",
            family[op.op].name
        ));
        let marker = names::marker(family, op.op, op.mode);
        text.line(&format!("type {marker}: Send + 'static;\n"));
    }
    for op in context.tables.ops.iter().filter(|op| has_held(op)) {
        text.doc(&format!(
            "What is held during `{}`, a lock perhaps; dropped behind it, also where it failed.",
            family[op.op].name
        ));
        let held = names::held(family, op.op);
        text.line(&format!("type {held}<'h>\nwhere\nSelf: 'h;\n"));
    }
    text.doc(
        "What the module keeps for each network namespace, `()` for nothing; \
         `genl::Home::net_state` finds it.",
    );
    text.line("type Net: genl::NetState;\n");
    if let Some(socket) = &family.kernel_family.sock_priv {
        text.doc(&format!(
            "What the module keeps for each socket (`{socket}` in C); `genl::Home::socket_state` \
             finds it."
        ));
        text.line("type Socket: genl::SocketState;\n");
    }
    text.doc("Whether `released` is called; it costs whoever closes a netlink socket a little.");
    text.line("const WATCHES_SOCKETS: bool = false;\n");
    text.doc("Makes the handler when the module is loaded, before the family is there for anyone.");
    text.line("fn init(module: &'static ThisModule) -> impl PinInit<Self, Error>;\n");
    for op in &context.tables.ops {
        methods(context, op, text);
    }
    if !family.groups.is_empty() {
        text.doc(
            "A socket joins a multicast group; it does not listen yet. The same socket may join \
             twice.",
        );
        text.line("fn bind(&self, _group: Mcgrp) {}\n");
        text.doc("A socket has left a multicast group, or was closed.");
        text.line("fn unbind(&self, _group: Mcgrp) {}\n");
    }
    text.doc(
        "A generic netlink socket with this port id was closed, of this family or not. May sleep. \
         The port id may be another socket's already.",
    );
    text.line("fn released(&self, _net: &genl::Net, _portid: u32) {}");
    text.line("}\n");
}

fn methods(context: &Context<'_>, op: &SplitOp, text: &mut Text) {
    let family = context.family;
    let operation = &family[op.op];
    let request = names::request(family, op.op, op.mode);
    let name = &operation.name;
    let (method, stem) = (snake(name), c_lower(name));
    if op.mode == Mode::Do {
        text.doc(&or(&operation.doc, || format!("`{name}`")));
        let reply = names::reply(family, op.op, op.mode).is_some();
        let sent = if reply {
            "Result<genl::Sent>"
        } else {
            "Result"
        };
        let held = match has_held(op) {
            true => format!(", held: &mut Self::{}<'_>", names::held(family, op.op)),
            false => String::new(),
        };
        text.line(&format!(
            "fn {method}(&self, req: {request}<'_>{held}) -> {sent};\n"
        ));
        if has_held(op) {
            before(context, op, text);
        }
        return;
    }
    if operation.r#do.is_none() {
        text.doc(&or(&operation.doc, || format!("A dump of `{name}`.")));
        text.line("///");
    }
    text.doc("Begins a dump: looks at the request and makes the state.");
    let marker = names::marker(family, op.op, op.mode);
    text.line(&format!(
        "fn {stem}_start(&self, req: {request}<'_>) -> Result<Self::{marker}>;\n"
    ));
    text.doc(&format!(
        "Puts objects into one part of a dump of `{name}` until it is full \
         (`genl::Entries::entry`) or there are no more."
    ));
    let entries = names::entries(family, op.op);
    text.line(&format!(
        "fn {stem}_dump(state: &mut Self::{marker}, out: &mut {entries}<'_>) -> Result;\n"
    ));
}

/// Whether something is done before an operation's do, and undone behind it. A dump's `start` and the
/// end of its state are that anyway.
pub(super) fn has_held(op: &SplitOp) -> bool {
    op.mode == Mode::Do && (op.pre.is_some() || op.post.is_some())
}

/// What comes before an operation: `pre_doit` in C; what it holds ends as `post_doit` does.
fn before(context: &Context<'_>, op: &SplitOp, text: &mut Text) {
    let family = context.family;
    let name = &family[op.op].name;
    let of = |function: &Option<String>, end: &str| {
        let function = function.as_ref();
        function.map_or(String::new(), |function| format!(" (`{function}`{end})"))
    };
    text.doc(&format!(
        "Comes before `{name}`{}, which an error keeps from being called. What it gives is dropped \
         behind{}.",
        of(&op.pre, " in C"),
        of(&op.post, " in C"),
    ));
    let held = names::held(family, op.op);
    let request = names::request(family, op.op, op.mode);
    let method = c_lower(name) + "_pre";
    text.line(&format!(
        "fn {method}<'h>(&'h self, req: &{request}<'h>) -> Result<Self::{held}<'h>>;\n"
    ));
}

fn serve(context: &Context<'_>, text: &mut Text) {
    let family = context.family;
    text.line("impl<H: Handler> genl::Serve<H> for Family {");
    text.line("type Net = H::Net;");
    text.line(match &family.kernel_family.sock_priv {
        Some(_) => "type Socket = H::Socket;\n",
        None => "type Socket = ();\n",
    });
    text.line("const OPS: &'static [genl::SplitOp<H>] = &[");
    for op in &context.tables.ops {
        if let Some(option) = &family[op.op].config_cond {
            // As in C: an option that is a module is not there.
            let option = option.to_uppercase().replace('-', "_");
            text.line(&format!("#[cfg(CONFIG_{option} = \"y\")]"));
        }
        let marker = names::marker(family, op.op, op.mode);
        text.line(&format!(
            "genl::SplitOp::of_{}::<{marker}>(),",
            op.mode.name()
        ));
    }
    text.line("];\nconst WATCHES_SOCKETS: bool = H::WATCHES_SOCKETS;\n");
    text.line("fn init(module: &'static ThisModule) -> impl PinInit<H, Error> {");
    text.line("H::init(module)\n}\n");
    let (handler, group) = if family.groups.is_empty() {
        ("_", "_")
    } else {
        ("handler", "group")
    };
    for method in ["bind", "unbind"] {
        text.line(&format!("fn {method}({handler}: &H, {group}: usize) {{"));
        if !family.groups.is_empty() {
            text.line("if let Some(group) = Mcgrp::from_index(group) {");
            text.line(&format!("handler.{method}(group);\n}}"));
        }
        text.line("}\n");
    }
    text.line("fn released(handler: &H, net: &genl::Net, portid: u32) {");
    text.line("handler.released(net, portid);\n}\n}\n");
}
