// SPDX-License-Identifier: MIT OR Apache-2.0

//! What docs/families.md says: of each protocol its tests, and commands with what they print.
//!
//! A section is about one protocol; its heading begins with the protocol's name and a comma. A line that begins with
//! `Modules: ` names modules of the kernel, one with `Tests: ` a suite, a colon and its tests, all in backquotes. In its
//! blocks each line that begins with `$ ` is a command, and what follows is what it prints: `…` in a line stands for any
//! text, and a line of nothing else for any lines. A command that ends with `&` listens while the next one runs.

const PAGE: &str = include_str!("../../docs/families.md");

/// What stands for anything.
const ANYTHING: &str = "…";

/// What is said of one protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section<'p> {
    /// The protocol.
    pub name: &'p str,
    /// The modules of the kernel that the commands need.
    pub modules: Vec<&'p str>,
    /// Suites and the names of tests.
    pub tests: Vec<(&'p str, &'p str)>,
    /// The commands, in their order.
    pub examples: Vec<Example<'p>>,
}

/// A command and the lines that it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example<'p> {
    /// What a shell is given.
    pub command: &'p str,
    /// What it prints, with `…` for what is left out.
    pub lines: Vec<&'p str>,
}

/// The page's sections.
pub fn sections() -> Vec<Section<'static>> {
    sections_of(PAGE)
}

fn sections_of(page: &str) -> Vec<Section<'_>> {
    let texts = page.split("\n## ").skip(1);
    texts.filter_map(Section::of).collect()
}

impl<'p> Section<'p> {
    /// Reads a section; none where the heading has no comma.
    fn of(text: &'p str) -> Option<Self> {
        let (name, _) = text.lines().next()?.split_once(',')?;
        let mut section = Self {
            name,
            modules: Vec::new(),
            tests: Vec::new(),
            examples: Vec::new(),
        };
        let mut in_block = false;
        for line in text.lines() {
            if line == "```" {
                in_block = !in_block;
            } else if in_block {
                section.in_block(line);
            } else if let Some(names) = line.strip_prefix("Modules: ") {
                section.modules = quoted(names).collect();
            } else if let Some((suite, names)) = tests(line) {
                section
                    .tests
                    .extend(quoted(names).map(|name| (suite, name)));
            }
        }
        Some(section)
    }

    fn in_block(&mut self, line: &'p str) {
        match (line.strip_prefix("$ "), self.examples.last_mut()) {
            (Some(command), _) => {
                let lines = Vec::new();
                self.examples.push(Example { command, lines });
            }
            (None, Some(example)) => example.lines.push(line),
            (None, None) => {}
        }
    }
}

/// A suite and the names of its tests.
fn tests(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("Tests: ")?.split_once(": ")
}

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

impl Example<'_> {
    /// Whether these lines are what it prints.
    pub fn prints(&self, lines: &[&str]) -> bool {
        are_like(&self.lines, lines)
    }
}

fn are_like(pattern: &[&str], lines: &[&str]) -> bool {
    match (pattern, lines) {
        ([], []) => true,
        ([first, rest @ ..], _) if first.trim() == ANYTHING => {
            (0..=lines.len()).any(|skipped| are_like(rest, &lines[skipped..]))
        }
        ([first, rest @ ..], [line, others @ ..]) => is_like(first, line) && are_like(rest, others),
        _ => false,
    }
}

fn is_like(pattern: &str, line: &str) -> bool {
    let Some((before, after)) = pattern.split_once(ANYTHING) else {
        return pattern == line;
    };
    let Some(rest) = line.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| is_like(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_modules_tests_and_commands_with_what_they_print() {
        let page = "# Page\n\n## ONE, 1\n\nTests: suite: `first_is`, `second_is`.\nModules: `a`, `b`.\n\n\
                    ```\n$ first\nx\ny\n$ second\n```\n\n## Notes\n";
        let sections = sections_of(page);
        let [section] = &sections[..] else {
            panic!("{sections:?}")
        };
        assert_eq!(
            (section.name, &section.modules[..]),
            ("ONE", &["a", "b"][..])
        );
        assert_eq!(
            section.tests,
            [("suite", "first_is"), ("suite", "second_is")]
        );
        let commands: Vec<_> = section
            .examples
            .iter()
            .map(|example| example.command)
            .collect();
        assert_eq!(commands, ["first", "second"]);
        assert_eq!(section.examples[0].lines, ["x", "y"]);
    }

    #[test]
    fn dots_stand_for_any_text_and_alone_for_any_lines() {
        let lines = vec!["a…c", "…", "z"];
        let example = Example { command: "", lines };
        assert!(example.prints(&["abc", "1", "2", "z"]));
        assert!(example.prints(&["ac", "z"]));
        assert!(!example.prints(&["abd", "z"]));
        assert!(!example.prints(&["abc", "1"]));
        assert!(!example.prints(&["abc", "z", "1"]));
    }
}
