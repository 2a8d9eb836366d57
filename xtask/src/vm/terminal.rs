// SPDX-License-Identifier: MIT OR Apache-2.0

//! Our own standard input and terminal, as the guest's.

use std::io::Read;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use genlkit_init::Frame;
use genlkit_init::job::Size;
use rustix::stdio::stdin;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

/// Ctrl-] ends the guest while the terminal is raw.
const ESCAPE: u8 = 0x1d;

/// The terminal's size, if standard input is one.
pub(crate) fn size() -> Option<Size> {
    let size = tcgetwinsize(stdin())
        .ok()
        .filter(|s| s.ws_row > 0 && s.ws_col > 0)?;
    Some(Size {
        rows: size.ws_row,
        cols: size.ws_col,
    })
}

/// Puts the terminal back when dropped.
pub(crate) struct Raw {
    saved: Option<Termios>,
}

impl Raw {
    /// Makes the terminal raw: every key goes to the guest.
    pub(crate) fn enter() -> Self {
        let saved = tcgetattr(stdin()).ok();
        if let Some(saved) = &saved {
            let mut raw = saved.clone();
            raw.make_raw();
            let _ = tcsetattr(stdin(), OptionalActions::Now, &raw);
        }
        Self { saved }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(saved) = &self.saved {
            let _ = tcsetattr(stdin(), OptionalActions::Now, saved);
        }
    }
}

/// Starts threads that send standard input and changes of the terminal's size. What is returned becomes true
/// when the user has left with Ctrl-].
pub(crate) fn forward_stdin(stream: UnixStream) -> Arc<AtomicBool> {
    let stream = Arc::new(Mutex::new(stream));
    let left = Arc::new(AtomicBool::new(false));
    let leaving = Arc::clone(&left);
    if isatty(stdin()) {
        let stream = Arc::clone(&stream);
        std::thread::spawn(move || {
            let Ok(mut signals) =
                signal_hook::iterator::Signals::new([signal_hook::consts::SIGWINCH])
            else {
                return;
            };
            for _ in signals.forever() {
                if let Some(size) = size()
                    && send(&stream, &Frame::Resize(size)).is_err()
                {
                    break;
                }
            }
        });
    }
    std::thread::spawn(move || {
        let raw = tcgetattr(stdin())
            .is_ok_and(|t| !t.local_modes.contains(rustix::termios::LocalModes::ICANON));
        let mut buffer = [0; 4096];
        while let Ok(n) = std::io::stdin().read(&mut buffer) {
            if raw && buffer[..n].contains(&ESCAPE) {
                leaving.store(true, Ordering::Relaxed);
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = stream.shutdown(Shutdown::Both);
                break;
            }
            let frame = if n == 0 {
                Frame::StdinEof
            } else {
                Frame::Stdin(buffer[..n].to_vec())
            };
            if send(&stream, &frame).is_err() || n == 0 {
                break;
            }
        }
    });
    left
}

fn send(stream: &Mutex<UnixStream>, frame: &Frame) -> std::io::Result<()> {
    frame.write_to(&mut *stream.lock().unwrap_or_else(PoisonError::into_inner))
}
