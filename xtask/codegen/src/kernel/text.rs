// SPDX-License-Identifier: MIT OR Apache-2.0
//! Collects source text. rustfmt indents it; only comments are wrapped here.

/// Columns of a comment's text: what is left of 100 after the deepest indent and `/// `.
const WIDTH: usize = 92;

/// Source text being made.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Appends lines.
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Appends documentation of what follows.
    pub(super) fn doc(&mut self, doc: &str) {
        self.comment("///", doc);
    }

    /// Appends documentation of the module.
    pub(super) fn module_doc(&mut self, doc: &str) {
        self.comment("//!", doc);
        self.0.push('\n');
    }

    fn comment(&mut self, mark: &str, doc: &str) {
        for (index, paragraph) in doc.trim().split("\n\n").enumerate() {
            if index > 0 {
                self.line(mark);
            }
            for line in wrap(&escape(paragraph)) {
                self.line(&format!("{mark} {line}"));
            }
        }
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Keeps rustdoc from taking a spec's words for links and tags.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        in_code ^= c == '`';
        let tag = |next: &char| next.is_ascii_alphabetic() || *next == '/';
        let special = matches!(c, '[' | ']') || (c == '<' && chars.peek().is_some_and(tag));
        if special && !in_code {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A text for what has none in the spec.
pub(super) fn or(doc: &str, other: impl FnOnce() -> String) -> String {
    if doc.trim().is_empty() {
        other()
    } else {
        doc.to_owned()
    }
}
