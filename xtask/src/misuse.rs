// SPDX-License-Identifier: MIT OR Apache-2.0

//! Shows that misuse of the kernel layer does not compile: every file of kmod/misuse is a crate that says in its
//! first lines which errors it has, and is compiled with the flags of a module that does compile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::kernel::Kernel;
use crate::libtest::Sum;
use crate::module::Work;
use crate::sh::Cmd;
use crate::ui;

/// Where the cases are, and the object whose flags they are compiled with.
const CASES: &str = "kmod/misuse";
const OBJECT: &str = "kmod/taskdiag/main.o";

/// Compiles every case; each that fails as it says has passed.
pub(crate) fn run(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<Sum> {
    let work = Work::open(cache, kernel, checkout, "build")?;
    let cases = cases(&checkout.join(CASES))?;
    let command = work.rustc(OBJECT)?;
    let flags = format!("{command} --crate-name misuse -Awarnings --out-dir kmod");
    let step = cache.step("misuse");
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for worker in 0..crate::jobs().min(cases.len()) {
            let (flags, next, sum, step, cases) = (&flags, &next, &sum, &step, &cases);
            let work = &work;
            scope.spawn(move || {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let object = format!("kmod/misuse-{worker}.o");
                    let script = format!(
                        "RUSTC_BOOTSTRAP=1 {flags} --emit=obj={object} {}",
                        case.source
                    );
                    let cmd = work.shell(&script);
                    // The lines differ in a name only: the control's stands for all that do as they should.
                    if case.expected.is_empty() {
                        step.command(&cmd.line());
                    }
                    let verdict = case.verdict(&errors(&cmd));
                    let Ok(mut sum) = sum.lock() else { return };
                    match verdict {
                        Ok(()) => sum.passed += 1,
                        Err(why) => {
                            step.command(&cmd.line());
                            sum.failed += 1;
                            ui::say(&format!("misuse {}: FAILED: {why}", case.name));
                        }
                    }
                }
            });
        }
    });
    step.done();
    let sum = sum.into_inner().unwrap_or_default();
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

/// The text of each error, with the lines that say where it comes from.
fn errors(cmd: &Cmd) -> Vec<String> {
    match cmd.command().output() {
        Ok(output) => all_errors(
            &String::from_utf8_lossy(&output.stderr),
            output.status.success(),
        ),
        Err(error) => vec![format!("cannot compile: {error}")],
    }
}

/// The errors; a failure that has none is one by itself, as where there is no compiler.
fn all_errors(text: &str, success: bool) -> Vec<String> {
    let errors = split(text);
    if errors.is_empty() && !success {
        return vec![format!("cannot compile: {text}")];
    }
    errors
}

fn split(text: &str) -> Vec<String> {
    let mut errors: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("error: aborting due to") {
            continue;
        }
        if line.starts_with("error") {
            errors.push(String::new());
        }
        if let Some(error) = errors.last_mut() {
            error.push_str(line);
            error.push('\n');
        }
    }
    errors
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

    #[test]
    fn errors_are_split_and_the_sum_is_left_out() {
        let text = "warning: w\nerror[E0277]: a\n  --> x\n\nerror: b\n\nerror: aborting due to 2 previous errors\n";
        let errors = split(text);
        assert_eq!(errors.len(), 2);
        assert!(errors[0].contains("--> x"));
    }

    #[test]
    fn a_compiler_that_fails_without_an_error_has_failed() {
        assert_eq!(all_errors("sh: rustc: not found\n", false).len(), 1);
        assert!(all_errors("warning: w\n", true).is_empty());
    }
}
