// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reads what libtest prints, and adds it up. A suite without a result line counts as one failure.

/// Passed and failed, as the closing line has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 {
            write!(f, ", {} skipped", self.ignored)?;
        }
        Ok(())
    }
}

/// A suite that gave no result.
pub(crate) const MISSING: Sum = Sum {
    passed: 0,
    failed: 1,
    ignored: 0,
};

/// A suite's result line: `test result: ok. 3 passed; 0 failed; 0 ignored; ...`.
pub(crate) fn result(line: &str) -> Option<Sum> {
    let rest = line.strip_prefix("test result: ")?;
    let (_, counts) = rest.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split("; ").find(|p| p.ends_with(word))?;
        part.split(' ').next()?.parse().ok()
    };
    Some(Sum {
        passed: count(" passed")?,
        failed: count(" failed")?,
        ignored: count(" ignored")?,
    })
}

/// How many tests have ended in what a suite printed so far: `test NAME ... ok`.
pub(crate) fn ended(output: &str) -> usize {
    let tests = output.lines().filter_map(|line| line.strip_prefix("test "));
    let verdicts = tests.filter_map(|line| line.split_once(" ... "));
    verdicts.filter(|(_, verdict)| !verdict.is_empty()).count()
}

/// One suite: the sum of its output, judged together with how it ended.
pub(crate) fn suite(output: &str, success: bool) -> Sum {
    match output.lines().rev().find_map(result) {
        // It said that all is well and then crashed: in a destructor, say.
        Some(sum) if !success && sum.failed == 0 => Sum { failed: 1, ..sum },
        Some(sum) => sum,
        None => MISSING,
    }
}

/// Follows `cargo test`, which runs many suites one after another.
#[derive(Debug, Default)]
pub(crate) struct CargoTest {
    sum: Sum,
    running: Option<String>,
}

impl CargoTest {
    /// Takes one line. Returns what to show the user of it.
    pub(crate) fn line(&mut self, line: &str) -> Option<String> {
        let trimmed = line.trim_start();
        let starts = ["Running ", "Doc-tests "]
            .iter()
            .find_map(|p| trimmed.strip_prefix(p));
        if let Some(name) = starts {
            self.missing();
            self.running = Some(name.split(" (").next().unwrap_or(name).to_owned());
            return None;
        }
        let sum = result(line)?;
        self.sum += sum;
        let name = self.running.take().unwrap_or_default();
        (sum != Sum::default()).then(|| format!("{name}: {sum}"))
    }

    fn missing(&mut self) {
        if self.running.take().is_some() {
            self.sum += MISSING;
        }
    }

    /// The sum, once cargo has ended. A failure that no suite reported (a compile error) counts as one.
    pub(crate) fn end(mut self, success: bool) -> Sum {
        self.missing();
        if !success && self.sum.failed == 0 {
            self.sum += MISSING;
        }
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
    const BAD: &str = "test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s";

    #[test]
    fn tests_that_have_ended_are_counted() {
        assert_eq!(ended("running 3 tests\ntest a ... "), 0);
        assert_eq!(ended("running 3 tests\ntest a ... ok\ntest b ... "), 1);
        assert_eq!(
            ended("test a ... ok\ntest b ... FAILED\ntest c ... ignored, too long\n"),
            3
        );
        assert_eq!(ended(OK), 0);
    }

    #[test]
    fn result_lines_are_read() {
        assert_eq!(
            result(OK),
            Some(Sum {
                passed: 3,
                failed: 0,
                ignored: 1
            })
        );
        assert_eq!(
            result(BAD),
            Some(Sum {
                passed: 2,
                failed: 4,
                ignored: 0
            })
        );
        assert_eq!(result("test a ... ok"), None);
    }

    #[test]
    fn a_crashed_suite_is_a_failure() {
        assert_eq!(suite("running 3 tests\ntest a ... ", false), MISSING);
        assert_eq!(suite(OK, false).failed, 1);
        assert_eq!(suite(OK, true).failed, 0);
    }

    #[test]
    fn cargo_test_output_adds_up() {
        let mut sum = CargoTest::default();
        for line in [
            "     Running unittests src/lib.rs (target/a-1)",
            OK,
            "     Running tests/b.rs (target/b)",
            BAD,
        ] {
            sum.line(line);
        }
        assert_eq!(
            sum.end(false),
            Sum {
                passed: 5,
                failed: 4,
                ignored: 1
            }
        );
    }

    #[test]
    fn a_suite_without_result_counts_as_failed() {
        let mut sum = CargoTest::default();
        for line in [
            "     Running a (x)",
            "     Running b (y)",
            OK,
            "   Doc-tests c",
        ] {
            sum.line(line);
        }
        assert_eq!(sum.end(false).failed, 2);
        assert_eq!(CargoTest::default().end(false), MISSING);
        assert_eq!(CargoTest::default().end(true), Sum::default());
    }

    #[test]
    fn the_closing_line_has_the_usual_form() {
        assert_eq!(
            Sum {
                passed: 3,
                failed: 0,
                ignored: 0
            }
            .to_string(),
            "3 passed, 0 failed"
        );
    }
}
