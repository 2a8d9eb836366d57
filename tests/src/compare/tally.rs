// SPDX-License-Identifier: MIT OR Apache-2.0

//! What comes of asking two clients the same, family by family, as docs/compare.md has it.

use super::{Client, Defect, Outcome, Request, same};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How often something that moves is asked again.
const TIMES: usize = 4;

/// How many differences of one answer are told.
const MOST: usize = 10;

/// What came of a family's requests.
#[derive(Clone, Debug, Default)]
struct Row {
    /// Replied the same, with something to tell.
    replies: usize,
    /// Acknowledged, or replied with nothing.
    empty: usize,
    /// Refused for the same reason.
    refusals: usize,
    /// Something that only `genlkit` can do.
    defects: usize,
    /// What both say of a family that is not there.
    absent: Option<(String, String)>,
}

impl Row {
    fn count(&mut self, theirs: &Outcome, ours: &Outcome) {
        match (theirs, ours) {
            (Outcome::Absent(theirs), Outcome::Absent(ours)) => {
                self.absent = Some((theirs.clone(), ours.clone()));
            }
            (Outcome::Refused(_), _) => self.refusals += 1,
            (Outcome::Reply(Value::Null), _) => self.empty += 1,
            (Outcome::Reply(Value::Array(list)), _) if list.is_empty() => self.empty += 1,
            _ => self.replies += 1,
        }
    }

    fn cells(&self) -> String {
        let Self {
            replies,
            empty,
            refusals,
            defects,
            absent,
        } = self;
        match absent {
            Some((theirs, ours)) => format!("| | | not here: `{theirs}`, `{ours}`"),
            None if replies + empty + refusals + defects == 0 => {
                "| | | has no operation to call".to_owned()
            }
            None if *defects > 0 => {
                format!("{replies} | {empty} | {refusals} | {defects} not: see below")
            }
            None => format!("{replies} | {empty} | {refusals} |"),
        }
    }
}

/// What came of all requests.
#[derive(Debug)]
pub struct Tally {
    rows: BTreeMap<String, Row>,
    known: &'static [Defect],
    seen: Vec<bool>,
    differences: Vec<String>,
}

impl Tally {
    /// Of these families, with what is known to be wrong with the kernel tree's client.
    pub fn new<'f>(families: impl Iterator<Item = &'f str>, known: &'static [Defect]) -> Self {
        Self {
            rows: families
                .map(|name| (name.to_owned(), Row::default()))
                .collect(),
            known,
            seen: vec![false; known.len()],
            differences: Vec::new(),
        }
    }

    /// Asks both the same; what moves is asked again.
    pub fn ask(&mut self, pyynl: &mut dyn Client, tool: &mut dyn Client, request: &Request) {
        let mut differences = Vec::new();
        for _ in 0..if request.reads() { TIMES } else { 1 } {
            let (theirs, ours) = (pyynl.ask(request), tool.ask(request));
            differences = same(request, &theirs, &ours);
            if differences.is_empty() {
                return self.row(request).count(&theirs, &ours);
            }
            if matches!(ours, Outcome::Reply(_) | Outcome::Refused(_))
                && self.is_defect(request, &differences)
            {
                return;
            }
            if matches!(theirs, Outcome::Failed(_)) {
                break;
            }
        }
        differences.truncate(MOST);
        let told = format!("{request}\n    {}", differences.join("\n    "));
        println!("{told}");
        self.differences.push(told);
    }

    fn row(&mut self, request: &Request) -> &mut Row {
        self.rows.entry(request.family.clone()).or_default()
    }

    fn is_defect(&mut self, request: &Request, differences: &[String]) -> bool {
        let mut known = self.known.iter();
        let known = known.position(|known| known.is(request, differences));
        if let Some(known) = known {
            self.seen[known] = true;
            self.row(request).defects += 1;
        }
        known.is_some()
    }

    /// The families, and how many of their requests came to the same.
    pub fn table(&self) -> String {
        let mut table = "| family | replies | empty | refused | not compared |\n\
                         |---|---:|---:|---:|---|\n"
            .to_owned();
        let mut all = [0; 3];
        for (family, row) in &self.rows {
            all[0] += row.replies;
            all[1] += row.empty;
            all[2] += row.refusals;
            let _ = writeln!(table, "| {family} | {} |", row.cells());
        }
        let [replies, empty, refusals] = all;
        let _ = writeln!(table, "| all | {replies} | {empty} | {refusals} | |");
        table
    }

    /// Ends the comparison.
    ///
    /// # Panics
    ///
    /// Where something differs, or something of what is known to be wrong is wrong no more.
    pub fn check(&self) {
        let differences = &self.differences;
        assert!(
            differences.is_empty(),
            "{} differ:\n{}",
            differences.len(),
            differences.join("\n")
        );
        let unseen = self
            .known
            .iter()
            .zip(&self.seen)
            .filter(|(_, seen)| !**seen);
        let unseen: Vec<_> = unseen.map(|(known, _)| known).collect();
        assert!(unseen.is_empty(), "no defects any more: {unseen:#?}");
    }
}
