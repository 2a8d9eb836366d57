// SPDX-License-Identifier: MIT OR Apache-2.0

//! What requests cost in a family in Rust and in its twin in C, in nanoseconds of the monotonic
//! clock: under an instruction clock (`cargo xtask bench kernel`), in instructions.

use genlkit_tests::{
    genltest::{attr, cmd},
    raw::{RawSocket, Request},
};
use nix::{
    sys::socket::{MsgFlags, recv, send},
    time::{ClockId, clock_gettime},
};
use std::os::fd::AsRawFd as _;

const ROUNDS: usize = 200;

fn now() -> i64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("a clock");
    time.tv_sec() * 1_000_000_000 + time.tv_nsec()
}

/// The smallest and the median time of a request, from `send` to the end of its answer.
fn cost(family: &str, request: impl Fn(Request) -> Request, datagrams: usize) -> (i64, i64) {
    let socket = RawSocket::generic();
    socket.receive_buffer(4 << 20);
    let family = socket.family(family);
    let mut buffer = vec![0; 64 << 10];
    let fd = socket.as_fd().as_raw_fd();
    let bytes = request(Request::new(family.id)).bytes();
    let mut times: Vec<i64> = (0..ROUNDS)
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
    times.sort_unstable();
    (times[0], times[ROUNDS / 2])
}

/// How many datagrams a dump comes in, where the socket has received large ones before.
fn datagrams(family: &str, request: impl Fn(Request) -> Request) -> usize {
    let socket = RawSocket::generic();
    let family = socket.family(family);
    let bytes = request(Request::new(family.id));
    socket.ask(bytes.clone());
    socket.ask(bytes).datagrams().len()
}

/// Prints how the twins compare, each figure per `per` things.
fn compare(what: &str, c: (i64, i64), rust: (i64, i64), per: f64) {
    let (least_c, least_rust) = (c.0 as f64 / per, rust.0 as f64 / per);
    let (median_c, median_rust) = (c.1 as f64 / per, rust.1 as f64 / per);
    let more = (least_rust / least_c - 1.0) * 100.0;
    let more_median = (median_rust / median_c - 1.0) * 100.0;
    println!(
        "{what:<24} C {least_c:>9.1} Rust {least_rust:>9.1} ({more:+.2} %)  median C \
         {median_c:>9.1} Rust {median_rust:>9.1} ({more_median:+.2} %)"
    );
}

fn main() {
    const TWINS: [&str; 2] = ["genltest_c", "genltest"];
    for len in [None, Some(0), Some(64), Some(1024), Some(16_384)] {
        let echo = |request: Request| {
            let request = request.genl(cmd("echo"));
            match len {
                Some(len) => request.attr(attr("echo", "payload"), &vec![7; len]),
                None => request,
            }
        };
        let [c, rust] = TWINS.map(|family| cost(family, echo, 1));
        let what = len.map_or_else(
            || "echo of nothing".into(),
            |len| format!("echo of {len} B"),
        );
        compare(&what, c, rust, 1.0);
    }
    // The difference of two dumps is what the entries cost.
    let entries = |count| {
        move |request: Request| {
            request
                .genl(cmd("entry"))
                .u32(attr("entry", "count"), count)
                .dump()
        }
    };
    let (few, many) = (100, 4100);
    let [c, rust] = TWINS.map(|family| {
        let [few, many] = [few, many].map(|count| {
            let request = entries(count);
            let parts = datagrams(family, request);
            cost(family, request, parts)
        });
        (many.0 - few.0, many.1 - few.1)
    });
    compare("entry of a dump", c, rust, f64::from(many - few));
}
