// SPDX-License-Identifier: MIT OR Apache-2.0

//! PID 1 of the test guest: mounts, loads modules, runs the job's commands, reports, powers off.

mod leaks;
mod mounts;
mod port;
mod power;
mod run;

use std::fs::File;

use anyhow::{Context, Result};
use genlkit_init::job::JOB_PATH;
use genlkit_init::{Frame, Job};

use crate::port::Port;

fn main() {
    if std::process::id() != 1 {
        eprintln!("genlkit-init: runs as PID 1 of the test guest only (cargo xtask vm)");
        std::process::exit(2);
    }
    // Without its port the guest can tell nobody: the console is all that is left, and no clean power-off follows.
    let complete = match mounts::early().and_then(|()| Port::open()) {
        Ok(port) => serve(&port)
            .inspect_err(|e| eprintln!("genlkit-init: {e:#}"))
            .is_ok(),
        Err(e) => {
            eprintln!("genlkit-init: {e:#}");
            false
        }
    };
    power::off(complete);
}

/// Runs the job. An error here means that the host could not be told; everything else is a frame.
fn serve(port: &Port) -> Result<()> {
    port.send(&Frame::Hello(hello()))?;
    let input = match prepare() {
        Ok(job) => {
            let input = port.input(&job);
            for (number, command) in job.commands.iter().enumerate() {
                port.send(&Frame::Start(number as u32))?;
                let exit = run::command(port, &job, command, &input)?;
                port.send(&Frame::Exit(exit))?;
            }
            input
        }
        Err(e) => {
            port.send(&Frame::Failed(format!("{e:#}")))?;
            port.input(&Job {
                bye: true,
                ..Job::default()
            })
        }
    };
    leaks::report();
    port.send_kernel_log()?;
    port.done(&input)
}

fn hello() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    format!(
        "{} {}",
        release.trim(),
        uptime.split(' ').next().unwrap_or_default()
    )
}

fn prepare() -> Result<Job> {
    let text = std::fs::read(JOB_PATH).with_context(|| format!("reading {JOB_PATH}"))?;
    let job: Job = serde_json::from_slice(&text).with_context(|| format!("parsing {JOB_PATH}"))?;
    for module in &job.modules {
        let file = File::open(module).with_context(|| format!("opening {module}"))?;
        rustix::system::finit_module(&file, c"", 0).with_context(|| format!("insmod {module}"))?;
    }
    mounts::late();
    let _ = rustix::system::sethostname(b"guest");
    if job.host_root {
        mounts::host_root()?;
    }
    Ok(job)
}
