// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sends a family messages that its spec allows, and messages that nothing allows.
//!
//! New messages come from the spec; where the kernel tells which of its code ran ([`Kcov`]), those
//! that reached something new are kept, and changed further. A few are sent at once, as one
//! datagram: most of the time goes into what surrounds a message, not into the message.

mod coverage;
mod generate;
mod kcov;
mod log;
mod message;
mod mutate;
mod sockets;
mod tame;

pub use kcov::Kcov;

use coverage::Coverage;
use fastrand::Rng;
use genlkit::wire::flags;
use genlkit_spec::Family as Spec;
use log::Log;
use message::Message;
use sockets::Sockets;
use std::{fmt, fs};

/// How many messages are sent at once, at most.
const BATCH: usize = 8;

/// After so many messages the network namespace and the sockets are replaced by new ones.
const ROUND: u64 = 10_000;

/// After so many messages is looked whether the kernel has found something.
const LOOK: u64 = 500;

/// How many messages are kept where the kernel does not tell what they reached.
const KEPT: usize = 64;

/// Sends messages to one family.
pub struct Fuzzer {
    spec: Spec,
    seed: u64,
    rng: Rng,
    coverage: Option<Coverage>,
    log: Log,
    corpus: Vec<Message>,
    sockets: Sockets,
    /// Did not fit into the batch before.
    next: Option<Made>,
    sent: u64,
    answers: u64,
}

/// What a run has come to.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// What repeats it.
    pub seed: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages that came back.
    pub answers: u64,
    /// Places of the modules' code that ran; none where the kernel does not tell.
    pub coverage: Option<usize>,
    /// Messages that reached something new.
    pub corpus: usize,
}

/// A message, and the bytes that it is sent as.
struct Made {
    message: Message,
    bytes: Vec<u8>,
}

impl Made {
    /// Whether its header tells its length: behind another the kernel finds no more messages.
    fn is_framed(&self) -> bool {
        let told = self
            .bytes
            .first_chunk()
            .map(|told| u32::from_ne_bytes(*told));
        told == Some(self.bytes.len() as u32)
    }

    fn is_dump(&self) -> bool {
        self.message.header.flags & flags::DUMP != 0
    }
}

impl Fuzzer {
    /// Prepares for a family, given as its spec; moves the thread to another network namespace.
    ///
    /// Before a message is sent the kernel's log has it, or its number where that is not to have
    /// the `whole` of it.
    ///
    /// # Panics
    ///
    /// If the family is not loaded.
    pub fn new(spec: Spec, seed: u64, whole: bool) -> Self {
        Self {
            seed,
            rng: Rng::with_seed(seed),
            coverage: Coverage::start(),
            log: Log::open(&spec.name, seed, whole),
            corpus: Vec::new(),
            sockets: Sockets::open(&spec.name),
            next: None,
            sent: 0,
            answers: 0,
            spec,
        }
    }

    /// Sends so many messages.
    ///
    /// # Panics
    ///
    /// If the kernel has found something wrong with itself; its log has the messages before.
    pub fn run(&mut self, messages: u64) -> Report {
        let end = self.sent + messages;
        while self.sent < end {
            let batch = self.batch((end - self.sent).min(BATCH as u64) as usize);
            self.exchange(&batch);
            self.learn(&batch);
            let before = self.sent;
            self.sent += batch.len() as u64;
            if before / LOOK != self.sent / LOOK {
                self.look();
            }
            if before / ROUND != self.sent / ROUND {
                self.sockets = Sockets::open(&self.spec.name);
            }
        }
        self.report()
    }

    fn report(&self) -> Report {
        Report {
            seed: self.seed,
            sent: self.sent,
            answers: self.answers,
            coverage: self.coverage.as_ref().map(Coverage::places),
            corpus: self.corpus.len(),
        }
    }

