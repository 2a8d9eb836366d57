// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our policies, table of operations and groups equal those of the kernel's generator.

use crate::c::{self, Token};
use crate::{difference, for_each_spec};
use genlkit_codegen::policy::{self, Accept, Bound, Bytes, Mode, Policy, SplitOp, Tables, Values};
use genlkit_spec::Family;
use genlkit_spec::model::{Length, Permission, Protocol, Scalar};
use genlkit_spec::names::c_upper;
use std::collections::BTreeMap;

#[test]
fn policies_and_tables_equal_those_of_the_kernel_generator() {
    // Legacy families have habits that we refuse: those are compared that have none.
    let wanted =
        |family: &Family| family.protocol == Protocol::Genetlink || policy::tables(family).is_ok();
    for_each_spec(14, wanted, |family, generator| {
        let tables = policy::tables(family).map_err(|problems| format!("{problems:#?}"))?;
        let header = generator.run(family, &["--mode", "uapi", "--header"])
            + &generator.run(family, &["--mode", "kernel", "--header"]);
        let source = generator.run(family, &["--mode", "kernel", "--source"]);
        let theirs = Theirs::read(&header, &source);
        let mut ours: Vec<String> = tables
            .policies
            .iter()
            .map(|policy| policy_line(policy, family, &tables))
            .collect();
        ours.extend(tables.ops.iter().map(|op| op_line(op, family, &tables)));
        ours.extend(
            family
                .groups
                .iter()
                .map(|group| format!("group {}", group.name)),
        );
        let sock_priv = &family.kernel_family.sock_priv;
        ours.extend(sock_priv.iter().map(|kind| format!("sock-priv {kind}")));
        assert!(!ours.is_empty(), "{}: {ours:?}", family.file);
        difference(&ours, &theirs.lines())
    });
}

/// One policy of ours, in the words that [`Theirs`] uses.
fn policy_line(policy: &Policy, family: &Family, tables: &Tables) -> String {
    let rules: Vec<String> = policy
        .rules
        .iter()
        .map(|rule| format!("{}: {}", rule.number, accept(&rule.accept, family, tables)))
        .collect();
    format!(
        "{}[{}] {{ {} }}",
        policy.c_name,
        policy.max + 1,
        rules.join("; ")
    )
}

fn accept(accept: &Accept, family: &Family, tables: &Tables) -> String {
    let bound = |bound: &Bound| match bound.header {
        Some(id) => family[id].c_name.clone(),
        None => bound.value.to_string(),
    };
    let length = |length: &Length| match length.constant.map(|id| &family[id]) {
        Some(constant) if constant.header.is_some() => constant.c_name.clone(),
        _ => length.bytes.to_string(),
    };
    let max_len = |len: &Option<Length>| {
        len.as_ref()
            .map_or(String::new(), |l| format!(" len {}", length(l)))
    };
    match accept {
        Accept::Number {
            scalar,
            big_endian,
            values,
        } => {
            let kind = match (big_endian, scalar) {
                (true, Scalar::U16) => "BE16".to_owned(),
                (true, _) => "BE32".to_owned(),
                (false, scalar) => c_upper(scalar.name()),
            };
            let values = match values {
                Values::Any => String::new(),
                Values::Mask(mask) => format!(" MASK {mask}"),
                Values::Min(min) => format!(" MIN {}", bound(min)),
                Values::Max(max) => format!(" MAX {}", bound(max)),
                Values::Range(min, max) => format!(" RANGE {} {}", bound(min), bound(max)),
                Values::FullRange(min, max) => format!(" FULL_RANGE {} {}", bound(min), bound(max)),
                Values::OneOf(id) => {
                    let mut values: Vec<i64> =
                        family[*id].entries.iter().map(|e| e.value).collect();
                    values.sort_unstable();
                    format!(" VALIDATE_FN {values:?}")
                }
            };
            format!("{kind}{values}")
        }
        Accept::Flag => "FLAG".to_owned(),
        Accept::NulString(len) => format!("NUL_STRING{}", max_len(len)),
        Accept::String(len) => format!("STRING{}", max_len(len)),
        Accept::Binary(Bytes::Any) => "BINARY".to_owned(),
        Accept::Binary(Bytes::Exact(len)) => format!("EXACT_LEN {}", length(len)),
        Accept::Binary(Bytes::Min(len)) => format!("MIN_LEN {}", length(len)),
        Accept::Binary(Bytes::Max(len)) => format!("MAX_LEN {}", length(len)),
        Accept::Binary(Bytes::Range(min, max)) => format!("BINARY {} {}", length(min), length(max)),
        Accept::Bitfield32(mask) => format!("BITFIELD32 {mask}"),
        Accept::Nested(Some(id)) => format!("NESTED {}", tables.policies[id.0].c_name),
        Accept::NestedArray(id) => format!("NESTED_ARRAY {}", tables.policies[id.0].c_name),
        Accept::Nested(None) => "NESTED".to_owned(),
    }
}

