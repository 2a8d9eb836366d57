// SPDX-License-Identifier: MIT OR Apache-2.0

//! Has each allocation of something fail in turn, and judges what comes of it (docs/debug.md).

use crate::{
    fault::FailNth,
    raw::{RawSocket, Request},
};
use genlkit::wire::{Answer, Messages};
use nix::errno::Errno;

/// More than any operation allocates; where it is reached something does not end.
pub const MANY: u32 = 20_000;

/// A request that is ready to be sent, and room for the answers: nothing is allocated on the way.
#[derive(Debug)]
pub struct Exchange {
    socket: RawSocket,
    family: u16,
    bytes: Vec<u8>,
    room: Vec<u8>,
}

/// How an exchange went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What it failed of.
    pub error: Option<Errno>,
    /// Messages that came back.
    pub messages: u32,
}

impl Exchange {
    /// A request to a family.
    pub fn new(family: &str, request: impl FnOnce(Request) -> Request) -> Self {
        let socket = RawSocket::generic();
        let id = socket.family(family).id;
        let bytes = request(Request::new(id)).seq(1).bytes();
        Self {
            socket,
            family: id,
            bytes,
            // Written to, so that it is there.
            room: vec![1; 1 << 20],
        }
    }

    /// Another request, by the same socket.
    pub fn then(mut self, request: impl FnOnce(Request) -> Request) -> Self {
        self.bytes = request(Request::new(self.family)).seq(2).bytes();
        self
    }

    /// Sends it, and takes all that comes back.
    pub fn run(&mut self) -> Outcome {
        let mut outcome = Outcome::default();
        if let Err(errno) = self.socket.send(&self.bytes) {
            outcome.error = Some(errno);
            return outcome;
        }
        // An error of the socket's comes once, and what is queued behind it after that.
        for _ in 0..10_000 {
            match self.socket.receive_into(&mut self.room) {
                Ok(None) => break,
                Ok(Some(len)) => outcome.take(&self.room[..len]),
                Err(errno) => outcome.error = outcome.error.or(Some(errno)),
            }
        }
        outcome
    }
}

impl Outcome {
    fn take(&mut self, datagram: &[u8]) {
        for message in Messages::new(datagram) {
            let message = message.expect("the kernel's lengths are right");
            self.messages += 1;
            let errno = match message.answer() {
                Answer::Error(error) => error.errno,
                Answer::Done { errno, .. } => errno,
                _ => 0,
            };
            if errno != 0 {
                self.error = self.error.or(Some(Errno::from_raw(errno)));
            }
        }
    }

    /// Whether it went well, or failed of what was done to it. Silence is neither.
    fn is_clean(&self) -> bool {
        match self.error {
            None => self.messages > 0,
            Some(errno) => [Errno::ENOMEM, Errno::ENOBUFS, Errno::EFAULT].contains(&errno),
        }
    }

    /// Whether it is as it should be when something failed, or nothing did.
    ///
    /// # Errors
    ///
    /// What is not.
    pub fn judge(&self, failed: bool) -> Result<(), String> {
        if self.is_clean() && (failed || self.error.is_none()) {
            Ok(())
        } else {
            Err(format!("failed: {failed}, {self:?}"))
        }
    }
}

/// Has each allocation of `act` fail in turn, until there are no more. What `prepare` makes is `act`'s
/// to use; `judge` says whether all is well then, with something having failed or not.
///
/// # Panics
///
/// Where `judge` says so, or if there is no end of allocations.
pub fn each<P, T>(
    name: &str,
    faults: &FailNth,
    mut prepare: impl FnMut() -> P,
    act: impl Fn(&mut P) -> T,
    judge: impl Fn(T, bool, P) -> Result<(), String>,
) {
    for nth in 1..MANY {
        let mut prepared = prepare();
        let (result, failed) = faults.during(nth, || act(&mut prepared));
        if let Err(why) = judge(result, failed, prepared) {
            panic!("{name}: failure {nth}: {why}");
        }
        if !failed {
            eprintln!("failslab: {name}: {} failures", nth - 1);
            return;
        }
    }
    panic!("{name}: no end of allocations");
}

/// As [`each`], for a request: it fails cleanly, or goes well.
///
/// # Panics
///
/// As [`each`].
pub fn each_of(family: &'static str, name: &str, request: impl Fn(Request) -> Request) {
    let faults = FailNth::open().expect("the kernel can make allocations fail");
    each(
        &format!("{family} {name}"),
        &faults,
        || Exchange::new(family, &request),
        Exchange::run,
        |outcome, failed, _| outcome.judge(failed),
    );
}
