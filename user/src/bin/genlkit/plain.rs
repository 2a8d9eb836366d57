// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads plain command lines of `do`, `dump` and `list` without clap, which takes longer to know its arguments than such
//! a call takes.
//!
//! Plain are words and options of their own, each option once. What is not (help, `-ojson`, anything that is wrong) is
//! left to clap, which alone says what is wrong, and what is plain means the same to both.

use crate::output::Format;
use crate::{Cli, Command, Common, TIMEOUT, call, compat, list, seconds};
use clap::ValueEnum as _;
use std::ffi::OsString;

/// The options with a value.
const VALUED: [&str; 3] = ["json", "output", "timeout"];

/// The command line, where it is plain.
pub(crate) fn read(words: &[OsString]) -> Option<Cli> {
    let (command, rest) = words.get(1..)?.split_first()?;
    let mut line = Line::of(rest)?;
    let output = match line.value("output") {
        Some(name) => Some(Format::from_str(name, false).ok()?),
        None => None,
    };
    let timeout = match line.value("timeout") {
        Some(text) => seconds(text).ok()?,
        None => TIMEOUT,
    };
    let common = Common {
        output,
        verbose: line.has("verbose"),
        timeout,
    };
    let command = match command.to_str()? {
        "do" => Command::Do(call::DoArgs::plain(&mut line)?),
        "dump" => Command::Dump(call::DumpArgs::plain(&mut line)?),
        "list" => Command::List(list::Args::plain(&mut line)?),
        _ => return None,
    };
    line.is_used_up().then(|| Cli {
        compat: compat::Args::default(),
        common,
        command: Some(command),
    })
}

/// What stands behind a command; each part of it is taken once.
#[derive(Default)]
pub(crate) struct Line<'w> {
    words: std::collections::VecDeque<&'w str>,
    options: Vec<(&'w str, Option<&'w str>)>,
}

impl<'w> Line<'w> {
    fn of(words: &'w [OsString]) -> Option<Self> {
        let mut line = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let word = word.to_str()?;
            let option = match word {
                "-o" => "output",
                "-v" => "verbose",
                _ => match word.strip_prefix("--") {
                    Some(option) => option,
                    None if word.is_empty() || word.starts_with('-') => return None,
                    None => {
                        line.words.push_back(word);
                        continue;
                    }
                },
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None if VALUED.contains(&option) => (option, Some(words.next()?.to_str()?)),
                None => (option, None),
            };
            let is_odd = |value: &str| value.is_empty() || value.starts_with('-');
            let is_known = line.options.iter().any(|(known, _)| *known == name);
            if is_known || value.is_some_and(is_odd) || value.is_some() != VALUED.contains(&name) {
                return None;
            }
            line.options.push((name, value));
        }
        Some(line)
    }

    fn option(&mut self, name: &str) -> Option<Option<&'w str>> {
        let place = self.options.iter().position(|(known, _)| *known == name)?;
        Some(self.options.swap_remove(place).1)
    }

    /// Whether an option is there.
    pub(crate) fn has(&mut self, name: &str) -> bool {
        self.option(name).is_some()
    }

    /// An option's value, where it is there.
    pub(crate) fn value(&mut self, name: &str) -> Option<&'w str> {
        self.option(name).flatten()
    }

    /// The next word that is no option.
    pub(crate) fn word(&mut self) -> Option<String> {
        self.words.pop_front().map(str::to_owned)
    }

    /// All such words that are left.
    pub(crate) fn words(&mut self) -> Vec<String> {
        self.words.drain(..).map(str::to_owned).collect()
    }

    fn is_used_up(&self) -> bool {
        self.words.is_empty() && self.options.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use proptest::prelude::*;

    /// Words that mean something, or that are wrong somewhere.
    const WORDS: &[&str] = &[
        "nlctrl",
        "getfamily",
        "family-name=nlctrl",
        "x=-1",
        "{\"a\":1}",
        "",
        "-",
        "--",
        "-1",
        "-o",
        "json",
        "yaml",
        "Table",
        "-ojson",
        "-o=json",
        "--output",
        "--output=table",
        "--output=",
        "-v",
        "--verbose",
        "--verbose=1",
        "-vv",
        "--json",
        "--json={}",
        "--json=-1",
        "--timeout",
        "--timeout=0",
        "1e3",
        "1e99",
        "--create",
        "--replace",
        "--excl",
        "--append",
        "--echo",
        "--families",
        "--protocols",
        "--specs",
        "--help",
        "-h",
        "--version",
        "--family",
        "--output-json",
    ];

    fn line(command: &str, words: &[&str]) -> Vec<OsString> {
        let program = ["genlkit", command].into_iter();
        program
            .chain(words.iter().copied())
            .map(Into::into)
            .collect()
    }

    #[test]
    fn usual_lines_are_plain() {
        for (command, words) in [
            ("do", "nlctrl getfamily family-name=nlctrl"),
            (
                "do",
                "rt-link newlink -o json --create ifname=a -v --timeout 3",
            ),
            ("dump", "rt-addr getaddr --output=table --json {}"),
            ("list", ""),
            ("list", "--families -o json"),
        ] {
            let words: Vec<_> = words.split_whitespace().collect();
            assert!(
                read(&line(command, &words)).is_some(),
                "{command} {words:?}"
            );
        }
        assert!(read(&line("show", &["nlctrl"])).is_none());
        assert!(read(&line("list", &["--families", "--specs"])).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_plain_means_the_same_to_clap(
            command in prop::sample::select(vec!["do", "dump", "list"]),
            start in prop::sample::select(vec![0_usize, 2]),
            words in prop::collection::vec(prop::sample::select(WORDS), 0..6),
        ) {
            let words = [&WORDS[..start], &words[..]].concat();
            let line = line(command, &words);
            if let Some(plain) = read(&line) {
                let whole = Cli::try_parse_from(&line).map(|cli| format!("{cli:?}"));
                prop_assert_eq!(whole.map_err(|error| error.to_string()), Ok(format!("{plain:?}")));
            }
        }
    }
}
