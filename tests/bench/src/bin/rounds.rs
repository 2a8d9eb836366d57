// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has contenders take turns in a network namespace with 2 000 addresses and 2 000 links.
//!
//! Arguments: how many rounds, what is done, with commas between, then `NAME=PROGRAM` for each contender.
//! Prints a line `TASK NAME COUNT WALL CPU ALLOCATIONS` for each turn. Is to be started in a network
//! namespace that nobody else is in.

use genlkit_bench::namespace;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// What is done, and how often a turn.
const TASKS: [(&str, u64); 5] = [
    ("call", 1600),
    ("batch", 1600),
    ("families", 40),
    ("addresses", 4),
    ("links", 2),
];

const STARTS: u64 = 5;

struct Contender {
    name: String,
    program: String,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    child: Child,
}

impl Contender {
    fn start(argument: &str) -> Self {
        let (name, program) = argument.split_once('=').expect("NAME=PROGRAM");
        let mut child = command(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            stdin: child.stdin.take().expect("a pipe"),
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        }
    }

    /// Starts it so many times for one call each, and says what that took.
    fn starts(&self) {
        let (wall, cpu) = (Instant::now(), children());
        for _ in 0..STARTS {
            let status = command(&self.program).arg("once").status();
            assert!(status.expect("it starts").success(), "{}", self.program);
        }
        let (wall, cpu) = (wall.elapsed(), children() - cpu);
        println!(
            "start {} {STARTS} {} {} -",
            self.name,
            wall.as_nanos(),
            cpu.as_nanos()
        );
    }

    /// What it says to a turn, and the sum of what it read: none where it does not have the task.
    fn turn(&mut self, task: &str, count: u64) -> Option<(String, u64)> {
        writeln!(self.stdin, "{task} {count}").expect("it listens");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it answers");
        let line = line.trim_end();
        if line == "none" {
            return None;
        }
        let (took, sum) = line.rsplit_once(' ').expect("WALL CPU ALLOCATIONS SUM");
        Some((took.to_owned(), sum.parse().expect("a sum")))
    }
}

/// A command line whose words have no spaces.
fn command(line: &str) -> Command {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words);
    command
}

/// What all children that have ended have taken of the processors.
fn children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the usage");
    let micros = |time: TimeVal| time.tv_sec() * 1_000_000 + time.tv_usec();
    Duration::from_micros((micros(usage.user_time()) + micros(usage.system_time())).unsigned_abs())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().and_then(|word| word.parse().ok());
    let rounds: usize = rounds.expect("how many rounds");
    let tasks = arguments.next().expect("what is done");
    let is_wanted = |wanted: &str| tasks.split(',').any(|task| task == wanted);
    if is_wanted("addresses") || is_wanted("links") {
        namespace::fill();
    }
    let mut contenders: Vec<_> = arguments
        .map(|argument| Contender::start(&argument))
        .collect();
    for (task, count) in TASKS {
        if is_wanted(task) {
            take_turns(&mut contenders, task, count, rounds);
        }
    }
    if is_wanted("start") {
        for _ in 0..rounds {
            contenders.iter().for_each(Contender::starts);
        }
    }
    for contender in contenders {
        let Contender {
            stdin, mut child, ..
        } = contender;
        drop(stdin);
        let status = child.wait().expect("its end");
        assert!(status.success(), "{}: {status}", contender.name);
    }
}

fn take_turns(contenders: &mut [Contender], task: &str, count: u64, rounds: usize) {
    // The first turn warms up, and tells who takes part.
    let warm = |contender: &mut Contender| Some(contender.turn(task, count.min(32))?.1);
    let sums: Vec<_> = contenders.iter_mut().map(warm).collect();
    let expected = sums[0];
    for (contender, &sum) in contenders.iter().zip(&sums) {
        // The counters of links move.
        let same = sum.is_none() || sum == expected || task == "links";
        assert!(
            same,
            "{task}: {} read {sum:?}, not {expected:?}",
            contender.name
        );
    }
    for round in 0..rounds {
        for place in 0..contenders.len() {
            // Nobody is always the one who comes after the same other.
            let place = (place + round) % contenders.len();
            let contender = &mut contenders[place];
            if sums[place].is_some() {
                let (took, _) = contender.turn(task, count).expect("what it did before");
                println!("{task} {} {count} {took}", contender.name);
            }
        }
    }
}
