// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has contenders take turns in a network namespace with 2 000 addresses and 2 000 links.
//!
//! Arguments: how many rounds, then `NAME=PROGRAM` for each contender. Prints a line `TASK NAME COUNT
//! WALL CPU ALLOCATIONS` for each turn. Is to be started in a network namespace that nobody else is in.

use genlkit::client::Client;
use genlkit::transport::Options;
use genlkit::wire::{Builder, flags};
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

const MANY: u32 = 2000;

const STARTS: u64 = 5;

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NEW: u16 = flags::CREATE | flags::EXCL | flags::ACK;

const IFA_LOCAL: u16 = 2;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;

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
            "start {} {STARTS} {} {} 0",
            self.name,
            wall.as_nanos(),
            cpu.as_nanos()
        );
    }

    /// What it says to a turn: none where it does not have the task.
    fn turn(&mut self, task: &str, count: u64) -> Option<[u64; 4]> {
        writeln!(self.stdin, "{task} {count}").expect("it listens");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it answers");
        let mut words = line.split_whitespace().map(str::parse);
        let mut word = || words.next()?.ok();
        let answer = Some([word()?, word()?, word()?, word()?]);
        assert!(line != "none\n" || answer.is_none());
        answer
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
    let rounds: u32 = arguments
        .next()
        .and_then(|word| word.parse().ok())
        .expect("how many rounds");
    let mut client = Client::open_with(&Options::new().protocol(0)).expect("a socket");
    set_up(&mut client);
    let mut contenders: Vec<_> = arguments
        .map(|argument| Contender::start(&argument))
        .collect();
    for (task, count) in TASKS {
        // The first turn warms up, and tells who takes part.
        let mut sums = Vec::new();
        for contender in &mut contenders {
            sums.push(contender.turn(task, 32).map(|[.., sum]| sum));
        }
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
                let place = (place + round as usize) % contenders.len();
                let contender = &mut contenders[place];
                if sums[place].is_none() {
                    continue;
                }
                let [wall, cpu, allocations, _] =
                    contender.turn(task, count).expect("what it did before");
                println!(
                    "{task} {} {count} {wall} {cpu} {allocations}",
                    contender.name
                );
            }
        }
    }
    for _ in 0..rounds {
        for contender in &contenders {
            contender.starts();
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

/// Makes the links, of a kind that this kernel has, and gives the first one addresses.
fn set_up(client: &mut Client) {
    let kinds = ["dummy", "ifb", "bridge"];
    let kind = kinds.iter().find(|kind| new_link(client, kind, 0).is_ok());
    let kind = kind.expect("a kind of link that the kernel has");
    for number in 1..MANY {
        new_link(client, kind, number).expect("a link");
    }
    for number in 0..MANY {
        send(client, RTM_NEWADDR, |to| {
            // struct ifaddrmsg: AF_INET, /32, of the loopback interface.
            to.bytes(&[2, 32, 0, 0, 1, 0, 0, 0]);
            let [_, _, high, low] = number.to_be_bytes();
            to.attr(IFA_LOCAL, &[10, 1, high, low]);
        })
        .expect("an address");
    }
}

fn new_link(client: &mut Client, kind: &str, number: u32) -> Result<(), genlkit::Error> {
    let name = format!("bench{number}");
    send(client, RTM_NEWLINK, |to| {
        // struct ifinfomsg.
        to.bytes(&[0; 16]);
        to.str(IFLA_IFNAME, name.as_bytes());
        to.nest(IFLA_LINKINFO, |to| to.str(IFLA_INFO_KIND, kind.as_bytes()));
    })
}

fn send(
    client: &mut Client,
    kind: u16,
    body: impl Fn(&mut Builder<'_>),
) -> Result<(), genlkit::Error> {
    let mut answers = client.raw(kind, NEW, body)?;
    while answers.next()?.is_some() {}
    Ok(())
}
