// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a process costs that begins and ends at once, with whatever hears of it.

use crate::hearers::Hearing;
use genlkit_tests::{child::Child, storm};
use nix::unistd::{pipe, read, write};
use std::{
    os::fd::OwnedFd,
    thread::{sleep, yield_now},
    time::{Duration, Instant},
};

/// How many are tried, to find the least.
const TRIES: u32 = 400;

/// A process that has a child make others whenever it is told to. It remains as it is, whatever
/// threads and files the one has that tells it, so that all these children are alike.
#[derive(Debug)]
struct Forker {
    tell: OwnedFd,
    told: OwnedFd,
    _process: Child,
}

impl Forker {
    /// One whose children first prepare themselves.
    fn new(prepare: fn()) -> Self {
        let (orders, tell) = pipe().expect("a pipe");
        let (told, answer) = pipe().expect("a pipe");
        let process = Child::run(|| {
            let mut count = [0; 4];
            while read(&orders, &mut count) == Ok(count.len()) {
                let forker = Child::run(|| {
                    prepare();
                    let tries = (0..u32::from_ne_bytes(count)).map(|_| took(|| storm::forks(1)));
                    let least = tries.min().unwrap_or_default();
                    write(&answer, &least.to_ne_bytes()).expect("who told it reads");
                });
                forker.wait();
            }
        });
        Self {
            tell,
            told,
            _process: process,
        }
    }

    /// Has it make so many, one after the other: what one took at least.
    fn make(&self, count: u32) -> u64 {
        write(&self.tell, &count.to_ne_bytes()).expect("it is there");
        let mut least = [0; 8];
        assert_eq!(read(&self.told, &mut least), Ok(least.len()), "it answers");
        u64::from_ne_bytes(least)
    }
}

/// Those that make processes.
#[derive(Debug)]
pub(crate) struct Forkers {
    hog: Forker,
    other: Forker,
}

impl Forkers {
    /// To be made before what is measured.
    pub(crate) fn new() -> Self {
        Self {
            hog: Forker::new(storm::hog),
            other: Forker::new(|| {}),
        }
    }

    /// What a process costs its parent at least, which has the processor for itself meanwhile:
    /// nothing is delivered and nobody reads.
    pub(crate) fn least(&self) -> u64 {
        // What follows the loading of a module is not to be counted.
        sleep(Duration::from_secs(1));
        self.hog.make(TRIES)
    }

    /// What so many cost together, up to when all that is told of them was heard.
    pub(crate) fn together(&self, count: u32, hearing: Option<&Hearing>) -> u64 {
        sleep(Duration::from_secs(1));
        let before = hearing.map_or(0, Hearing::heard);
        took(|| {
            self.other.make(count);
            if let Some(hearing) = hearing {
                hearing.hasten();
                // Each begins and ends.
                while hearing.heard() - before < 2 * u64::from(count) {
                    yield_now();
                }
            }
        })
    }

    /// Makes so many while nobody reads and nothing is delivered.
    pub(crate) fn unheard(&self, count: u32) {
        self.hog.make(count);
    }
}

fn took(work: impl FnOnce()) -> u64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as u64
}
