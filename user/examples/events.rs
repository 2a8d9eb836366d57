// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints what ends, and how: `cargo run --example events`, as root.

use genlkit::generated::taskdiag::EventType;
use genlkit::taskdiag::{Happening, Taskdiag};

fn main() -> Result<(), genlkit::Error> {
    let mut taskdiag = Taskdiag::open()?;
    taskdiag.listen()?;
    let mut happenings = taskdiag.happenings();
    loop {
        match happenings.next()? {
            Happening::Event(event) => {
                if let Some(lost) = event.lost {
                    eprintln!("{lost} events lost in the module");
                }
                if let (Some(EventType::EXIT), Some(task)) = (event.r#type, event.task) {
                    let (pid, comm) = (task.pid.unwrap_or(0), task.comm.unwrap_or_default());
                    println!("{pid} {comm} ended: {:#x}", task.exit_code.unwrap_or(0));
                }
            }
            Happening::Overrun { datagrams } => eprintln!("{datagrams} datagrams lost"),
            _ => {}
        }
    }
}
