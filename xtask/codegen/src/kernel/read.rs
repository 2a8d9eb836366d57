// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests, and nests in requests: a key and an accessor for each attribute.

use super::handler::has_held;
use super::text::{Text, or};
use super::types::{named, number};
use super::{Context, build, names, policy};
use crate::policy::{Accept, Mode, Owner, Policy, PolicyId, SplitOp, problem};
use genlkit_spec::Problem;
use genlkit_spec::model::{Attr, Kind, OpId, Permission};
use genlkit_spec::names::{c_lower, screaming, snake};

pub(super) fn emit(context: &Context<'_>, text: &mut Text) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for op in &context.tables.ops {
        request(context, op, text, &mut problems);
    }
    for (index, policy) in context.tables.policies.iter().enumerate() {
        if let Owner::Nest(_) = policy.owner {
            nest(context, PolicyId(index), policy, text, &mut problems);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn request(context: &Context<'_>, op: &SplitOp, text: &mut Text, problems: &mut Vec<Problem>) {
    let family = context.family;
    let name = &family[op.op].name;
    let marker = names::marker(family, op.op, op.mode);
    let request = names::request(family, op.op, op.mode);
    let policy = op.policy.map(|id| (id, &context.tables.policies[id.0]));
    let of_policy = policy.map_or("genl::NoAttrs", |(id, _)| context.names.policy(id));
    let perm = match op.permission {
        None => "Any",
        Some(Permission::Admin) => "Admin",
        Some(Permission::UnsAdmin) => "NetnsAdmin",
    };
    text.doc(&format!("The {} mode of `{name}`.", op.mode.name()));
    text.line(&format!(
        "pub enum {marker} {{}}\n\nimpl genl::Op for {marker} {{"
    ));
    text.line(&format!(
        "type Family = Family;\ntype Policy = {of_policy};\n"
    ));
    text.line(&format!("const CMD: u8 = {};", op.cmd));
    text.line(&format!("const PERM: genl::Perm = genl::Perm::{perm};"));
    if let Some(unchecked) = dont_validate(op) {
        text.line(&format!(
            "const DONT_VALIDATE: genl::DontValidate = {unchecked};"
        ));
    }
    text.line("}\n");

    let inner = match op.mode {
        Mode::Do => "genl::Request",
        Mode::Dump => "genl::DumpRequest",
    };
    text.doc(&match op.mode {
        Mode::Do => format!("A request for `{name}`."),
        Mode::Dump => format!("A request for a dump of `{name}`."),
    });
    text.line(&format!(
        "pub struct {request}<'r>({inner}<'r, {marker}>);\n"
    ));
    let reply = names::reply(family, op.op, op.mode).filter(|_| op.mode == Mode::Do);
    if policy.is_some() || reply.is_some() {
        text.line(&format!("impl<'r> {request}<'r> {{"));
        if let Some((id, policy)) = policy {
            accessors(context, id, policy, text, problems);
        }
        if let Some(reply) = reply {
            text.doc(
                "Sends the reply; the closure may run more than once (`genl::Request::reply`).",
            );
            text.line(&format!(
                "#[inline]\npub fn reply(&self, fill: impl FnMut(&mut {reply}<'_>) -> Result) \
                 -> Result<genl::Sent> {{\nself.0.reply::<{reply}<'_>>(fill)\n}}\n"
            ));
            let message = family[op.op].r#do.as_ref();
            let message = message.and_then(|mode| mode.reply.as_ref());
            if message.is_some_and(|message| build::varies(context, message)) {
                reply_with_capacity(&reply, text);
            }
        }
        text.line("}\n");
    }
    text.line(&format!(
        "impl<'r> Deref for {request}<'r> {{\ntype Target = {inner}<'r, {marker}>;\n\n\
         #[inline]\nfn deref(&self) -> &Self::Target {{\n&self.0\n}}\n}}\n"
    ));
    call(context, op.op, op.mode, &marker, &request, text);
}

/// What the core does not check, if anything.
fn dont_validate(op: &SplitOp) -> Option<String> {
    let flags = [
        (op.dont_validate_strict, "STRICT"),
        (op.dont_validate_dump, "DUMP"),
        (op.dont_validate_dump_strict, "DUMP_STRICT"),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set);
    flags
        .map(|(_, name)| format!("genl::DontValidate::{name}"))
        .reduce(|one, other| format!("{one}.nor({other})"))
}

/// The method that replies where a page may not do.
fn reply_with_capacity(reply: &str, text: &mut Text) {
    text.doc(
        "Sends the reply in a buffer that has room for `capacity` bytes of strings, byte slices \
         and nests from the start (`genl::Request::reply_with_capacity`).",
    );
    text.line(&format!(
        "#[inline]\npub fn reply_with_capacity(&self, capacity: usize, \
         fill: impl FnMut(&mut {reply}<'_>) -> Result) -> Result<genl::Sent> {{\n\
         self.0.reply_with_capacity::<{reply}<'_>>(capacity, fill)\n}}"
    ));
}

/// How a request comes to the handler.
fn call(context: &Context<'_>, op: OpId, mode: Mode, marker: &str, request: &str, text: &mut Text) {
    let family = context.family;
    let method = snake(&family[op].name);
    let stem = c_lower(&family[op].name);
    let reply = names::reply(family, op, mode);
    let (Mode::Dump, Some(reply)) = (mode, &reply) else {
        let sent = match reply {
            Some(_) => ".map(drop)",
            None => "",
        };
        let splits = &context.tables.ops;
        let held = splits.iter().any(|split| split.op == op && has_held(split));
        let body = match held {
            false => format!("handler.{method}({request}(request)){sent}"),
            true => format!(
                "let request = {request}(request);\n\
                 let mut held = handler.{stem}_pre(&request)?;\n\
                 handler.{method}(request, &mut held){sent}"
            ),
        };
        // What is held may borrow what the handler has, and the request.
        let call = match held {
            false => "call(handler: &H, request: genl::Request<'_, Self>)",
            true => "call<'r>(handler: &'r H, request: genl::Request<'r, Self>)",
        };
        text.line(&format!(
            "impl<H: Handler> genl::Do<H> for {marker} {{\n#[inline]\n\
             fn {call} -> Result {{\n{body}\n}}\n}}\n"
        ));
        return;
    };
    let entries = names::entries(family, op);
    text.doc(&format!("One part of a dump of `{}`.", family[op].name));
    text.line(&format!(
        "pub type {entries}<'d> = genl::Entries<'d, {marker}, {reply}<'static>>;\n"
    ));
    text.line(&format!(
        "impl<H: Handler> genl::Dump<H> for {marker} {{\n\
         type State = H::{marker};\ntype Entry = {reply}<'static>;\n\n#[inline]\n\
         fn start(handler: &H, request: genl::DumpRequest<'_, Self>) -> Result<Self::State> {{\n\
         handler.{stem}_start({request}(request))\n}}\n\n#[inline]\n\
         fn dump(state: &mut Self::State, entries: &mut {entries}<'_>) -> Result {{\n\
         H::{stem}_dump(state, entries)\n}}\n}}\n"
    ));
}

fn nest(
    context: &Context<'_>,
    id: PolicyId,
    policy: &Policy,
    text: &mut Text,
    problems: &mut Vec<Problem>,
) {
    let set = &context.family[policy.set];
    let reader = context.names.reader(policy.set);
    let name = context.names.policy(id);
    text.doc(&format!("A nest of `{}` in a request.", set.name));
    text.line(&format!(
        "#[derive(Clone, Copy)]\npub struct {reader}<'r>(genl::Attrs<'r, {name}>);\n"
    ));
    text.line(&format!("impl<'r> {reader}<'r> {{"));
    accessors(context, id, policy, text, problems);
    text.line("}\n");
    text.line(&format!(
        "impl<'r> Deref for {reader}<'r> {{\ntype Target = genl::Attrs<'r, {name}>;\n\n\
         #[inline]\nfn deref(&self) -> &Self::Target {{\n&self.0\n}}\n}}\n"
    ));
}

/// The keys of a policy's attributes, and a method for each.
fn accessors(
    context: &Context<'_>,
    id: PolicyId,
    policy: &Policy,
    text: &mut Text,
    problems: &mut Vec<Problem>,
) {
    let set = &context.family[policy.set];
    let name = context.names.policy(id);
    let mut methods = Text::default();
    for rule in &policy.rules {
        let attr = &set.attrs[rule.index];
        let kind = match policy::kind(context, attr, &rule.accept) {
            Ok(kind) => kind,
            Err(message) => {
                let message = format!("`{}`: {message}", attr.name);
                problems.push(problem(context.family, attr.line, message));
                continue;
            }
        };
        let key = screaming(&attr.name);
        text.doc(&format!("The key of `{}`.", attr.name));
        text.line(&format!(
            "pub const {key}: genl::Key<{name}, {kind}> = genl::Key::new({});",
            rule.number
        ));
        accessor(context, attr, &rule.accept, &kind, &mut methods);
    }
    text.line("");
    text.line(&methods.into_string());
}

/// Methods of a request and of its attributes, which an accessor of the same name would hide.
const METHODS: &[&str] = &[
    "attrs",
    "blame",
    "capable",
    "clone",
    "deref",
    "each",
    "echo",
    "extack",
    "flags",
    "get",
    "has",
    "largest",
    "missing",
    "net",
    "net_capable",
    "notify",
    "opener",
    "portid",
    "reject",
    "reply",
    "reply_with_capacity",
    "require",
    "seq",
];

/// The name of an attribute's accessor.
fn method(attr: &Attr) -> String {
    let name = snake(&attr.name);
    if METHODS.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

fn accessor(context: &Context<'_>, attr: &Attr, accept: &Accept, kind: &str, text: &mut Text) {
    let method = method(attr);
    let key = screaming(&attr.name);
    let nest = match accept {
        Accept::Nested(_) | Accept::NestedArray(_) => {
            attr.nested_set().map(|set| context.names.reader(set))
        }
        _ => None,
    };
    let (value, body) = match (accept, nest) {
        (Accept::Flag, _) => ("bool".to_owned(), format!("self.has(Self::{key})")),
        (Accept::Nested(None), _) => (
            format!(
                "Result<Option<{}>>",
                kind.replacen("ItemArray<", "Items<'r, ", 1)
            ),
            format!("self.get(Self::{key}).transpose()"),
        ),
        (Accept::NestedArray(_), Some(reader)) => (
            format!("Option<impl Iterator<Item = {reader}<'r>> + 'r>"),
            format!("self.get(Self::{key}).map(|all| all.map({reader}))"),
        ),
        (_, Some(reader)) if attr.multi => (
            format!("impl Iterator<Item = {reader}<'r>> + 'r"),
            format!("self.each(Self::{key}).map({reader})"),
        ),
        (_, Some(reader)) => (
            format!("Option<{reader}<'r>>"),
            format!("self.get(Self::{key}).map({reader})"),
        ),
        _ if attr.multi => (
            format!("genl::Each<'r, {kind}>"),
            format!("self.each(Self::{key})"),
        ),
        _ => (
            format!("Option<{}>", plain(context, attr, accept)),
            format!("self.get(Self::{key})"),
        ),
    };
    text.doc(&or(&attr.doc, || format!("`{}`", attr.name)));
    text.line(&format!(
        "#[inline]\npub fn {method}(&self) -> {value} {{\n{body}\n}}\n"
    ));
}

/// What a value reads as.
fn plain(context: &Context<'_>, attr: &Attr, accept: &Accept) -> String {
    match accept {
        Accept::Number { scalar, .. } => named(attr, context)
            .unwrap_or(scalar.rust_type())
            .to_owned(),
        Accept::NulString(_) => "genl::Text<'r>".to_owned(),
        Accept::Bitfield32(_) => "genl::Bitfield32".to_owned(),
        Accept::Binary(_) => match attr.kind {
            Kind::ScalarArray(scalar) => {
                format!("genl::Numbers<'r, {}>", number(scalar, attr.byte_order))
            }
            _ => "&'r [u8]".to_owned(),
        },
        _ => "&'r [u8]".to_owned(),
    }
}