    /// Messages that can be sent at once: of dumps one, as a socket has one at a time.
    fn batch(&mut self, most: usize) -> Vec<Made> {
        let mut batch: Vec<Made> = Vec::with_capacity(most);
        while batch.len() < most {
            let number = self.sent + batch.len() as u64;
            let made = self.next.take().unwrap_or_else(|| self.make(number));
            if made.is_dump() && batch.iter().any(Made::is_dump) {
                self.next = Some(made);
                break;
            }
            let framed = made.is_framed();
            batch.push(made);
            if !framed {
                break;
            }
        }
        batch
    }

    /// A message out of the spec, or one that reached something new, mostly changed.
    fn make(&mut self, number: u64) -> Made {
        let rng = &mut self.rng;
        let fresh = generate::request(&self.spec, self.sockets.id(), rng);
        let mut message = if self.corpus.is_empty() || rng.u8(..3) == 0 {
            fresh.clone()
        } else {
            self.corpus[rng.usize(..self.corpus.len())].clone()
        };
        if rng.u8(..4) != 0 {
            mutate::message(&mut message, &fresh, rng);
        }
        message.header.seq = number as u32;
        tame::message(&mut message, &self.spec, rng);
        let mut bytes = message.bytes();
        if rng.u8(..8) == 0 {
            mutate::bytes(&mut bytes, rng);
        }
        Made { message, bytes }
    }

    /// Writes messages into the kernel's log, and sends them as one datagram.
    fn exchange(&mut self, batch: &[Made]) {
        let messages = batch.iter().map(|made| made.bytes.as_slice());
        self.log.tell(self.sent, messages.clone());
        let mut datagram = Vec::new();
        for bytes in messages {
            datagram.resize(datagram.len().next_multiple_of(4), 0);
            datagram.extend_from_slice(bytes);
        }
        if let Some(coverage) = &self.coverage {
            coverage.begin();
        }
        self.answers += self.sockets.exchange(&datagram, &mut self.rng);
    }

    /// Keeps those messages that ran code that none before them did.
    fn learn(&mut self, batch: &[Made]) {
        let Some(coverage) = &mut self.coverage else {
            let room = KEPT - self.corpus.len();
            let some = batch.iter().take(room);
            self.corpus.extend(some.map(|made| made.message.clone()));
            return;
        };
        let new = coverage.new_places();
        if new.is_empty() {
            return;
        }
        let before = self.corpus.len();
        if batch.len() > 1 {
            // Which of them it was shows when each is sent again, alone.
            for made in batch {
                self.exchange(std::slice::from_ref(made));
                let Some(coverage) = &mut self.coverage else {
                    return;
                };
                if coverage.has_any(&new) || !coverage.new_places().is_empty() {
                    self.corpus.push(made.message.clone());
                }
            }
        }
        if self.corpus.len() == before {
            // It was one alone, or the first time was another matter than the second.
            self.corpus
                .extend(batch.iter().map(|made| made.message.clone()));
        }
    }

    /// Looks whether the kernel has found something.
    fn look(&mut self) {
        let complaint = self.log.complaint();
        assert!(
            complaint.is_none() && !is_tainted(),
            "seed {}: the kernel has complained within {LOOK} messages before message {}: {}",
            self.seed,
            self.sent,
            complaint.unwrap_or_default()
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            sent,
            answers,
            corpus,
            ..
        } = self;
        write!(
            f,
            "seed {seed}: {sent} messages, {answers} answers, corpus {corpus}, "
        )?;
        match self.coverage {
            Some(places) => write!(f, "{places} places of the module's code ran"),
            None => write!(f, "no coverage (the kernel has no KCOV)"),
        }
    }
}

/// Whether the kernel warned or died in a way that it remembers.
fn is_tainted() -> bool {
    /// `TAINT_BAD_PAGE`, `TAINT_DIE`, `TAINT_WARN`, `TAINT_SOFTLOCKUP`
    const BAD: u64 = 1 << 5 | 1 << 7 | 1 << 9 | 1 << 14;
    let taint = fs::read_to_string("/proc/sys/kernel/tainted").unwrap_or_default();
    taint.trim().parse::<u64>().unwrap_or(0) & BAD != 0
}