/// One entry of our table of operations, in the words that [`Theirs`] uses.
fn op_line(op: &SplitOp, family: &Family, tables: &Tables) -> String {
    let spec = &family[op.op];
    let mut flags = vec![if op.mode == Mode::Do {
        "GENL_CMD_CAP_DO"
    } else {
        "GENL_CMD_CAP_DUMP"
    }];
    flags.extend(match op.permission {
        Some(Permission::Admin) => Some("GENL_ADMIN_PERM"),
        Some(Permission::UnsAdmin) => Some("GENL_UNS_ADMIN_PERM"),
        None => None,
    });
    flags.sort_unstable();
    let validate = [
        (op.dont_validate_strict, "GENL_DONT_VALIDATE_STRICT"),
        (op.dont_validate_dump, "GENL_DONT_VALIDATE_DUMP"),
        (
            op.dont_validate_dump_strict,
            "GENL_DONT_VALIDATE_DUMP_STRICT",
        ),
    ];
    let mut validate: Vec<&str> = validate
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, f)| f)
        .collect();
    validate.sort_unstable();
    let policy = op.policy.map_or("-", |id| &tables.policies[id.0].c_name);
    let text = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), c_lower_name);
    format!(
        "op {} {} policy {policy} maxattr {} flags {flags:?} validate {validate:?} pre {} post {} if {}",
        op.cmd,
        op.mode.name(),
        op.max_attr,
        text(&op.pre),
        text(&op.post),
        spec.config_cond.as_deref().unwrap_or("-"),
    )
}

fn c_lower_name(name: &str) -> String {
    genlkit_spec::names::c_lower(name)
}

/// What the generator's source says.
struct Theirs {
    names: BTreeMap<String, i128>,
    /// Each variable's initializer: its type, its name with what is in brackets, and its tokens.
    variables: Vec<(String, String, Vec<Token>, Vec<(Token, Option<String>)>)>,
    /// The values that each validate function lets pass.
    functions: BTreeMap<String, Vec<i128>>,
}

impl Theirs {
    fn read(header: &str, source: &str) -> Self {
        let names = c::numbers(header);
        let tokens = c::source(source).tokens;
        let word = |at: usize| match tokens.get(at) {
            Some((Token::Word(word), _)) => word.as_str(),
            _ => "",
        };
        let sign =
            |at: usize, s: char| matches!(&tokens.get(at), Some((Token::Sign(c), _)) if *c == s);
        let mut theirs = Self {
            names,
            variables: Vec::new(),
            functions: BTreeMap::new(),
        };
        let mut at = 0;
        while at < tokens.len() {
            if word(at) == "struct" && !word(at + 2).is_empty() {
                let (kind, name) = (word(at + 1).to_owned(), word(at + 2).to_owned());
                let start = at;
                while at < tokens.len()
                    && !sign(at, '=')
                    && !sign(at, ';')
                    && !sign(at, '{')
                    && !sign(at, ',')
                    && !sign(at, ')')
                {
                    at += 1;
                }
                if sign(at, '=') && sign(at + 1, '{') {
                    let index = tokens[start + 3..at]
                        .iter()
                        .map(|(t, _)| t.clone())
                        .collect();
                    let end = closing(&tokens, at + 1);
                    theirs
                        .variables
                        .push((kind, name, index, tokens[at + 2..end].to_vec()));
                    at = end;
                }
            } else if word(at).ends_with("_validate") && sign(at + 1, '(') {
                let name = word(at).to_owned();
                while !sign(at, '{') {
                    at += 1;
                }
                let end = closing(&tokens, at);
                let mut values: Vec<i128> = (at..end)
                    .filter(|i| word(*i) == "case")
                    .map(|i| theirs.names[word(i + 1)])
                    .collect();
                values.sort_unstable();
                theirs.functions.insert(name, values);
                at = end;
            }
            at += 1;
        }
        theirs
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (kind, name, index, body) in &self.variables {
            match kind.as_str() {
                "nla_policy" => lines.push(self.policy(name, index, body)),
                "genl_split_ops" => lines.extend(self.ops(body)),
                "genl_multicast_group" => {
                    let texts = body.iter().filter_map(|(token, _)| match token {
                        Token::Text(name) => Some(format!("group {name}")),
                        _ => None,
                    });
                    lines.extend(texts);
                }
                "genl_family" => lines.extend(family_line(body)),
                _ => {}
            }
        }
        lines
    }

