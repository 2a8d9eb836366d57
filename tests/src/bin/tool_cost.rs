// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `genlkit` costs from its start to its end with a request between, beside programs that ask the same: in
//! nanoseconds of the monotonic clock, which are instructions where that counts them (`cargo xtask bench tool`).
//!
//! Fails where a bar is missed.

use nix::mount::{MsFlags, mount};
use nix::time::{ClockId, clock_gettime};
use std::{
    env, fs,
    os::unix,
    process::{Command, ExitCode, Stdio},
    thread::sleep,
    time::Duration,
};

/// How often each runs; the least counts, with every file in the page cache.
const ROUNDS: usize = 3;

/// Where programs are copied to: what is read from the host's directory is waited for.
const ROOT: &str = "/tmp/root";

/// What `genlkit list` may cost: 5 ms of a processor that runs an instruction a nanosecond.
const LIST: u64 = 5_000_000;

/// How many times more the kernel tree's client costs at least.
const TIMES: u64 = 50;

/// Where the guest has what xtask brought along.
const FILES: &str = "/run/genlkit/root";

/// The same question, to `genlkit`, to another program, and to the kernel tree's client.
struct Question {
    what: &'static str,
    genlkit: &'static str,
    other: &'static str,
    /// The arguments behind `--spec FAMILY`.
    pyynl: Option<(&'static str, &'static str)>,
}

const QUESTIONS: &[Question] = &[
    Question {
        what: "a generic family",
        genlkit: "genlkit do nlctrl getfamily family-name=nlctrl",
        other: "genl ctrl get name nlctrl",
        pyynl: Some((
            "nlctrl",
            r#"--do getfamily --json {"family-name":"nlctrl"}"#,
        )),
    },
    Question {
        what: "a network device",
        genlkit: "genlkit do rt-link getlink ifname=lo -o json",
        other: "ip -j link show dev lo",
        pyynl: Some((
            "rt-link",
            r#"--do getlink --json {"ifname":"lo"} --output-json"#,
        )),
    },
    Question {
        what: "all addresses",
        genlkit: "genlkit dump rt-addr getaddr -o json",
        other: "ip -j addr show",
        pyynl: Some(("rt-addr", "--dump getaddr --output-json")),
    },
    Question {
        what: "listening TCP sockets",
        genlkit: "genlkit dump inet-diag get family=inet protocol=tcp states=listen",
        other: "ss -4tlnH",
        pyynl: None,
    },
    Question {
        what: "wireless devices",
        genlkit: "genlkit dump nl80211 get-interface",
        other: "iw dev",
        pyynl: Some(("nl80211", "--dump get-interface")),
    },
];

/// Runs a command that makes something ready.
fn run(command: &str) {
    let words = words(command);
    let status = Command::new(words[0]).args(&words[1..]).status();
    assert!(status.is_ok_and(|status| status.success()), "{command}");
}

/// Makes a copy of the root in memory this program's own.
fn move_into_memory() {
    for directory in ["usr", "proc", "sys", "dev", "run", "tmp"] {
        fs::create_dir_all(format!("{ROOT}/{directory}")).expect("a directory");
    }
    run(&format!(
        "cp -a /usr/bin /usr/sbin /usr/lib /usr/lib64 {ROOT}/usr"
    ));
    run(&format!("cp -a /etc /bin /sbin /lib /lib64 {ROOT}"));
    for directory in ["proc", "sys", "dev", "run"] {
        let from = format!("/{directory}");
        let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
        let mounted = mount(
            Some(from.as_str()),
            format!("{ROOT}{from}").as_str(),
            None::<&str>,
            flags,
            None::<&str>,
        );
        mounted.expect("what the programs look at");
    }
    unix::fs::chroot(ROOT).expect("it is root");
    env::set_current_dir("/").expect("it is there");
}

fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("a clock");
    u64::try_from(time.tv_sec() * 1_000_000_000 + time.tv_nsec()).expect("after the boot")
}

/// The least that a command costs; it succeeds.
fn cost(words: &[&str]) -> u64 {
    (0..ROUNDS).map(|_| once(words)).min().unwrap_or(0)
}

fn once(words: &[&str]) -> u64 {
    let (program, arguments) = words.split_first().expect("a program");
    // What ended before is cleaned up.
    sleep(Duration::from_millis(50));
    let begin = now();
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let end = now();
    assert!(status.success(), "{words:?}: {status}");
    end - begin
}

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}

fn pyynl((family, arguments): (&str, &str)) -> u64 {
    let client = format!("{FILES}/pyynl/cli.py");
    let spec = format!("{FILES}/netlink/specs/{family}.yaml");
    let begin = ["python3", &client, "--no-schema", "--spec", &spec];
    cost(&[&begin, &*words(arguments)].concat())
}

/// A cell of the table: thousands, and how many times `ours` that is.
fn cell(count: u64, ours: u64) -> String {
    let times = count as f64 / ours as f64;
    format!("{} ({times:.1})", kilo(count))
}

fn kilo(count: u64) -> u64 {
    count.div_ceil(1000)
}

/// Asks the question of all; returns which bars are missed.
fn ask(question: &Question) -> Vec<String> {
    let ours = cost(&words(question.genlkit));
    let other = cost(&words(question.other));
    let python = question.pyynl.map(pyynl);
    println!(
        "| {}: `{}` | {} | {} `{}` | {} |",
        question.what,
        question.genlkit,
        kilo(ours),
        cell(other, ours),
        question.other,
        python.map_or("–".to_owned(), |python| cell(python, ours)),
    );
    let mut missed = Vec::new();
    if ours > other {
        missed.push(format!("{}: more than `{}`", question.what, question.other));
    }
    if python.is_some_and(|python| python < TIMES * ours) {
        missed.push(format!(
            "{}: the tree's client costs less than {TIMES} times as much",
            question.what
        ));
    }
    missed
}

/// Programs that start, say something, and end.
const STARTS: &[&str] = &[
    "true",
    "genlkit --version",
    "genl -V",
    "ip -V",
    "ss -V",
    "iw --version",
];

/// What a start costs without a request.
fn starts() {
    println!("| start alone | thousands of instructions |");
    println!("|---|---:|");
    for start in STARTS {
        println!("| `{start}` | {} |", kilo(cost(&words(start))));
    }
    let client = format!("{FILES}/pyynl/cli.py");
    let python = cost(&["python3", &client, "--help"]);
    println!(
        "| the kernel tree's client, `--help` | {} |\n",
        kilo(python)
    );
}

fn main() -> ExitCode {
    move_into_memory();
    starts();
    let specs = fs::read_dir(format!("{FILES}/netlink/specs")).expect("the tree's specs");
    let specs = specs.count();
    println!("| thousands of instructions | genlkit | beside | the kernel tree's client |");
    println!("|---|---:|---:|---:|");
    let list = ["genlkit", "list"];
    let cold = once(&list);
    let warm = cost(&list);
    let mut missed: Vec<String> = QUESTIONS.iter().flat_map(ask).collect();
    println!(
        "| all there is: `genlkit list`, with {specs} specs beside its own | {} | | |",
        kilo(warm)
    );
    println!("| the same for the first time | {} | | |", kilo(cold));
    if warm > LIST {
        missed.push(format!("list: more than {LIST}"));
    }
    for bar in &missed {
        println!("\nmissed: {bar}");
    }
    ExitCode::from(u8::from(!missed.is_empty()))
}
