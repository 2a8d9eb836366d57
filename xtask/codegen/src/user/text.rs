// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rust source under way, and documentation that fits into its lines.

/// How wide a line of the formatted file is.
const WIDTH: usize = 100;

#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Appends lines.
    pub(super) fn line(&mut self, lines: &str) {
        self.0 += lines;
        self.0.push('\n');
    }

    /// Documents the file.
    pub(super) fn module_doc(&mut self, doc: &str) {
        self.comment("//!", 0, doc);
        self.line("");
    }

    /// Documents what comes next, which will be indented so far.
    pub(super) fn doc(&mut self, indent: usize, doc: &str) {
        self.comment("///", indent, doc);
    }

    /// Documents and indents, inside a macro, which rustfmt leaves as it is.
    pub(super) fn macro_doc(&mut self, indent: usize, doc: &str) {
        self.comment(&format!("{:indent$}///", ""), 0, doc);
    }

    fn comment(&mut self, mark: &str, indent: usize, doc: &str) {
        let room = WIDTH - indent - mark.len() - 1;
        let mut line = String::new();
        for word in doc.split_whitespace() {
            // Square brackets would be links.
            let word = word.replace('[', "\\[").replace(']', "\\]");
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                self.line(&format!("{mark} {line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += &word;
        }
        if !line.is_empty() {
            self.line(&format!("{mark} {line}"));
        }
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}
