// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sends a family messages that its spec allows, and messages that nothing allows.
//!
//! New messages come from the spec; where the kernel tells which of its code ran ([`Kcov`]), those
//! that reached something new are kept, and changed further.

mod generate;
mod kcov;
mod message;
mod mutate;

pub use kcov::Kcov;

use crate::raw::{NetlinkOption, RawSocket};
use fastrand::Rng;
use genlkit::wire::{Messages, flags};
use genlkit_spec::Family as Spec;
use message::{Message, Node, Payload};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};
use std::{
    collections::HashSet,
    fmt,
    fs::{self, File, OpenOptions},
    io::Write as _,
    mem,
};

/// After so many messages the network namespace and the sockets are replaced by new ones.
const ROUND: u64 = 2000;

/// After so many messages is looked whether the kernel has found something.
const LOOK: u64 = 500;

/// How many parts of an answer are taken before the socket is closed over it.
const PARTS: usize = 6;

/// How many bytes one line of the kernel's log tells of a message.
const LINE: usize = 400;

/// Sends messages to one family.
pub struct Fuzzer {
    spec: Spec,
    seed: u64,
    rng: Rng,
    kcov: Option<Kcov>,
    log: File,
    seen: HashSet<u64>,
    corpus: Vec<Message>,
    sockets: Option<Sockets>,
    /// What is received.
    room: Vec<u8>,
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
    /// Addresses of the modules that ran; none where the kernel does not tell.
    pub coverage: Option<usize>,
    /// Messages that reached something new.
    pub corpus: usize,
}

/// One that asks and one that listens.
struct Sockets {
    ask: RawSocket,
    listen: RawSocket,
    id: u16,
}

impl Fuzzer {
    /// Prepares for a family, given as its spec.
    ///
    /// # Panics
    ///
    /// If the family is not loaded.
    pub fn new(spec: Spec, seed: u64) -> Self {
        // Without a limit to how many lines a process may write to the kernel's log.
        let unlimited = fs::write("/proc/sys/kernel/printk_devkmsg", "on\n");
        let log = unlimited.and_then(|()| OpenOptions::new().write(true).open("/dev/kmsg"));
        Self {
            spec,
            seed,
            rng: Rng::with_seed(seed),
            kcov: Kcov::start(),
            log: log.expect("the kernel's log takes lines"),
            seen: HashSet::new(),
            corpus: Vec::new(),
            sockets: None,
            room: vec![0; 1 << 20],
            sent: 0,
            answers: 0,
        }
    }

    /// Sends so many messages.
    ///
    /// # Panics
    ///
    /// If the kernel has found something wrong with itself; its log has the messages before.
    pub fn run(&mut self, messages: u64) -> Report {
        for _ in 0..messages {
            if self.sent.is_multiple_of(ROUND) {
                self.sockets = None;
                unshare(CloneFlags::CLONE_NEWNET).expect("root may");
            }
            let message = self.next();
            let mut bytes = message.bytes();
            if self.rng.u8(..8) == 0 {
                mutate::bytes(&mut bytes, &mut self.rng);
            }
            self.tell(&bytes);
            if let Some(kcov) = &self.kcov {
                kcov.clear();
            }
            self.send(&bytes);
            if self.learned() {
                self.corpus.push(message);
            }
            self.sent += 1;
            if self.sent.is_multiple_of(LOOK) {
                assert!(
                    kernel_is_well(),
                    "seed {}: the kernel has complained within {LOOK} messages before message {}",
                    self.seed,
                    self.sent
                );
            }
        }
        self.report()
    }

    fn report(&self) -> Report {
        Report {
            seed: self.seed,
            sent: self.sent,
            answers: self.answers,
            coverage: self.kcov.as_ref().map(|_| self.seen.len()),
            corpus: self.corpus.len(),
        }
    }

    /// A message out of the spec, or one that reached something new, mostly changed.
    fn next(&mut self) -> Message {
        let id = self.sockets().id;
        let rng = &mut self.rng;
        let fresh = generate::request(&self.spec, id, rng);
        let mut message = if self.corpus.is_empty() || rng.u8(..3) == 0 {
            fresh.clone()
        } else {
            self.corpus[rng.usize(..self.corpus.len())].clone()
        };
        if rng.u8(..4) != 0 {
            mutate::message(&mut message, &fresh, rng);
        }
        message.header.seq = self.sent as u32;
        if rng.u8(..64) != 0 {
            self.tame(&mut message);
        }
        message
    }

