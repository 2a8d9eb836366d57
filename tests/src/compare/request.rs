// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests, and the texts that have them: tests/third_party/requests.txt and events.txt.

use genlkit_spec::{Family, model::Protocol};
use serde_json::{Value, json};
use std::{fmt, fs, path::PathBuf};

/// How an operation is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One request, one reply.
    Do,
    /// One request, many replies.
    Dump,
    /// Several requests in one datagram; the value is a list of pairs of operation and value.
    Multi,
    /// What the kernel accepts in an operation; the value is `do` or `dump`.
    Policy,
    /// A multicast group is joined, which the operation names.
    Subscribe,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The spec's name.
    pub family: String,
    /// How.
    pub mode: Mode,
    /// Names of `NLM_F_*` in small letters.
    pub flags: Vec<String>,
    /// The operation; nothing where there are several.
    pub op: String,
    /// Its value, or the pairs.
    pub value: Value,
}

impl Request {
    /// Reads `FAMILY MODE[+FLAG...] OPERATION JSON`, `FAMILY multi[+FLAG...] JSON`, and `FAMILY subscribe GROUP`.
    fn read(line: &str) -> Option<Self> {
        let (family, rest) = line.split_once(' ')?;
        let (mode, rest) = rest.split_once(' ')?;
        let mut words = mode.split('+');
        let mode = match words.next()? {
            "do" => Mode::Do,
            "dump" => Mode::Dump,
            "multi" => Mode::Multi,
            "policy" => Mode::Policy,
            "subscribe" => Mode::Subscribe,
            _ => return None,
        };
        let (op, value) = match mode {
            Mode::Multi => ("", rest),
            Mode::Subscribe => (rest, "null"),
            _ => rest.split_once(' ')?,
        };
        Some(Self {
            family: family.to_owned(),
            mode,
            flags: words.map(str::to_owned).collect(),
            op: op.to_owned(),
            value: serde_json::from_str(value).ok()?,
        })
    }

    /// Whether it changes nothing, so that it can be asked again.
    pub fn reads(&self) -> bool {
        match self.mode {
            Mode::Do => self.op.contains("get"),
            Mode::Dump | Mode::Policy => true,
            Mode::Multi | Mode::Subscribe => false,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Do => "do",
            Self::Dump => "dump",
            Self::Multi => "multi",
            Self::Policy => "policy",
            Self::Subscribe => "subscribe",
        })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.mode)?;
        self.flags
            .iter()
            .try_for_each(|flag| write!(f, "+{flag}"))?;
        match self.mode {
            Mode::Multi => write!(f, " {}", self.value),
            Mode::Subscribe => write!(f, " {}", self.op),
            _ => write!(f, " {} {}", self.op, self.value),
        }
    }
}

/// A network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// One that nobody has been in.
    New,
    /// The one in which everything begins, and devices that cannot be made are.
    First,
}

/// Requests that are asked one after the other in a network namespace.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: String,
    /// Where.
    pub namespace: Namespace,
    /// What is asked.
    pub requests: Vec<Request>,
}

/// Reads scenarios: `[NAME]`, or `[first: NAME]` of what is asked in the first namespace, and a request a line; `#`
/// begins a comment.
///
/// # Panics
///
/// Where a line is nothing of that.
pub fn scenarios(text: &str) -> Vec<Scenario> {
    let mut all: Vec<Scenario> = Vec::new();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let heading = line.strip_prefix('[');
        if let Some(name) = heading.and_then(|line| line.strip_suffix(']')) {
            let (namespace, name) = match name.strip_prefix("first: ") {
                Some(name) => (Namespace::First, name),
                None => (Namespace::New, name),
            };
            all.push(Scenario {
                name: name.to_owned(),
                namespace,
                requests: Vec::new(),
            });
            continue;
        }
        let request = Request::read(line).unwrap_or_else(|| panic!("no request: {line}"));
        all.last_mut().expect("a name first").requests.push(request);
    }
    all
}

/// The specs of a directory, by name.
///
/// # Panics
///
/// Where one is not valid.
pub fn specs(dir: &str) -> Vec<(String, Family)> {
    let files = fs::read_dir(dir).expect("the specs");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("it").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let name = |path: &PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy();
        name.into_owned()
    };
    let specs = files.iter().map(|path| {
        let spec = Family::from_file(path);
        (name(path), spec.expect("valid"))
    });
    specs.collect()
}

/// Every operation of every spec that can be called so, with no attribute; or what the kernel accepts in each.
pub fn everything(mode: Mode, specs: &[(String, Family)]) -> Vec<Request> {
    let mut requests = Vec::new();
    for (name, spec) in specs {
        let request = |op: &str, value: Value| Request {
            family: name.clone(),
            mode,
            flags: Vec::new(),
            op: op.to_owned(),
            value,
        };
        let generic = !matches!(spec.protocol, Protocol::Raw(_));
        for op in &spec.ops {
            let (is_do, is_dump) = (op.r#do.is_some(), op.dump.is_some());
            match mode {
                Mode::Dump if is_dump => requests.push(request(&op.name, json!({}))),
                Mode::Do if is_do => requests.push(request(&op.name, json!({}))),
                Mode::Policy if generic => {
                    let modes = [(is_do, "do"), (is_dump, "dump")];
                    let modes = modes.iter().filter(|(has, _)| *has);
                    requests.extend(modes.map(|(_, mode)| request(&op.name, json!(mode))));
                }
                _ => {}
            }
        }
    }
    requests
}
