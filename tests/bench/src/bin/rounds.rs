// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has contenders take turns in a network namespace with 2 000 addresses and 2 000 links.
//!
//! Arguments: how many rounds, what is done, with commas between, then `NAME=PROGRAM` for each contender, or
//! `NAME:COMMAND` for one that is only to be started. Prints a line `TASK NAME COUNT WALL CPU ALLOCATIONS`
//! for each turn. Where there are addresses or links among what is done, it is to be started in a network
//! namespace that nobody else is in.

use genlkit_bench::namespace;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What is done, and how often a turn. Of short turns many go by undisturbed, whoever else uses the machine.
const TASKS: [(&str, u64); 7] = [
    ("call", 200),
    ("batch", 320),
    ("taskstats", 200),
    ("families", 20),
    ("addresses", 2),
    ("links", 1),
    (START, 2),
];

/// The task of a program's start, one call, and its end.
const START: &str = "start";

/// Who takes so many times what the floor takes has a turn in one of so many rounds.
const SLOW: usize = 10;

struct Contender {
    name: String,
    /// What starts it for one call.
    once: String,
    /// Where it does tasks; a tool does one thing and ends.
    worker: Option<Worker>,
}

impl Contender {
    fn start(argument: &str) -> Self {
        let (name, program) = argument
            .split_once(['=', ':'])
            .expect("NAME=PROGRAM or NAME:COMMAND");
        let is_tool = argument[name.len()..].starts_with(':');
        Self {
            name: name.to_owned(),
            once: if is_tool {
                program.to_owned()
            } else {
                format!("{program} once")
            },
            worker: (!is_tool).then(|| Worker::start(program)),
        }
    }

    /// What it says to a turn: none where it does not have the task.
    fn turn(&mut self, task: &str, count: u64) -> Option<Turn> {
        match task {
            START => Some(self.starts(count)),
            _ => self.worker.as_mut()?.turn(task, count),
        }
    }

    /// Starts it so many times for one call each.
    fn starts(&self, count: u64) -> Turn {
        let (wall, cpu) = (Instant::now(), children());
        for _ in 0..count {
            let status = command(&self.once).stdout(Stdio::null()).status();
            assert!(status.expect("it starts").success(), "{}", self.once);
        }
        let (wall, cpu) = (wall.elapsed().as_nanos(), (children() - cpu).as_nanos());
        Turn {
            took: format!("{wall} {cpu} -"),
            sum: 0,
        }
    }
}

/// What was said to a turn.
struct Turn {
    /// `WALL CPU ALLOCATIONS`.
    took: String,
    /// Of what was read.
    sum: u64,
}

impl Turn {
    fn cpu(&self) -> usize {
        let cpu = self.took.split(' ').nth(1).and_then(|cpu| cpu.parse().ok());
        cpu.expect("WALL CPU ALLOCATIONS")
    }
}

/// A program that does tasks as it is told.
struct Worker {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    child: Child,
}

impl Worker {
    fn start(program: &str) -> Self {
        let mut child = command(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        Self {
            stdin: child.stdin.take().expect("a pipe"),
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        }
    }

    fn turn(&mut self, task: &str, count: u64) -> Option<Turn> {
        writeln!(self.stdin, "{task} {count}").expect("it listens");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it answers");
        let line = line.trim_end();
        if line == "none" {
            return None;
        }
        let (took, sum) = line.rsplit_once(' ').expect("WALL CPU ALLOCATIONS SUM");
        Some(Turn {
            took: took.to_owned(),
            sum: sum.parse().expect("a sum"),
        })
    }

    /// Ends it.
    fn end(self) -> ExitStatus {
        let Self {
            stdin, mut child, ..
        } = self;
        drop(stdin);
        child.wait().expect("its end")
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
    for Contender { name, worker, .. } in contenders {
        let status = worker.map(Worker::end).unwrap_or_default();
        assert!(status.success(), "{name}: {status}");
    }
}

fn take_turns(contenders: &mut [Contender], task: &str, count: u64, rounds: usize) {
    // The first turn warms up, and tells who takes part and who is slow.
    let warm = |contender: &mut Contender| contender.turn(task, count.min(32));
    let first: Vec<_> = contenders.iter_mut().map(warm).collect();
    let floor = first[0].as_ref().expect("the floor does everything");
    let mut every = Vec::new();
    for (contender, turn) in contenders.iter().zip(&first) {
        let Some(turn) = turn else {
            every.push(None);
            continue;
        };
        // The counters of links move.
        let (name, sum, expected) = (&contender.name, turn.sum, floor.sum);
        let is_same = sum == expected || task == "links";
        assert!(is_same, "{task}: {name} read {sum}, not {expected}");
        let is_slow = turn.cpu() > SLOW * floor.cpu();
        every.push(Some(if is_slow { SLOW } else { 1 }));
    }
    for round in 0..rounds {
        for place in 0..contenders.len() {
            // Nobody is always the one who comes after the same other.
            let place = (place + round) % contenders.len();
            let contender = &mut contenders[place];
            if every[place].is_some_and(|every| round % every == 0) {
                let turn = contender.turn(task, count).expect("what it did before");
                println!("{task} {} {count} {}", contender.name, turn.took);
            }
        }
    }
}