    /// Has no message take seconds: what a request for much does, it does for little.
    fn tame(&self, message: &mut Message) {
        let Some(op) = self
            .spec
            .ops
            .iter()
            .find(|op| op.request_value == Some(message.genl[0].into()))
        else {
            return;
        };
        let Some(set) = op.set.map(|set| &self.spec[set]) else {
            return;
        };
        for node in &mut message.attrs {
            let name = set.attr_by_number(node.kind & 0x3fff);
            let limit = match name.map(|attr| attr.name.as_str()) {
                Some("delay") => 1,
                Some("count") => 20,
                Some("size") => 20_000,
                Some("ring-size") => 8192,
                _ => continue,
            };
            clamp(node, limit);
        }
    }

    fn sockets(&mut self) -> &Sockets {
        let name = &self.spec.name;
        self.sockets.get_or_insert_with(|| Sockets::open(name))
    }

    /// Writes a message into the kernel's log, whose end a panic shows.
    fn tell(&mut self, bytes: &[u8]) {
        for (part, piece) in bytes.chunks(LINE).enumerate() {
            let hex: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = format!(
                "<7>fuzz: seed {} {} message {} part {part}: {hex}",
                self.seed, self.spec.name, self.sent
            );
            let _ = self.log.write_all(line.as_bytes());
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let mut room = mem::take(&mut self.room);
        let sockets = self.sockets();
        let mut count = 0;
        let mut whole = true;
        // What the socket itself refuses is an answer as well.
        if sockets.ask.send(bytes).is_ok() {
            whole = false;
            for _ in 0..PARTS {
                match sockets.ask.receive_into(&mut room) {
                    Ok(Some(len)) => count += messages(&room[..len]),
                    Ok(None) => {
                        whole = true;
                        break;
                    }
                    Err(Errno::ENOBUFS) => {}
                    Err(errno) => panic!("receiving: {errno}"),
                }
            }
            while let Ok(Some(_)) = sockets.listen.receive_into(&mut room) {}
        }
        self.room = room;
        self.answers += count;
        if !whole {
            // A dump that nobody reads to its end.
            self.sockets = None;
        }
    }

    /// Whether the last message ran code that none before it did.
    fn learned(&mut self) -> bool {
        let Some(kcov) = &self.kcov else {
            return self.corpus.len() < 64;
        };
        let before = self.seen.len();
        self.seen.extend(kcov.addresses());
        self.seen.len() > before
    }
}

impl Sockets {
    fn open(name: &str) -> Self {
        let [ask, listen] = [RawSocket::generic(), RawSocket::generic()];
        let family = ask.family(name);
        for (group, id) in &family.groups {
            listen
                .join(*id)
                .unwrap_or_else(|errno| panic!("joining {group}: {errno}"));
        }
        listen.option(NetlinkOption::NO_ENOBUFS, 1);
        Self {
            ask,
            listen,
            id: family.id,
        }
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
            Some(addresses) => write!(f, "{addresses} places of the module's code ran"),
            None => write!(f, "no coverage (the kernel has no KCOV)"),
        }
    }
}

/// How many messages a datagram of the kernel's holds.
///
/// # Panics
///
/// If their lengths are wrong.
fn messages(datagram: &[u8]) -> u64 {
    let all = Messages::new(datagram);
    all.map(|message| message.expect("the kernel's lengths are right"))
        .filter(|message| message.header.flags & flags::REQUEST == 0)
        .count() as u64
}

/// Limits what is a number of 32 bits.
fn clamp(node: &mut Node, limit: u32) {
    if let Payload::Bytes(bytes) = &mut node.payload
        && let Some(number) = bytes.first_chunk_mut::<4>()
    {
        let value = u32::from_ne_bytes(*number);
        if value > limit {
            *number = (value % (limit + 1)).to_ne_bytes();
        }
    }
}

/// Whether no warning has tainted the kernel, and lockdep, where it is there, still works.
fn kernel_is_well() -> bool {
    /// `TAINT_DIE`, `TAINT_WARN`, `TAINT_SOFTLOCKUP`, `TAINT_BAD_PAGE`
    const BAD: u64 = 1 << 7 | 1 << 9 | 1 << 14 | 1 << 5;
    let taint = fs::read_to_string("/proc/sys/kernel/tainted").unwrap_or_default();
    let lockdep = fs::read_to_string("/proc/lockdep_stats").unwrap_or_default();
    let off = lockdep
        .lines()
        .any(|line| line.trim_start().starts_with("debug_locks:") && line.ends_with(" 0"));
    taint.trim().parse::<u64>().unwrap_or(0) & BAD == 0 && !off
}
