// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs of the project, as a test calls them.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

/// What a call of a program left behind.
#[derive(Debug)]
pub struct Said {
    /// The exit status: 0 success, 1 refused, 2 usage, 3 environment.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// What a program that ended left behind.
    ///
    /// # Panics
    ///
    /// Where a signal killed it, or it does not write UTF-8.
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            status: output.status.code().expect("no signal"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// Calls a program.
///
/// # Panics
///
/// Where it does not start, is killed by a signal, or does not write UTF-8.
pub fn run(program: &str, args: &[&str]) -> Said {
    let output = Command::new(program).args(args).output();
    Said::of(output.unwrap_or_else(|e| panic!("{program}: {e}")))
}

/// Calls `taskdiag`, which succeeds, and returns its standard output.
///
/// # Panics
///
/// Where it fails.
pub fn taskdiag(args: &[&str]) -> String {
    let said = run("taskdiag", args);
    assert_eq!(
        said.status, 0,
        "taskdiag {args:?}: {}{}",
        said.out, said.err
    );
    said.out
}

/// Calls `taskdiag` with `--json`, which succeeds, and returns what it prints.
///
/// # Panics
///
/// Where it fails, or that is not one JSON value.
pub fn taskdiag_json(args: &[&str]) -> Value {
    let out = taskdiag(&[args, &["--json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("taskdiag {args:?}: {e}: {out}"))
}

/// A program that goes on until it is told to end; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    out: mpsc::Receiver<String>,
    err: mpsc::Receiver<String>,
}

impl Running {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub fn start(program: &str, args: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        let out = lines(child.stdout.take().expect("piped"));
        let err = lines(child.stderr.take().expect("piped"));
        Self { child, out, err }
    }

    /// The next line of its standard output.
    ///
    /// # Panics
    ///
    /// Where none comes for 20 seconds.
    pub fn line(&self) -> String {
        let line = self.out.recv_timeout(PATIENCE);
        line.unwrap_or_else(|e| panic!("{e}; on standard error: {:?}", self.complaints()))
    }

    /// The next line for which something is true.
    ///
    /// # Panics
    ///
    /// Where none comes, for 20 seconds after the last one.
    pub fn until(&self, mut is_it: impl FnMut(&str) -> bool) -> String {
        loop {
            let line = self.line();
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Waits for a line on its standard error.
    ///
    /// # Panics
    ///
    /// Where another comes, or none for 20 seconds.
    pub fn says(&self, line: &str) {
        assert_eq!(self.err.recv_timeout(PATIENCE).as_deref(), Ok(line));
    }

    /// What is left of its standard output, after its end.
    pub fn rest(&self) -> Vec<String> {
        self.out.iter().collect()
    }

    /// What is left of its standard error.
    pub fn complaints(&self) -> Vec<String> {
        self.err.try_iter().collect()
    }

    /// Sends it a signal, and waits for its end: the exit status, or else the signal's number
    /// below 0.
    ///
    /// # Panics
    ///
    /// Where it is gone already.
    pub fn signal(&mut self, signal: Signal) -> i32 {
        let pid = Pid::from_raw(self.pid().cast_signed());
        kill(pid, signal).expect("it runs");
        self.wait()
    }

    /// Waits for its end: the exit status, or else the signal's number below 0.
    ///
    /// # Panics
    ///
    /// Where it cannot be waited for.
    pub fn wait(&mut self) -> i32 {
        let status = self.child.wait().expect("a child");
        let signal = status.signal().unwrap_or(0);
        status.code().unwrap_or(-signal)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// How long to wait for a line.
const PATIENCE: Duration = Duration::from_secs(20);

/// The lines of a pipe, as they come.
fn lines(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (send, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
