// SPDX-License-Identifier: MIT OR Apache-2.0

//! `genlkit`, called with the options of the kernel tree's client.

use super::{Client, Mode, Outcome, Refusal, Request};
use crate::program::{Running, Said};
use std::process::Command;

/// Where it keeps specs that it compiled: a guest has no home.
const CACHE: &str = "/tmp/genlkit";

/// The program, in the network namespace of the thread that asks.
#[derive(Debug)]
pub struct Tool {
    specs: String,
}

impl Tool {
    /// With the specs of this directory.
    pub fn new(specs: &str) -> Self {
        let specs = specs.to_owned();
        Self { specs }
    }

    /// The file of a spec.
    pub fn spec(&self, family: &str) -> String {
        format!("{}/{family}.yaml", self.specs)
    }

    /// Joins a group: an event is a line.
    ///
    /// # Panics
    ///
    /// Where it does not listen.
    pub fn listen(&self, request: &Request) -> Running {
        let spec = self.spec(&request.family);
        let listener = Running::start(
            "genlkit",
            &["--spec", &spec, "--subscribe", &request.op, "--output-json"],
        );
        listener.says("note: listening");
        listener
    }

    fn command(&self, request: &Request) -> Command {
        let mut command = Command::new("genlkit");
        command.env("XDG_CACHE_HOME", CACHE);
        command.args(["--spec", &self.spec(&request.family), "--output-json"]);
        let flags = request.flags.iter();
        command.args(flags.map(|flag| format!("--{flag}")));
        match request.mode {
            Mode::Multi => {
                for call in request.value.as_array().into_iter().flatten() {
                    let op = call[0].as_str().unwrap_or_default();
                    command.args(["--multi", op, &call[1].to_string()]);
                }
            }
            Mode::Policy => {
                let mode = request.value.as_str().unwrap_or_default();
                command.args(["--policy", &format!("--{mode}"), &request.op]);
            }
            mode => {
                command.args([&format!("--{mode}"), &request.op]);
                command.args(["--json", &request.value.to_string()]);
            }
        }
        command
    }
}

impl Client for Tool {
    fn ask(&mut self, request: &Request) -> Outcome {
        let output = self.command(request).output().expect("genlkit");
        let said = Said::of(output);
        match said.status {
            0 => match serde_json::from_str(&said.out) {
                Ok(reply) => Outcome::Reply(reply),
                Err(error) => Outcome::Failed(format!("{error}: {}", said.out)),
            },
            1 => Outcome::Refused(refusal(&said.err)),
            3 if said.err.contains("not found") => Outcome::Absent(first_line(&said.err)),
            _ => Outcome::Failed(said.err),
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Reads `error: FAMILY OP: ERRNO (WORDS): TEXT [missing: PATH] [at: PATH]`.
fn refusal(line: &str) -> Refusal {
    let line = line.lines().find(|line| line.starts_with("error: "));
    let line = line.unwrap_or_default();
    let (_, rest) = line.split_once(": ").unwrap_or_default();
    let (_, rest) = rest.split_once(": ").unwrap_or_default();
    let (errno, rest) = rest.split_once(" (").unwrap_or((rest, ""));
    let (_, rest) = rest.split_once(')').unwrap_or_default();
    let (text, places) = rest.split_once(" [").unwrap_or((rest, ""));
    let text = text.strip_prefix(": ").map(str::to_owned);
    let mut refusal = Refusal {
        errno: errno.to_owned(),
        text,
        ..Refusal::default()
    };
    for place in places.split(" [") {
        let place = place.trim_end_matches(']');
        if let Some(missing) = place.strip_prefix("missing: ") {
            refusal.missing = Some(bare(missing));
        } else if let Some(at) = place.strip_prefix("at: ") {
            refusal.at = Some(bare(at));
        } else if let Some((at, _)) = place.split_once(" must be: ") {
            refusal.at = (at != "it").then(|| bare(at));
        }
    }
    refusal
}

/// A path without places in lists, which the other client does not tell.
fn bare(path: &str) -> String {
    let names = path.split('.').filter(|name| name.parse::<u32>().is_err());
    names.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_with_its_places() {
        let said = refusal(
            "error: wireguard set-device: ERANGE (Math result): out of range \
             [peers.0.public-key must be: binary, 32 bytes long]\nhint: nothing\n",
        );
        assert_eq!(said.errno, "ERANGE");
        assert_eq!(said.text.as_deref(), Some("out of range"));
        assert_eq!(said.at.as_deref(), Some("peers.public-key"));
        let said = refusal("error: netdev dev-get: EINVAL (Invalid argument) [missing: ifindex]");
        assert_eq!(said.missing.as_deref(), Some("ifindex"));
        assert_eq!((said.text, said.at), (None, None));
    }
}
