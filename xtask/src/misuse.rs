// SPDX-License-Identifier: MIT OR Apache-2.0

//! Shows that misuse of the kernel layer does not compile: every file of kmod/misuse is a crate that says in its
//! first lines which errors it has, and is compiled with the flags of a module that does compile.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::crates::{Crates, errors};
use crate::kernel::Kernel;
use crate::libtest::Sum;
use crate::module::Work;
use crate::ui;

/// Where the cases are.
const CASES: &str = "kmod/misuse";

/// Compiles every case; each that fails as it says has passed.
pub(crate) fn run(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<Sum> {
    let work = Work::open(cache, kernel, checkout, "build")?;
    let cases = cases(&checkout.join(CASES))?;
    let crates = Crates::new(&work, "misuse")?;
    let step = cache.step("misuse");
    let sum = crates.each(&cases, |compile, case| {
        let cmd = compile(&case.source);
        // The lines differ in a name only: the control's stands for all that do as they should.
        if case.expected.is_empty() {
            step.command(&cmd.line());
        }
        let verdict = case.verdict(&errors(&cmd));
        if let Err(why) = &verdict {
            step.command(&cmd.line());
            ui::say(&format!("misuse {}: FAILED: {why}", case.name));
        }
        verdict.is_ok()
    });
    step.done();
    println!("misuse tests: {sum}");
    Ok(sum)
}

/// A crate that must not compile.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    name: String,
    /// Relative to the checkout.
    source: String,
    /// What its errors say; none for the control, which compiles.
    expected: Vec<String>,
}

impl Case {
    /// Whether the errors are those that are expected, and no others.
    fn verdict(&self, errors: &[String]) -> Result<(), String> {
        let surprise = |error: &&String| {
            !self
                .expected
                .iter()
                .any(|expected| error.contains(expected.as_str()))
        };
        if let Some(error) = errors.iter().find(surprise) {
            return Err(format!("an error that it does not name: {error}"));
        }
        let absent =
            |expected: &&String| !errors.iter().any(|error| error.contains(expected.as_str()));
        match self.expected.iter().find(absent) {
            Some(expected) => Err(format!("it compiles without the error: {expected}")),
            None => Ok(()),
        }
    }
}

fn cases(dir: &Path) -> Result<Vec<Case>> {
    let entries = fs::read_dir(dir).with_context(|| format!("listing {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if name == "base" || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        cases.push(case(&name, &text));
    }
    Ok(cases)
}

fn case(name: &str, text: &str) -> Case {
    let expected = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! error: "));
    Case {
        name: name.to_owned(),
        source: format!("{CASES}/{name}.rs"),
        expected: expected.map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_names_its_errors() {
        let found = case(
            "x",
            "// SPDX\n\n//! A thing.\n//!\n//! error: one\n//! error: two\nfn f() {}\n",
        );
        assert_eq!(found.expected, ["one", "two"]);
        assert!(
            found
                .verdict(&["error: one".into(), "error[E1]: two".into()])
                .is_ok()
        );
        assert!(found.verdict(&["error: one".into()]).is_err());
        assert!(
            found
                .verdict(&[
                    "error: one".into(),
                    "error: two".into(),
                    "error: three".into()
                ])
                .is_err()
        );
    }
}
