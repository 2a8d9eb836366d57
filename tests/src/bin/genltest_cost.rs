// SPDX-License-Identifier: MIT OR Apache-2.0

//! What requests cost in a family in Rust and in its twin in C, in nanoseconds of the monotonic
//! clock: under an instruction clock (`cargo xtask bench kernel`), in instructions.
//!
//! Fails where Rust costs more than the bar beside C.

use genlkit_tests::{
    genltest::{attr, cmd},
    raw::{RawSocket, Request},
};
use nix::{
    sys::socket::{MsgFlags, recv, send},
    time::{ClockId, clock_gettime},
};
use procfs::{CurrentSI as _, KernelStats};
use std::{os::fd::AsRawFd as _, process::ExitCode, thread::sleep, time::Duration};

const TWINS: [&str; 2] = ["genltest_c", "genltest"];
const ROUNDS: usize = 200;

/// What Rust may cost more than C, in percent.
const ECHO_BAR: f64 = 0.3;
const ENTRY_BAR: f64 = 1.0;

fn now() -> i64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("a clock");
    time.tv_sec() * 1_000_000_000 + time.tv_nsec()
}

/// Waits until the kernel is through with what a boot leaves for later (it tests its ciphers, for
/// one), which would run inside of what is counted.
fn settle() {
    let idle = || KernelStats::current().expect("/proc/stat").total.idle;
    for _ in 0..100 {
        let before = idle();
        sleep(Duration::from_millis(500));
        // A tick is 10 ms.
        if idle() - before >= 48 {
            return;
        }
    }
    panic!("the guest is never idle");
}

/// The smallest time of many, and in how many rounds it was exactly that.
#[derive(Clone, Copy)]
struct Least {
    time: i64,
    seen: usize,
}

/// What a request costs from `send` to the end of its answer.
fn cost(family: &str, request: impl Fn(Request) -> Request, datagrams: usize) -> Least {
    let socket = RawSocket::generic();
    socket.receive_buffer(4 << 20);
    let family = socket.family(family);
    let mut buffer = vec![0; 64 << 10];
    let fd = socket.as_fd().as_raw_fd();
    let bytes = request(Request::new(family.id)).bytes();
    settle();
    let times: Vec<i64> = (0..ROUNDS)
        .map(|_| {
            let start = now();
            send(fd, &bytes, MsgFlags::empty()).expect("it is sent");
            for _ in 0..datagrams {
                recv(fd, &mut buffer, MsgFlags::empty()).expect("an answer");
            }
            now() - start
        })
        .collect();
    assert!(
        socket.receive().is_none(),
        "more datagrams than {datagrams}"
    );
    let time = times.iter().copied().min().expect("a round");
    let seen = times.iter().filter(|other| **other == time).count();
    Least { time, seen }
}

/// How many datagrams a dump comes in, where the socket has received large ones before.
fn datagrams(family: &str, request: impl Fn(Request) -> Request) -> usize {
    let socket = RawSocket::generic();
    let family = socket.family(family);
    let bytes = request(Request::new(family.id));
    socket.ask(bytes.clone());
    socket.ask(bytes).datagrams().len()
}

/// Prints how the twins compare; whether Rust is within the bar.
fn compare(what: &str, [c, rust]: [f64; 2], seen: usize, bar: f64) -> bool {
    let more = (rust / c - 1.0) * 100.0;
    let within = more <= bar;
    let verdict = if within { "" } else { "  above the bar" };
    println!("{what:<24} {c:>9.2} {rust:>9.2} {more:>+9.2} {seen:>6}{verdict}");
    within
}

fn echo(len: Option<usize>) -> bool {
    let request = |request: Request| {
        let request = request.genl(cmd("echo"));
        match len {
            Some(len) => request.attr(attr("echo", "payload"), &vec![7; len]),
            None => request,
        }
    };
    let twins = TWINS.map(|family| cost(family, request, 1));
    let what = len.map_or_else(|| "echo, no payload".into(), |len| format!("echo, {len} B"));
    let seen = twins.map(|least| least.seen).into_iter().min();
    compare(
        &what,
        twins.map(|least| least.time as f64),
        seen.unwrap_or(0),
        ECHO_BAR,
    )
}

/// The difference of two dumps is what the entries cost, and what carries them.
fn entry(filling: u32, count: u32) -> bool {
    const FEW: u32 = 100;
    let mut seen = ROUNDS;
    let twins = TWINS.map(|family| {
        let [few, many] = [FEW, FEW + count].map(|count| {
            let request = |request: Request| {
                request
                    .genl(cmd("entry"))
                    .u32(attr("entry", "count"), count)
                    .u32(attr("entry", "size"), filling)
                    .dump()
            };
            let least = cost(family, request, datagrams(family, request));
            seen = seen.min(least.seen);
            least.time
        });
        (many - few) as f64 / f64::from(count)
    });
    let what = format!("dump entry, {filling} B more");
    compare(&what, twins, seen, ENTRY_BAR)
}

fn main() -> ExitCode {
    println!(
        "{:<24} {:>9} {:>9} {:>9} {:>6}",
        "", "C", "Rust", "more, %", "of 200"
    );
    let lens = [
        None,
        Some(0),
        Some(64),
        Some(1024),
        Some(4096),
        Some(16_384),
    ];
    let mut within = true;
    for len in lens {
        within &= echo(len);
    }
    // A dump is to be over before the timer's next tick, after 4 ms.
    for (filling, count) in [(0, 4000), (64, 4000), (1024, 2000)] {
        within &= entry(filling, count);
    }
    if within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