    /// A number, or the name of one that only a header of the kernel knows.
    fn value(&self, tokens: &[Token]) -> String {
        match c::value(tokens, &self.names) {
            Ok(value) => value.to_string(),
            Err(name) => limit(&name).map_or(name, |value| value.to_string()),
        }
    }

    fn policy(&self, name: &str, index: &[Token], body: &[(Token, Option<String>)]) -> String {
        let inner: Vec<Token> = index
            .iter()
            .filter(|t| !matches!(t, Token::Sign('[' | ']')))
            .cloned()
            .collect();
        let mut rules: Vec<(i128, String)> = Vec::new();
        let body: Vec<Token> = body.iter().map(|(token, _)| token.clone()).collect();
        for entry in split(&body, ',') {
            let [
                Token::Sign('['),
                Token::Word(attr),
                Token::Sign(']'),
                Token::Sign('='),
                rest @ ..,
            ] = entry
            else {
                continue;
            };
            rules.push((self.names[attr], self.rule(rest)));
        }
        rules.sort();
        let rules: Vec<String> = rules
            .iter()
            .map(|(n, rule)| format!("{n}: {rule}"))
            .collect();
        format!("{name}[{}] {{ {} }}", self.value(&inner), rules.join("; "))
    }

    fn rule(&self, tokens: &[Token]) -> String {
        match tokens {
            [Token::Sign('{'), inner @ .., Token::Sign('}')] => {
                let fields = fields(inner);
                let kind = fields["type"].first().map(text).expect("a type");
                let kind = kind.trim_start_matches("NLA_").to_owned();
                match fields.get("len") {
                    Some(len) => format!("{kind} len {}", self.value(len)),
                    None => kind,
                }
            }
            [
                Token::Word(form),
                Token::Sign('('),
                inner @ ..,
                Token::Sign(')'),
            ] => {
                let form = form.trim_start_matches("NLA_POLICY_");
                let args: Vec<&[Token]> = split(inner, ',');
                let of = |at: usize| text(&args[at][0]).trim_start_matches("NLA_").to_owned();
                match form {
                    "NESTED" | "NESTED_ARRAY" => format!("{form} {}", of(0)),
                    "EXACT_LEN" | "MIN_LEN" | "MAX_LEN" | "BITFIELD32" => {
                        format!("{form} {}", self.value(args[0]))
                    }
                    "FULL_RANGE" => format!("{} {form} {}", of(0), self.range(&of(0), &args[1][1])),
                    "VALIDATE_FN" => {
                        format!("{} {form} {:?}", of(0), self.functions[&text(&args[1][1])])
                    }
                    _ => {
                        let values: Vec<String> = args[1..].iter().map(|v| self.value(v)).collect();
                        format!("{} {form} {}", of(0), values.join(" "))
                    }
                }
            }
            other => panic!("{other:?} is no rule"),
        }
    }

