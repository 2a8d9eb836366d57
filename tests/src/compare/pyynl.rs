// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel tree's client, by way of tests/third_party/client.py.

use super::{Client, Mode, Namespace, Outcome, Refusal, Request};
use nix::errno::Errno;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// The program that answers with the client.
const PROGRAM: &str = include_str!("../../third_party/client.py");

/// How it tells that the kernel has no policy; there is no more to it than the errno.
const POLICY_REFUSED: &str = "YnlException: Netlink error: ";

/// The running client; ends when dropped.
#[derive(Debug)]
pub struct Pyynl {
    child: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Pyynl {
    /// Starts it with the directories of the client and of the specs.
    ///
    /// # Panics
    ///
    /// Where there is no Python.
    pub fn start(client: &str, specs: &str) -> Self {
        let mut child = Command::new("python3")
            .args(["-c", PROGRAM, client, specs])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let requests = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self {
            child,
            requests,
            answers,
        }
    }

    /// Moves to a new network namespace, or back to the one that it was started in.
    ///
    /// # Panics
    ///
    /// Where the system refuses.
    pub fn enter(&mut self, namespace: Namespace) {
        let which = match namespace {
            Namespace::New => "new",
            Namespace::First => "first",
        };
        self.answer(&json!({ "netns": which }));
    }

    /// What came since a group was joined, or why that cannot be told.
    pub fn heard(&mut self, family: &str) -> Result<Vec<Value>, String> {
        let mut answer = self.answer(&json!({ "family": family, "mode": "heard" }));
        match answer["reply"].take() {
            Value::Array(heard) => Ok(heard),
            _ => Err(answer["failed"].to_string()),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn answer(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").expect("it reads");
        let answer = self.answers.next().expect("an answer").expect("UTF-8");
        serde_json::from_str(&answer).expect("JSON")
    }
}

impl Client for Pyynl {
    fn ask(&mut self, request: &Request) -> Outcome {
        let mut asked = json!({
            "family": request.family, "mode": request.mode.to_string(), "flags": request.flags
        });
        match request.mode {
            Mode::Multi => asked["calls"] = request.value.clone(),
            _ => {
                asked["op"] = request.op.clone().into();
                asked["value"] = request.value.clone();
            }
        }
        let mut answer = self.answer(&asked);
        if let Some(reply) = answer.get_mut("reply") {
            return Outcome::Reply(reply.take());
        }
        if let Some(absent) = answer["absent"].as_str() {
            return Outcome::Absent(absent.to_owned());
        }
        if let Some(refused) = answer.get("refused") {
            return Outcome::Refused(refusal(refused));
        }
        let failed = answer["failed"].as_str().unwrap_or("no answer");
        match (request.mode, failed.strip_prefix(POLICY_REFUSED)) {
            (Mode::Policy, Some(error)) => Outcome::Refused(Refusal {
                errno: errno(-error.parse::<i32>().expect("a number")),
                ..Refusal::default()
            }),
            _ => Outcome::Failed(failed.to_owned()),
        }
    }
}

fn errno(number: i32) -> String {
    format!("{:?}", Errno::from_raw(number))
}

fn refusal(refused: &Value) -> Refusal {
    let number = refused["errno"].as_i64().expect("a number");
    let text = |name: &str| refused[name].as_str().map(str::to_owned);
    // `.header.dev-name`, `.linkinfo.data(vlan).id`
    let at = text("bad-attr").map(|path| {
        let names = path.split('.').skip(1);
        let bare = names.map(|name| name.split('(').next().unwrap_or(name));
        bare.collect::<Vec<_>>().join(".")
    });
    Refusal {
        errno: errno(i32::try_from(number).expect("an errno")),
        text: text("msg"),
        at,
        missing: text("miss-type"),
    }
}

impl Drop for Pyynl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
