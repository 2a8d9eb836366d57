// SPDX-License-Identifier: MIT OR Apache-2.0

//! External commands: printed before they run, so that a failure can be pasted and rerun.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::ui::Step;

/// A command line under construction.
#[derive(Clone, Debug)]
pub(crate) struct Cmd {
    program: OsString,
    args: Vec<OsString>,
    envs: Vec<(String, OsString)>,
    removed: Vec<String>,
    dir: Option<PathBuf>,
}

impl Cmd {
    /// A command that runs `program`.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_owned();
        Self {
            program,
            args: Vec::new(),
            envs: Vec::new(),
            removed: Vec::new(),
            dir: None,
        }
    }

    /// Appends one argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Appends arguments.
    pub(crate) fn args<T: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args
            .extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the command's environment.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.envs.push((key.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Takes a variable out of the command's environment.
    pub(crate) fn env_remove(mut self, key: &str) -> Self {
        self.removed.push(key.to_owned());
        self
    }

    /// Where the command starts.
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    /// The same command line as an argument of `outer`; variables become arguments, as `sudo` and `env` take them.
    pub(crate) fn under(self, outer: &str) -> Self {
        let vars = self.envs.iter().map(|(k, v)| {
            let mut word = OsString::from(format!("{k}="));
            word.push(v);
            word
        });
        let args = vars
            .chain([self.program.clone()])
            .chain(self.args.iter().cloned())
            .collect();
        Self {
            program: outer.into(),
            args,
            envs: Vec::new(),
            removed: self.removed,
            dir: self.dir,
        }
    }

    /// The line a shell would accept.
    pub(crate) fn line(&self) -> String {
        let mut words: Vec<String> = self
            .envs
            .iter()
            .map(|(k, v)| format!("{k}={}", quote(v)))
            .collect();
        words.push(quote(&self.program));
        words.extend(self.args.iter().map(|a| quote(a)));
        match &self.dir {
            Some(dir) => format!("cd {} && {}", quote(dir.as_os_str()), words.join(" ")),
            None => words.join(" "),
        }
    }

    /// The standard library's form, for callers that handle the streams themselves.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .envs(self.envs.iter().map(|(k, v)| (k, v)));
        for key in &self.removed {
            command.env_remove(key);
        }
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    fn spawn_context(&self) -> String {
        format!(
            "cannot start {}: is it installed? `cargo xtask doctor` tells",
            self.program.to_string_lossy()
        )
    }

    /// Runs the command; its output goes to the step's log.
    ///
    /// # Errors
    /// When it does not start or exits non-zero; the text shows the line and its last output.
    pub(crate) fn run(&self, step: &Step) -> Result<()> {
        self.each_line(step, |_| ()).map(drop)
    }

    /// Like [`Cmd::run`], and returns standard output and standard error as the lines they were.
    pub(crate) fn lines(&self, step: &Step) -> Result<Vec<String>> {
        let lines = std::sync::Mutex::new(Vec::new());
        self.each_line(step, |line| {
            if let Ok(mut lines) = lines.lock() {
                lines.push(line.to_owned());
            }
        })?;
        Ok(lines.into_inner().unwrap_or_default())
    }

    fn each_line(&self, step: &Step, each: impl Fn(&str)) -> Result<()> {
        step.command(&self.line());
        let status = self.watch(&|line| {
            // cargo's messages to programs are no news for people.
            if !line.starts_with("{\"reason\":") {
                step.line(line);
            }
            each(line);
        })?;
        if !status.success() {
            bail!("`{}` failed ({status}):\n{}", self.line(), step.tail());
        }
        Ok(())
    }

    /// Runs the command without printing it and hands every line of both streams to `each`.
    pub(crate) fn watch(&self, each: &impl Fn(&str)) -> Result<ExitStatus> {
        // One pipe for both streams keeps their lines in order.
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let mut child = command.spawn().with_context(|| self.spawn_context())?;
        // The command holds write ends of the pipe, too; they must go for the pipe to end.
        drop(command);
        read_lines(std::fs::File::from(reader), each);
        child.wait().with_context(|| self.line())
    }

    /// Runs a quick query without printing it and returns its standard output; `None` if it fails.
    pub(crate) fn query(&self) -> Option<String> {
        let output = self.command().stdin(Stdio::null()).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs the command, prints it, and returns its standard output as bytes.
    pub(crate) fn output(&self, step: &Step) -> Result<Vec<u8>> {
        step.command(&self.line());
        let output = self.command().stdin(Stdio::null()).output();
        let output = output.with_context(|| self.spawn_context())?;
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            step.line(line);
        }
        if !output.status.success() {
            bail!(
                "`{}` failed ({}):\n{}",
                self.line(),
                output.status,
                step.tail()
            );
        }
        Ok(output.stdout)
    }
}

/// Quotes what a shell would not take literally.
fn quote(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let literal = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if word.starts_with(literal) && word.chars().all(|c| literal(c) || c == '~') {
        return word.into_owned();
    }
    shlex::try_quote(&word).map_or_else(|_| word.to_string(), |q| q.into_owned())
}

/// Splits at newlines and at carriage returns, which progress meters use.
fn read_lines(from: impl Read, each: &impl Fn(&str)) {
    let mut line = Vec::new();
    for byte in BufReader::new(from).bytes() {
        match byte {
            Ok(b'\n' | b'\r') => {
                if !line.is_empty() {
                    each(&String::from_utf8_lossy(&line));
                    line.clear();
                }
            }
            Ok(byte) => line.push(byte),
            Err(_) => break,
        }
    }
    if !line.is_empty() {
        each(&String::from_utf8_lossy(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_lines_can_be_pasted() {
        let cmd = Cmd::new("make")
            .arg("CC=gcc 14")
            .env("O", "/a b")
            .dir("/x y");
        assert_eq!(cmd.line(), "cd '/x y' && O='/a b' make 'CC=gcc 14'");
        assert_eq!(
            Cmd::new("x").args(["--a=b~1", "", "~"]).line(),
            "x --a=b~1 '' '~'"
        );
    }

    #[test]
    fn carriage_returns_end_lines() {
        let seen = std::sync::Mutex::new(Vec::new());
        read_lines(b"1%\r2%\n\nlast".as_slice(), &|l: &str| {
            seen.lock().unwrap().push(l.to_owned())
        });
        assert_eq!(*seen.lock().unwrap(), ["1%", "2%", "last"]);
    }
}
