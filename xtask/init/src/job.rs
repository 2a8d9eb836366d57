// SPDX-License-Identifier: MIT OR Apache-2.0

//! The job that the guest is booted for, and the record of how each of its commands ended.

use serde::{Deserialize, Serialize};

/// Where the job lies in the initramfs.
pub const JOB_PATH: &str = "/job.json";

/// The name of the virtio-serial port that carries the frames.
pub const PORT_NAME: &str = "genlkit";

/// The value written to QEMU's isa-debug-exit device after a complete run.
pub const EXIT_BYTE: u8 = 0x10;

/// What QEMU exits with when the guest wrote [`EXIT_BYTE`].
pub const QEMU_EXIT: i32 = ((EXIT_BYTE as i32) << 1) | 1;

/// Everything the guest has to do between boot and power-off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Paths of modules inside the initramfs, in load order.
    pub modules: Vec<String>,
    /// Run one after another; each gets its own [`Exit`].
    pub commands: Vec<Command>,
    /// Mount the host's root over 9p and run the commands chrooted in it.
    pub host_root: bool,
    /// Give the command a terminal instead of pipes.
    pub pty: Option<Size>,
    /// Forward the host's standard input; otherwise the commands read `/dev/null`.
    pub stdin: bool,
    /// The host answers the last frame with [`crate::Frame::Bye`]: the machine must not go off before.
    ///
    /// A write to the port returns before QEMU has taken the bytes, and QEMU's exit drops them.
    pub bye: bool,
}

/// One command of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// The program, looked up in `PATH`, and its arguments.
    pub argv: Vec<String>,
    /// Added to the guest's small default environment.
    pub env: Vec<(String, String)>,
    /// Where it starts; `/root` when empty.
    pub dir: String,
}

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Lines.
    pub rows: u16,
    /// Columns.
    pub cols: u16,
}

/// How one command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// It could not be started; the text says why.
    NotStarted(String),
}

impl Exit {
    /// The status a shell would report: the code itself, 128 + signal, 127 when it never ran.
    #[must_use]
    pub fn status(&self) -> i32 {
        match self {
            Self::Code(code) => *code,
            Self::Signal(signal) => 128 + signal,
            Self::NotStarted(_) => 127,
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
            Self::NotStarted(why) => write!(f, "not started: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qemu_reports_the_exit_byte_as_33() {
        assert_eq!(QEMU_EXIT, 33);
    }

    #[test]
    fn exit_status_follows_the_shell() {
        assert_eq!(Exit::Code(3).status(), 3);
        assert_eq!(Exit::Signal(9).status(), 137);
        assert_eq!(Exit::NotStarted("no such file".into()).status(), 127);
    }
}
