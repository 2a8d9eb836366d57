// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waits for the end of processes that are nobody's children here:
//! `cargo run --example watches -- PID...`, as root.

use genlkit::generated::taskdiag::{WatchNewRequest, WatchOnFlags};
use genlkit::taskdiag::{Happening, Make, Taskdiag};

fn main() -> Result<(), genlkit::Error> {
    let pids: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|pid| pid.parse().ok())
        .collect();
    let mut taskdiag = Taskdiag::open()?;
    // It goes when this program does.
    let watch = WatchNewRequest::new()
        .name("example")
        .pid(&pids)
        .on(WatchOnFlags::EXIT);
    taskdiag.watch(&watch, Make::New)?;
    let mut happenings = taskdiag.happenings();
    let mut left = pids.len();
    while left > 0 {
        if let Happening::Fired(fired) = happenings.next()? {
            println!("{fired}");
            left -= 1;
        }
    }
    Ok(())
}
