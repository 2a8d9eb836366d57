// SPDX-License-Identifier: MIT OR Apache-2.0

//! A socket that asks, and one that listens.

use crate::raw::{Family, NetlinkOption, RawSocket};
use fastrand::Rng;
use genlkit::wire::{Messages, flags};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};
use std::time::{Duration, Instant};

/// How large the parts of a dump are, and how many are taken before its socket is closed: mostly
/// little, as a dump runs the same code for its first entries and for its last.
const READS: [(usize, usize); 4] = [(4096, 2), (4096, 2), (8192, 3), (32768, 8)];

/// How long parts of a dump are waited for: bytes that were changed can ask for slow ones.
const LIMIT: Duration = Duration::from_millis(200);

/// How many answers that are no dump's are taken of one datagram of requests.
const ANSWERS: usize = 64;

/// `NLMSG_DONE`
const DONE: u16 = 3;

/// The sockets in one network namespace.
pub(super) struct Sockets {
    ask: RawSocket,
    listen: RawSocket,
    id: u16,
    /// What is received.
    room: Vec<u8>,
}

impl Sockets {
    /// Opens them in a network namespace of their own, which the calling thread moves to.
    ///
    /// # Panics
    ///
    /// If the family is not loaded, or does not let root join its groups.
    pub(super) fn open(name: &str) -> Self {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let [ask, listen] = [RawSocket::generic(), RawSocket::generic()];
        let family: Family = ask.family(name);
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
            room: vec![0; 32768],
        }
    }

    /// The family's number.
    pub(super) fn id(&self) -> u16 {
        self.id
    }

    /// Sends requests, and takes what comes back; how many messages that are.
    ///
    /// # Panics
    ///
    /// If what comes back is malformed.
    pub(super) fn exchange(&mut self, bytes: &[u8], rng: &mut Rng) -> u64 {
        // What the socket itself refuses is an answer as well.
        if self.ask.send(bytes).is_err() {
            return 0;
        }
        let (size, parts) = READS[rng.usize(..READS.len())];
        let room = &mut self.room[..size];
        let (mut count, mut parts_left, mut whole) = (0, parts, false);
        let start = Instant::now();
        for _ in 0..ANSWERS {
            match self.ask.receive_into(room) {
                Ok(Some(len)) => {
                    let taken = Taken::of(room, len);
                    count += taken.messages;
                    parts_left -= usize::from(taken.more);
                    if parts_left == 0 || start.elapsed() > LIMIT {
                        break;
                    }
                }
                Ok(None) => {
                    whole = true;
                    break;
                }
                Err(Errno::ENOBUFS) => {}
                Err(errno) => panic!("receiving: {errno}"),
            }
        }
        if !whole {
            // A dump that nobody reads to its end, perhaps.
            self.ask = RawSocket::generic();
        }
        while let Ok(Some(_)) = self.listen.receive_into(&mut self.room) {}
        count
    }
}

/// What is in a datagram of the kernel's.
#[derive(Default)]
struct Taken {
    messages: u64,
    /// It is a dump's, and not its end.
    more: bool,
}

impl Taken {
    /// Looks through a datagram of a length, of which there is room's.
    ///
    /// # Panics
    ///
    /// If the lengths in it are wrong.
    fn of(room: &[u8], len: usize) -> Self {
        let mut taken = Self::default();
        // A large one was cut off.
        for message in room.get(..len).into_iter().flat_map(Messages::new) {
            let header = message.expect("the kernel's lengths are right").header;
            if header.flags & flags::REQUEST == 0 {
                taken.messages += 1;
            }
            taken.more = header.flags & flags::MULTI != 0 && header.kind != DONE;
        }
        taken
    }
}
