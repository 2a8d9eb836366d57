// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel's generator says in C: a line for each policy, operation and group.

use crate::c::{self, Token};
use genlkit_spec::model::Scalar;
use std::collections::BTreeMap;

/// A token, and the `CONFIG_` option that it depends on.
type Conditional = (Token, Option<String>);

/// A variable with an initializer.
struct Variable {
    /// `struct` this.
    kind: String,
    name: String,
    /// What is between the name and the `=`.
    index: Vec<Token>,
    /// What is between the braces.
    body: Vec<Conditional>,
}

impl Variable {
    fn tokens(&self) -> Vec<Token> {
        self.body.iter().map(|(token, _)| token.clone()).collect()
    }
}

/// What the generator's source says.
pub(crate) struct Theirs {
    names: BTreeMap<String, i128>,
    variables: Vec<Variable>,
    /// The values that each validate function lets pass.
    functions: BTreeMap<String, Vec<i128>>,
}

impl Theirs {
    /// Reads the header and the source.
    pub(crate) fn read(header: &str, source: &str) -> Self {
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
                    theirs.variables.push(Variable {
                        kind,
                        name,
                        index,
                        body: tokens[at + 2..end].to_vec(),
                    });
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

    /// The facts, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for variable in &self.variables {
            let body = &variable.body;
            match variable.kind.as_str() {
                "nla_policy" => lines.push(self.policy(variable)),
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

    fn policy(&self, variable: &Variable) -> String {
        let inner: Vec<Token> = variable
            .index
            .iter()
            .filter(|t| !matches!(t, Token::Sign('[' | ']')))
            .cloned()
            .collect();
        let mut rules: Vec<(i128, String)> = Vec::new();
        let body = variable.tokens();
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
        format!(
            "{}[{}] {{ {} }}",
            variable.name,
            self.value(&inner),
            rules.join("; ")
        )
    }

    fn rule(&self, tokens: &[Token]) -> String {
        match tokens {
            [Token::Sign('{'), inner @ .., Token::Sign('}')] => {
                let fields = fields(inner);
                let kind = fields["type"].first().map(text).expect("a type");
                let kind = match kind.trim_start_matches("NLA_") {
                    // A type that the kernel does not have, so that this C does not compile: the
                    // attribute is a nest, and no policy tells what its elements are.
                    "INDEXED_ARRAY" => "NESTED".to_owned(),
                    kind => kind.to_owned(),
                };
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
        let variable = self
            .variables
            .iter()
            .find(|variable| variable.name == text(name));
        let fields = fields(&variable.expect("the range is there").tokens());
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

    fn ops(&self, body: &[Conditional]) -> Vec<String> {
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

fn family_line(body: &[Conditional]) -> Option<String> {
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
fn closing(tokens: &[Conditional], open: usize) -> usize {
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
