// SPDX-License-Identifier: MIT OR Apache-2.0

//! A program on a terminal of 80 columns and 24 lines, and what it shows there.

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    pty::{ForkptyResult, Winsize, forkpty},
    sys::{
        signal::{Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{Pid, execvp, read, write},
};
use std::{
    ffi::CString,
    os::fd::{AsFd as _, OwnedFd},
    time::{Duration, Instant},
};

/// How wide the terminal is.
const COLUMNS: u16 = 80;

/// How high it is.
const LINES: u16 = 24;

/// How long to wait for what shall be shown.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program on a terminal; killed when dropped.
pub struct Screen {
    child: Pid,
    terminal: OwnedFd,
    shown: vt100::Parser,
}

impl Screen {
    /// Starts a program.
    ///
    /// # Panics
    ///
    /// Where there is no terminal to be had.
    pub fn start(program: &str, args: &[&str]) -> Self {
        let words: Vec<CString> = [program]
            .iter()
            .chain(args)
            .map(|word| CString::new(*word).expect("no NUL"))
            .collect();
        let size = Winsize {
            ws_row: LINES,
            ws_col: COLUMNS,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        // SAFETY: Between the fork and the exec the child only calls execvp and _exit, with what
        // was allocated before.
        match unsafe { forkpty(&size, None) }.expect("a terminal") {
            ForkptyResult::Parent { child, master } => Self {
                child,
                terminal: master,
                shown: vt100::Parser::new(LINES, COLUMNS, 0),
            },
            ForkptyResult::Child => {
                let _ = execvp(&words[0], &words);
                // SAFETY: `_exit` has no preconditions.
                unsafe { nix::libc::_exit(127) }
            }
        }
    }

    /// Presses keys.
    ///
    /// # Panics
    ///
    /// Where the program is gone.
    pub fn press(&self, keys: &str) {
        let written = write(&self.terminal, keys.as_bytes());
        assert_eq!(written, Ok(keys.len()), "{keys:?}");
    }

    /// Waits until the lines on the screen are as they should be, and returns them.
    ///
    /// # Panics
    ///
    /// Where they are not so after 20 seconds.
    pub fn until(&mut self, what: &str, is_it: impl Fn(&[String]) -> bool) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let lines = self.lines();
            if is_it(&lines) {
                return lines;
            }
            let more = Instant::now() < deadline && self.take(deadline);
            assert!(more, "no {what} on the screen:\n{}", lines.join("\n"));
        }
    }

    /// The lines on the screen, without spaces at their ends.
    pub fn lines(&self) -> Vec<String> {
        let rows = self.shown.screen().rows(0, COLUMNS);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// Whether the screen is one that leaves what was before.
    pub fn is_alternate(&self) -> bool {
        self.shown.screen().alternate_screen()
    }

    /// Sends the program a signal.
    ///
    /// # Panics
    ///
    /// Where it is gone.
    pub fn signal(&self, signal: Signal) {
        kill(self.child, signal).expect("it runs");
    }

    /// Waits for the program's end, and returns its exit status; what it shows last is taken.
    ///
    /// # Panics
    ///
    /// Where it does not end by itself in 20 seconds.
    pub fn end(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        while self.take(deadline) {}
        assert!(
            Instant::now() < deadline,
            "it does not end: {:#?}",
            self.lines()
        );
        match waitpid(self.child, None) {
            Ok(WaitStatus::Exited(_, status)) => status,
            other => panic!("it does not end by itself: {other:?}"),
        }
    }

    /// Takes what the program writes; tells whether there can be more.
    fn take(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).expect("short");
        let mut ready = [PollFd::new(self.terminal.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ready, timeout) == Ok(0) {
            return false;
        }
        let mut bytes = [0; 4096];
        match read(&self.terminal, &mut bytes) {
            // EIO: nobody has the other side open any more.
            Ok(0) | Err(Errno::EIO) => false,
            Ok(len) => {
                self.shown.process(&bytes[..len]);
                true
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if kill(self.child, Signal::SIGKILL).is_ok() {
            let _ = waitpid(self.child, None);
        }
    }
}
