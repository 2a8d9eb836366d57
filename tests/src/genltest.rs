// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family `genltest` by the names of its spec.

use crate::raw::{Answers, Error, Family, RawSocket, Received, Request};
use genlkit_spec::Family as Spec;
use nix::errno::Errno;
use std::sync::LazyLock;

static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    let yaml = include_str!("../../spec/genltest.yaml");
    Spec::from_yaml("spec/genltest.yaml", yaml).unwrap_or_else(|error| panic!("{error}"))
});

/// The number of an attribute of a set.
///
/// # Panics
///
/// If the spec does not have it.
pub fn attr(set: &str, name: &str) -> u16 {
    let found = SPEC.set(set).and_then(|set| SPEC[set].attr(name));
    found
        .unwrap_or_else(|| panic!("attribute {name} of {set}"))
        .number
}

/// The number of an operation or a notification.
///
/// # Panics
///
/// If the spec does not have it.
pub fn cmd(name: &str) -> u8 {
    let found = SPEC
        .op(name)
        .and_then(|op| op.request_value.or(op.reply_value));
    u8::try_from(found.unwrap_or_else(|| panic!("operation {name}"))).expect("a command")
}

/// A socket and the family.
#[derive(Debug)]
pub struct Genltest {
    /// The socket.
    pub socket: RawSocket,
    /// What the controller tells of the family.
    pub family: Family,
}

impl Genltest {
    /// Opens a socket in the thread's network namespace.
    ///
    /// # Panics
    ///
    /// If the module is not loaded.
    pub fn open() -> Self {
        let socket = RawSocket::generic();
        let family = socket.family("genltest");
        Self { socket, family }
    }

    /// A request for an operation.
    pub fn request(&self, op: &str) -> Request {
        Request::of(&self.family, cmd(op))
    }

    /// Sends a request and takes all that comes back.
    pub fn ask(&self, request: Request) -> Answers {
        self.socket.ask(request)
    }

    /// Sends a request that has one reply.
    ///
    /// # Panics
    ///
    /// If the answer is anything else.
    pub fn reply(&self, request: Request) -> Received {
        let answers = self.ask(request);
        let reply = answers.single();
        if reply.header.kind != self.family.id {
            panic!("a reply is expected, not {:?}", reply.error());
        }
        reply.clone()
    }

    /// Sends a request with ACK that fails or has no reply; says how it went.
    pub fn outcome(&self, request: Request) -> Error {
        self.ask(request.ack()).error()
    }

    /// As [`outcome`](Self::outcome), the errno alone.
    pub fn errno(&self, request: Request) -> Result<(), Errno> {
        match self.outcome(request).errno() {
            Errno::UnknownErrno => Ok(()),
            errno => Err(errno),
        }
    }

    /// Joins a group.
    ///
    /// # Errors
    ///
    /// What the kernel refuses it with.
    pub fn join(&self, group: &str) -> Result<(), Errno> {
        self.socket.join(self.family.group_id(group))
    }

    /// What the module knows: one attribute of the set `state`.
    pub fn state(&self, name: &str) -> u64 {
        let reply = self.reply(self.request("state"));
        let found = reply.attr(attr("state", name)).expect("the attribute");
        found.uint().expect("a number")
    }
}
