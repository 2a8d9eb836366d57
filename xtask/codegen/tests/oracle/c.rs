// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads the little C that generated files are made of, as data.

use std::collections::BTreeMap;

/// A token; comments, white space and preprocessor lines are not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// A number, with its suffix taken off.
    Number(i128),
    /// A string without its quotes.
    Text(String),
    /// Anything else, a character each.
    Sign(char),
}

/// A source file: its preprocessor lines apart from its tokens.
pub(crate) struct Source {
    /// The tokens, each with the `CONFIG_` option that it depends on.
    pub(crate) tokens: Vec<(Token, Option<String>)>,
    /// `#define NAME text`
    pub(crate) defines: BTreeMap<String, String>,
}

/// Splits a source file into tokens.
pub(crate) fn source(text: &str) -> Source {
    let mut tokens = Vec::new();
    let mut defines = BTreeMap::new();
    let mut condition = None;
    for line in without_comments(text).lines() {
        let line = line.trim();
        if let Some(directive) = line.strip_prefix('#') {
            let (word, rest) = directive
                .split_once(char::is_whitespace)
                .unwrap_or((directive, ""));
            let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            match word {
                "define" if !value.is_empty() => {
                    defines.insert(name.to_owned(), value.trim().to_owned());
                }
                "ifdef" => condition = name.strip_prefix("CONFIG_").map(str::to_owned),
                "endif" => condition = None,
                _ => {}
            }
        } else {
            tokens.extend(
                line_tokens(line)
                    .into_iter()
                    .map(|token| (token, condition.clone())),
            );
        }
    }
    Source { tokens, defines }
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        let end = rest[start..].find("*/").expect("a comment ends");
        rest = &rest[start + end + 2..];
    }
    out.push_str(rest);
    out.lines()
        .map(|line| line.split("//").next().unwrap_or("").to_owned() + "\n")
        .collect()
}

/// The tokens of one line.
pub(crate) fn line_tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = |test: fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
        let used = if first.is_ascii_digit() {
            let end = end(|c| c.is_ascii_alphanumeric());
            tokens.push(Token::Number(number(&rest[..end])));
            end
        } else if first == '_' || first.is_ascii_alphabetic() {
            let end = end(|c| c == '_' || c.is_ascii_alphanumeric());
            tokens.push(Token::Word(rest[..end].to_owned()));
            end
        } else if first == '"' {
            let end = rest[1..].find('"').expect("a string ends") + 1;
            tokens.push(Token::Text(rest[1..end].to_owned()));
            end + 1
        } else {
            tokens.push(Token::Sign(first));
            first.len_utf8()
        };
        rest = rest[used..].trim_start();
    }
    tokens
}

fn number(text: &str) -> i128 {
    let digits = text.trim_end_matches(['U', 'L']);
    match digits.strip_prefix("0x") {
        Some(hex) => i128::from_str_radix(hex, 16),
        None => digits.parse(),
    }
    .unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// The value of a sum or a difference of numbers and names, in any number of parentheses; the
/// first thing that is neither, where there is one.
pub(crate) fn value(tokens: &[Token], names: &BTreeMap<String, i128>) -> Result<i128, String> {
    let mut total = 0;
    let mut sign = 1;
    for token in tokens {
        match token {
            Token::Number(number) => total += sign * number,
            Token::Word(name) => total += sign * names.get(name).ok_or_else(|| name.clone())?,
            Token::Sign('-') => sign = -1,
            Token::Sign('+') => sign = 1,
            Token::Sign('(' | ')') => {}
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(total)
}

/// The numbers behind the names that a header makes.
pub(crate) fn numbers(header: &str) -> BTreeMap<String, i128> {
    let source = source(header);
    let mut names: BTreeMap<String, i128> = BTreeMap::new();
    for one in enums(&source) {
        names.extend(one.entries);
    }
    for (name, text) in &source.defines {
        if let Ok(value) = std::panic::catch_unwind(|| value(&line_tokens(text), &BTreeMap::new()))
        {
            names.extend(value.ok().map(|value| (name.clone(), value)));
        }
    }
    names
}

/// An enum of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enum {
    /// The tag; empty when it is anonymous.
    pub(crate) tag: String,
    /// The entries and their values, in order.
    pub(crate) entries: Vec<(String, i128)>,
}

/// All enums of a header, in order.
pub(crate) fn enums(source: &Source) -> Vec<Enum> {
    let tokens: Vec<Token> = source
        .tokens
        .iter()
        .map(|(token, _)| token.clone())
        .collect();
    let mut known: BTreeMap<String, i128> = BTreeMap::new();
    let mut enums = Vec::new();
    let is = |token: Option<&Token>, word: &str| token == Some(&Token::Word(word.to_owned()));
    let mut at = 0;
    while at < tokens.len() {
        if !is(tokens.get(at), "enum") {
            at += 1;
            continue;
        }
        at += 1;
        let mut tag = String::new();
        if let Some(Token::Word(name)) = tokens.get(at) {
            tag.clone_from(name);
            at += 1;
        }
        if tokens.get(at) != Some(&Token::Sign('{')) {
            continue;
        }
        let length = tokens[at..]
            .iter()
            .position(|t| *t == Token::Sign('}'))
            .expect("an enum ends");
        let mut entries = Vec::new();
        let mut next = 0;
        for entry in tokens[at + 1..at + length].split(|t| *t == Token::Sign(',')) {
            let Some(Token::Word(name)) = entry.first() else {
                continue;
            };
            if entry.get(1) == Some(&Token::Sign('=')) {
                next = value(&entry[2..], &known).expect("a value of known names");
            }
            known.insert(name.clone(), next);
            entries.push((name.clone(), next));
            next += 1;
        }
        enums.push(Enum { tag, entries });
        at += length;
    }
    enums
}
