// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints what ends, and how: `cargo run --example events`; all tasks as root, else one's own.

use genlkit::generated::taskdiag::{EventFollowRequest, EventTypeFlags};
use genlkit::taskdiag::{Happening, Taskdiag};

fn main() -> Result<(), genlkit::Error> {
    let mut taskdiag = Taskdiag::open()?;
    let ends = EventFollowRequest::new().types(EventTypeFlags::EXIT);
    let mut happenings = taskdiag.follow(&ends)?;
    loop {
        match happenings.next()? {
            Happening::Event(event) => {
                if let Some(lost) = event.lost {
                    eprintln!("{lost} events lost");
                }
                if let Some(task) = event.task {
                    let (pid, comm) = (task.pid.unwrap_or(0), task.comm.unwrap_or_default());
                    println!("{pid} {comm} ended: {:#x}", task.exit_code.unwrap_or(0));
                }
            }
            Happening::Overrun { datagrams } => eprintln!("{datagrams} datagrams lost"),
            _ => {}
        }
    }
}
