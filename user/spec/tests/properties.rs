// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds for every text: no panic, and every problem has a line of the text.

use genlkit_spec::Family;
use genlkit_spec::model::EnumKind;
use proptest::prelude::*;

const SPECS: [&str; 2] = [
    include_str!("../../../spec/taskdiag.yaml"),
    include_str!("../../../spec/genltest.yaml"),
];

/// One change to a text.
#[derive(Debug, Clone)]
enum Change {
    /// Drops a line.
    Drop(usize),
    /// Says a line twice.
    Repeat(usize),
    /// Swaps two lines.
    Swap(usize, usize),
    /// Puts a word where the value of a line is.
    Value(usize, &'static str),
    /// Puts a character into a line.
    Insert(usize, usize, char),
}

const WORDS: [&str; 24] = [
    "0",
    "-1",
    "1",
    "255",
    "256",
    "16383",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "-9223372036854775808",
    "99999999999999999999",
    "u32-max",
    "nest",
    "bitfield32",
    "sub-message",
    "indexed-array",
    "~",
    "''",
    "[]",
    "{}",
    "task",
    "payload-max - 1",
    "flags",
];

fn change() -> impl Strategy<Value = Change> {
    let line = || any::<usize>();
    prop_oneof![
        line().prop_map(Change::Drop),
        line().prop_map(Change::Repeat),
        (line(), line()).prop_map(|(a, b)| Change::Swap(a, b)),
        (line(), proptest::sample::select(&WORDS[..])).prop_map(|(l, w)| Change::Value(l, w)),
        (line(), line(), any::<char>()).prop_map(|(l, c, new)| Change::Insert(l, c, new)),
    ]
}

fn apply(lines: &mut Vec<String>, change: &Change) {
    let at = |line: usize| line % lines.len();
    match change {
        Change::Drop(line) => drop(lines.remove(at(*line))),
        Change::Repeat(line) => lines.insert(at(*line), lines[at(*line)].clone()),
        Change::Swap(one, other) => {
            let (one, other) = (at(*one), at(*other));
            lines.swap(one, other);
        }
        Change::Value(line, word) => {
            let at = at(*line);
            if let Some((key, _)) = lines[at].split_once(':') {
                lines[at] = format!("{key}: {word}");
            } else if let Some((dash, _)) = lines[at].split_once("- ") {
                lines[at] = format!("{dash}- {word}");
            }
        }
        Change::Insert(line, column, new) => {
            let at = at(*line);
            let column = column % (lines[at].chars().count() + 1);
            let mut text: Vec<char> = lines[at].chars().collect();
            text.insert(column, *new);
            lines[at] = text.into_iter().collect();
        }
    }
}

fn holds(yaml: &str) -> Result<(), TestCaseError> {
    match Family::from_yaml("some.yaml", yaml) {
        Ok(family) => {
            for set in &family.sets {
                for attr in &set.attrs {
                    prop_assert!(attr.number <= 0x3fff);
                    prop_assert!(attr.nested_set().is_none_or(|id| id.0 < family.sets.len()));
                }
            }
            for op in &family.ops {
                for message in op
                    .modes()
                    .flat_map(|(_, m)| [&m.request, &m.reply])
                    .flatten()
                {
                    prop_assert_eq!(message.attrs(&family).count(), message.attrs.len());
                }
                prop_assert!(op.announced(&family).is_some() || !op.is_async());
            }
            for e in &family.enums {
                for entry in &e.entries {
                    prop_assert!(e.wire_value(entry, false) <= i128::from(u64::MAX));
                }
                prop_assert!(e.kind == EnumKind::Enum || e.mask() != 0);
            }
        }
        Err(error) => {
            prop_assert!(!error.problems.is_empty());
            // YAML takes a carriage return for the end of a line, too.
            let lines = yaml.matches(['\n', '\r']).count() as u32 + 1;
            for problem in &error.problems {
                prop_assert!(!problem.message.is_empty());
                let line = problem.position.map(|position| position.line);
                prop_assert!(
                    line.is_none_or(|line| (1..=lines).contains(&line)),
                    "{}",
                    problem
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_changed_spec_resolves_or_is_refused(
        spec in proptest::sample::select(&SPECS[..]),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut lines: Vec<String> = spec.lines().map(str::to_owned).collect();
        for change in &changes {
            apply(&mut lines, change);
        }
        holds(&lines.join("\n"))?;
    }

    #[test]
    fn any_text_resolves_or_is_refused(text in "(?s).{0,200}") {
        holds(&text)?;
    }
}
