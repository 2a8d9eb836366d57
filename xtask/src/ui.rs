// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the user sees of the work: steps with a spinner on a terminal, plain lines elsewhere.
//!
//! Everything goes to standard error; standard output belongs to results.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How many of a step's last lines a failure shows.
const TAIL: usize = 40;

struct Ui {
    bars: MultiProgress,
    terminal: bool,
    started: Instant,
    split: Mutex<Vec<(String, Duration)>>,
}

fn ui() -> &'static Ui {
    static UI: OnceLock<Ui> = OnceLock::new();
    UI.get_or_init(|| Ui {
        bars: MultiProgress::new(),
        terminal: std::io::stderr().is_terminal(),
        started: Instant::now(),
        split: Mutex::default(),
    })
}

/// Starts the clock of [`print_split`]; call once at the start of the program.
pub(crate) fn start() {
    let _ = ui();
}

/// Prints one line above the spinners.
pub(crate) fn say(line: &str) {
    if ui().terminal {
        let _ = ui().bars.println(line);
    } else {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Prints what each step took that was long enough to notice, and the sum since the start.
pub(crate) fn print_split() {
    let split = ui().split.lock().unwrap_or_else(PoisonError::into_inner);
    let parts: Vec<String> = split
        .iter()
        .filter(|(_, time)| time.as_millis() >= 500)
        .map(|(name, time)| format!("{name} {:.1} s", time.as_secs_f64()))
        .collect();
    say(&format!(
        "time: {} (total {:.1} s)",
        parts.join(", "),
        ui().started.elapsed().as_secs_f64()
    ));
}

/// One step of the work, with a log file that keeps its commands' output.
pub(crate) struct Step {
    name: String,
    bar: Option<ProgressBar>,
    start: Instant,
    log: Mutex<Log>,
}

struct Log {
    path: PathBuf,
    file: Option<File>,
    tail: VecDeque<String>,
}

impl Step {
    /// Announces the step. Its log is `<logs>/<name>.log`, with spaces turned into dashes.
    pub(crate) fn new(name: &str, logs: &Path) -> Self {
        let path = logs.join(format!("{}.log", name.replace([' ', '/'], "-")));
        let _ = fs::create_dir_all(logs);
        let bar = ui().terminal.then(|| {
            let bar = ui().bars.add(ProgressBar::new_spinner());
            let style =
                ProgressStyle::with_template("{spinner} {prefix:.bold} {elapsed} {wide_msg:.dim}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let file = File::create(&path).ok();
        let log = Mutex::new(Log {
            path,
            file,
            tail: VecDeque::new(),
        });
        Self {
            name: name.to_owned(),
            bar,
            start: Instant::now(),
            log,
        }
    }

    /// Prints a command line before it runs, and keeps it in the log.
    pub(crate) fn command(&self, line: &str) {
        say(&format!("[{}] $ {line}", self.name));
        self.line(&format!("$ {line}"));
    }

    /// Takes one line of a command's output.
    pub(crate) fn line(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut log.file {
            let _ = writeln!(file, "{line}");
        }
        if log.tail.len() == TAIL {
            log.tail.pop_front();
        }
        log.tail.push_back(line.to_owned());
        if let Some(bar) = &self.bar {
            bar.set_message(line.to_owned());
        }
    }

    /// The last lines, for an error message, and where the rest is.
    pub(crate) fn tail(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = log.tail.iter().map(String::as_str).collect();
        format!(
            "{}\n(whole output: {})",
            lines.join("\n"),
            log.path.display()
        )
    }

    /// Ends the step and notes its time.
    pub(crate) fn done(self) {
        let time = self.start.elapsed();
        if time.as_millis() >= 500 {
            say(&format!(
                "[{}] done in {:.1} s",
                self.name,
                time.as_secs_f64()
            ));
        }
        let mut split = ui().split.lock().unwrap_or_else(PoisonError::into_inner);
        split.push((self.name.clone(), time));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