    /// The ends of a range. The generator leaves an end out that the spec does not say, which C
    /// makes 0: it means the end of the type.
    fn range(&self, kind: &str, name: &Token) -> String {
        let (.., body) = self
            .variables
            .iter()
            .find(|(.., variable, _, _)| *variable == text(name))
            .expect("the range is there");
        let body: Vec<Token> = body.iter().map(|(token, _)| token.clone()).collect();
        let fields = fields(&body);
        let scalar = Scalar::from_name(&kind.to_lowercase()).unwrap_or(Scalar::U32);
        let end = |key: &str, default: i128| {
            fields
                .get(key)
                .map_or(default.to_string(), |tokens| self.value(tokens))
        };
        format!(
            "{} {}",
            end("min", scalar.range().0),
            end("max", scalar.range().1)
        )
    }

    fn ops(&self, body: &[(Token, Option<String>)]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut at = 0;
        while at < body.len() {
            if body[at].0 != Token::Sign('{') {
                at += 1;
                continue;
            }
            let end = closing(body, at);
            let condition = body[at].1.clone();
            let inner: Vec<Token> = body[at + 1..end].iter().map(|(t, _)| t.clone()).collect();
            lines.push(self.op(&fields(&inner), condition.as_deref()));
            at = end;
        }
        lines
    }

    fn op(&self, fields: &BTreeMap<String, Vec<Token>>, condition: Option<&str>) -> String {
        let name = |key: &str| {
            fields
                .get(key)
                .map_or("-".to_owned(), |tokens| text(&tokens[0]))
        };
        let set = |key: &str| -> Vec<String> {
            let tokens = fields.get(key).into_iter().flatten();
            let mut set: Vec<String> = tokens
                .filter(|t| **t != Token::Sign('|'))
                .map(text)
                .collect();
            set.sort();
            set
        };
        let mode = if fields.contains_key("doit") {
            "do"
        } else {
            "dump"
        };
        let (pre, post) = if mode == "do" {
            ("pre_doit", "post_doit")
        } else {
            ("start", "done")
        };
        format!(
            "op {} {mode} policy {} maxattr {} flags {:?} validate {:?} pre {} post {} if {}",
            self.value(&fields["cmd"]),
            name("policy"),
            fields
                .get("maxattr")
                .map_or("0".to_owned(), |tokens| self.value(tokens)),
            set("flags"),
            set("validate"),
            name(pre),
            name(post),
            condition.unwrap_or("-"),
        )
    }
}

fn family_line(body: &[(Token, Option<String>)]) -> Option<String> {
    let body: Vec<Token> = body.iter().map(|(token, _)| token.clone()).collect();
    let fields = fields(&body);
    for flag in ["netnsok", "parallel_ops"] {
        assert_eq!(fields[flag], [Token::Word("true".to_owned())]);
    }
    let size = fields.get("sock_priv_size")?;
    // sizeof(struct name): the type is between the parentheses.
    let words: Vec<String> = size[2..size.len() - 1].iter().map(text).collect();
    Some(format!("sock-priv {}", words.join(" ")))
}

/// U32_MAX and the like, from linux/limits.h.
fn limit(name: &str) -> Option<i128> {
    let (scalar, end) = name.split_once('_')?;
    let (min, max) = Scalar::from_name(&scalar.to_lowercase())?.range();
    match end {
        "MIN" => Some(min),
        "MAX" => Some(max),
        _ => None,
    }
}

fn text(token: &Token) -> String {
    match token {
        Token::Word(text) | Token::Text(text) => text.clone(),
        Token::Number(number) => number.to_string(),
        Token::Sign(sign) => sign.to_string(),
    }
}

/// The index of the brace that closes the one at `open`.
fn closing(tokens: &[(Token, Option<String>)], open: usize) -> usize {
    let mut depth = 0;
    for (at, (token, _)) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("a brace is not closed")
}

/// Splits at a sign outside of all brackets; the last part may be empty.
fn split(tokens: &[Token], at: char) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{' | '(' | '[') => depth += 1,
            Token::Sign('}' | ')' | ']') => depth -= 1,
            Token::Sign(sign) if *sign == at && depth == 0 => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

/// `.name = tokens, ...`
fn fields(tokens: &[Token]) -> BTreeMap<String, Vec<Token>> {
    let mut fields = BTreeMap::new();
    for part in split(tokens, ',') {
        if let [
            Token::Sign('.'),
            Token::Word(name),
            Token::Sign('='),
            value @ ..,
        ] = part
        {
            fields.insert(name.clone(), value.to_vec());
        }
    }
    fields
}
