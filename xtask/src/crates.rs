// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles single crates of the kernel's side with the flags of a module that does compile, and says which errors
//! they have.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;

use crate::libtest::Sum;
use crate::module::Work;
use crate::sh::Cmd;

/// The object whose flags crates are compiled with.
const OBJECT: &str = "kmod/taskdiag/main.o";

/// A compiler of crates, as Kbuild calls it.
pub(crate) struct Crates<'w> {
    work: &'w Work<'w>,
    name: &'static str,
    flags: String,
}

impl<'w> Crates<'w> {
    /// A compiler of crates that are called `name` and the number of their thread.
    pub(crate) fn new(work: &'w Work<'w>, name: &'static str) -> Result<Self> {
        let command = work.rustc(OBJECT)?;
        let flags = format!("{command} -Awarnings --out-dir kmod");
        Ok(Self { work, name, flags })
    }

    /// Hands each item to `judge` with what makes the command that compiles a source, on as many threads as there are
    /// processors; adds up how many were good.
    pub(crate) fn each<T: Sync>(
        &self,
        items: &[T],
        judge: impl Fn(&dyn Fn(&str) -> Cmd, &T) -> bool + Sync,
    ) -> Sum {
        let next = AtomicUsize::new(0);
        let sum = Mutex::new(Sum::default());
        std::thread::scope(|scope| {
            for worker in 0..crate::jobs().min(items.len()) {
                let (next, sum, judge) = (&next, &sum, &judge);
                scope.spawn(move || {
                    while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let good = judge(&|source| self.command(worker, source), item);
                        let Ok(mut sum) = sum.lock() else { return };
                        match good {
                            true => sum.passed += 1,
                            false => sum.failed += 1,
                        }
                    }
                });
            }
        });
        sum.into_inner().unwrap_or_default()
    }

    fn command(&self, worker: usize, source: &str) -> Cmd {
        let (name, flags) = (self.name, &self.flags);
        // What the compiler keeps meanwhile is called by the crate's name.
        let name = format!("{name}_{worker}");
        let script = format!(
            "RUSTC_BOOTSTRAP=1 GENL_OBJ=$PWD/kmod {flags} --crate-name {name} --emit=obj=kmod/{name}.o {source}"
        );
        self.work.shell(&script)
    }
}

/// The text of each error, with the lines that say where it comes from.
pub(crate) fn errors(cmd: &Cmd) -> Vec<String> {
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
