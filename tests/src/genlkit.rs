// SPDX-License-Identifier: MIT OR Apache-2.0

//! The program `genlkit`, as a test calls it, and the kernel's modules that a test needs.

use crate::pace::seconds;
use crate::page;
use crate::program::{self, Said};
use nix::errno::Errno;
use nix::kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use std::{
    ffi::CStr,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// Calls the program.
///
/// # Panics
///
/// Where it does not start, is killed by a signal, or does not write UTF-8.
pub fn run(args: &[&str]) -> Said {
    program::run("genlkit", args)
}

/// What a dump says of something that changed while it was told.
const CHANGED: &str = "note: what was dumped changed meanwhile";

/// Calls the program, which succeeds, and returns its output as JSON; null where it says nothing. A dump of what
/// changed meanwhile is asked for again, as its reader would.
///
/// # Panics
///
/// Where it fails, or something did not decode by its spec, or changes each time.
pub fn ask(args: &[&str]) -> Value {
    let verbose = [args, &["--verbose", "--output", "json"]].concat();
    let mut said = run(&verbose);
    for _ in 0..20 {
        if !said.err.starts_with(CHANGED) {
            break;
        }
        said = run(&verbose);
    }
    let noted = said.err.contains("note:");
    assert!(!noted, "genlkit {args:?}: {}", said.err);
    parsed(args, &said)
}

/// As [`ask`], of a family whose spec is the kernel tree's, which lacks some of what the kernel
/// sends.
///
/// # Panics
///
/// Where it fails.
pub fn ask_upstream(args: &[&str]) -> Value {
    parsed(args, &run(&[args, &["--output", "json"]].concat()))
}

fn parsed(args: &[&str], said: &Said) -> Value {
    assert_eq!(said.status, 0, "genlkit {args:?}: {}{}", said.out, said.err);
    match said.out.trim() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}")),
    }
}

/// Calls the program, which the kernel refuses, and returns what it says.
///
/// # Panics
///
/// Where it does not fail so.
pub fn refused(args: &[&str]) -> String {
    let said = run(args);
    assert_eq!(said.status, 1, "genlkit {args:?}: {}{}", said.out, said.err);
    said.err
}

/// Runs the commands that docs/families.md has for a protocol: they print what it says.
///
/// One that ends with `&` listens while the next runs, and what it prints comes behind that one's.
///
/// # Panics
///
/// Where one prints something else; the message has all of them as they should be.
pub fn page_shows(name: &str) {
    let sections = page::sections();
    let section = sections.iter().find(|section| section.name == name);
    let section = section.unwrap_or_else(|| panic!("docs/families.md has nothing of {name}"));
    section.modules.iter().for_each(|name| module(name));
    let (mut truth, mut differs) = (String::new(), section.examples.is_empty());
    let mut listening: Option<Shell> = None;
    for example in &section.examples {
        let said: Vec<String> = match (example.command.strip_suffix(" &"), listening.take()) {
            (Some(command), _) => {
                let mut shell = Shell::run(command);
                let first = shell.line();
                listening = Some(shell);
                first.into_iter().collect()
            }
            (None, before) => {
                let mut said = Shell::run(example.command).rest();
                said.extend(before.map_or_else(Vec::new, Shell::rest));
                said
            }
        };
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let prints = example.prints(&said);
        differs |= !prints;
        let lines = if prints { &example.lines } else { &said };
        truth += &format!("$ {}\n", example.command);
        lines.iter().for_each(|line| truth += &format!("{line}\n"));
    }
    assert!(
        !differs,
        "docs/families.md has of {name} what is in truth\n{truth}"
    );
}

/// A command that a shell runs, and what it prints on both streams.
struct Shell {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Shell {
    fn run(command: &str) -> Self {
        let both = format!("{{ {command}\n}} 2>&1");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", &both]).stdout(Stdio::piped());
        let mut child = shell.process_group(0).spawn().expect("a shell");
        let lines = follow(child.stdout.take().expect("piped"));
        Self { child, lines }
    }

    /// What it prints next, for a minute; none at its end.
    fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(seconds(60)) {
            Ok(line) => Some(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let group = Pid::from_raw(self.child.id().cast_signed());
                let _ = killpg(group, Signal::SIGKILL);
                Some("(nothing more came)".to_owned())
            }
        }
    }

    /// All that it still prints, to its end.
    fn rest(mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            lines.push(line);
        }
        self.child.wait().expect("it ends");
        lines
    }
}

/// The entry of a dump for which something is true.
///
/// # Panics
///
/// Where there is none.
pub fn entry(dump: &Value, is_it: impl Fn(&Value) -> bool) -> &Value {
    let found = dump
        .as_array()
        .and_then(|list| list.iter().find(|entry| is_it(entry)));
    found.unwrap_or_else(|| panic!("nothing fits in {dump:#}"))
}

/// A running `genlkit subscribe`; ends when dropped.
#[derive(Debug)]
pub struct Watch {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Watch {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    ///
    /// Where it says anything else first.
    pub fn start(args: &[&str]) -> Self {
        let mut child = Command::new("genlkit")
            .arg("subscribe")
            .args(args)
            .args(["--output", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("genlkit is in the guest");
        let mut said = BufReader::new(child.stderr.take().expect("piped")).lines();
        let first = said.next().and_then(Result::ok).unwrap_or_default();
        assert!(
            first.contains("listening"),
            "genlkit subscribe {args:?}: {first}"
        );
        let lines = follow(child.stdout.take().expect("piped"));
        Self { child, lines }
    }

    /// The next event for which something is true: an object with `name` and `msg`.
    ///
    /// # Panics
    ///
    /// Where none comes for 20 seconds.
    pub fn until(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut others = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(20)) {
            let event: Value = serde_json::from_str(&line).expect("JSON");
            if is_it(&event) {
                return event;
            }
            others.push(event);
        }
        panic!("no such event; there were {others:#?}");
    }

    /// The next event of this name.
    ///
    /// # Panics
    ///
    /// Where none comes for 20 seconds.
    pub fn named(&self, name: &str) -> Value {
        self.until(|event| event["name"] == name)
    }

    /// The process's number, which is its first socket's port id, too.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// A program's lines as they come.
fn follow(out: ChildStdout) -> mpsc::Receiver<String> {
    let (send, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        lines.try_for_each(|line| send.send(line))
    });
    lines
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Loads a module of the kernel with what it needs; what is loaded already, or built in, is fine.
///
/// # Panics
///
/// Where the suite does not name it in `metadata.guest` of tests/Cargo.toml, or it does not load.
pub fn module(name: &str) {
    module_with(name, c"");
}

/// As [`module`], with parameters for the module itself.
///
/// # Panics
///
/// As [`module`].
pub fn module_with(name: &str, parameters: &CStr) {
    let order = fs::read_to_string(format!("/modules/{name}.order"));
    let order = order.unwrap_or_else(|e| panic!("metadata.guest lacks module {name}: {e}"));
    let files: Vec<&str> = order.lines().collect();
    for (index, path) in files.iter().enumerate() {
        let file = File::open(path).expect(path);
        let last = index + 1 == files.len();
        let parameters = if last { parameters } else { c"" };
        match finit_module(file, parameters, ModuleInitFlags::empty()) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(error) => panic!("insmod {path}: {error}"),
        }
    }
}

/// Unloads a module of the kernel; one that is not loaded is fine.
///
/// # Panics
///
/// Where something still uses it.
pub fn unload(name: &CStr) {
    match delete_module(name, DeleteModuleFlags::empty()) {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => panic!("rmmod {name:?}: {errno}"),
    }
}
