// SPDX-License-Identifier: MIT OR Apache-2.0

//! The host's end of the guest's port.

use std::fs::File;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use genlkit_init::Frame;

use super::qemu::Qemu;

/// How often the process and the clock are looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long QEMU may live on after it has closed the port, or we have.
const GRACE: Duration = Duration::from_secs(3);

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// QEMU has ended.
    Over,
    /// The time ran out first.
    Late,
    /// The user left with Ctrl-].
    Left,
}

impl End {
    fn late(late: bool) -> Self {
        if late { Self::Late } else { Self::Over }
    }
}

/// The port before and during a run.
pub(crate) enum Channel {
    /// QEMU connects to us; both directions.
    Socket(UnixListener),
    /// QEMU writes a file, which is read at the end; guest to host only.
    Record(PathBuf),
}

impl Channel {
    /// Must be there before QEMU starts.
    pub(crate) fn prepare(qemu: &Qemu<'_>) -> Result<Self> {
        if qemu.args.icount {
            File::create(qemu.record())?;
            return Ok(Self::Record(qemu.record()));
        }
        let listener = UnixListener::bind(qemu.socket()).with_context(|| {
            format!(
                "{}: a socket's path holds 107 bytes; set XDG_CACHE_HOME to a shorter place",
                qemu.socket().display()
            )
        })?;
        listener.set_nonblocking(true)?;
        Ok(Self::Socket(listener))
    }

    /// Hands every frame to `take` until the guest has ended.
    ///
    /// `limit` is for the boot, and anew whenever `take` says that a part of what runs has ended.
    pub(crate) fn serve(
        &mut self,
        child: &mut Child,
        limit: Duration,
        stdin: bool,
        mut take: impl FnMut(Frame) -> bool,
    ) -> Result<End> {
        let mut deadline = Instant::now() + limit;
        let (sender, frames) = mpsc::channel();
        let mut left = None;
        match self {
            Self::Record(path) => {
                let late = wait(child, deadline)?;
                let mut reader = io::BufReader::new(File::open(path)?);
                while let Ok(Some(frame)) = Frame::read_from(&mut reader) {
                    take(frame);
                }
                return Ok(End::late(late));
            }
            Self::Socket(listener) => {
                let Some(stream) = accept(listener, child, deadline)? else {
                    return Ok(End::late(child.try_wait()?.is_none()));
                };
                let mut writer = stream.try_clone()?;
                if stdin {
                    left = Some(super::terminal::forward_stdin(stream.try_clone()?));
                }
                let mut reader = io::BufReader::new(stream);
                std::thread::spawn(move || {
                    while let Ok(Some(frame)) = Frame::read_from(&mut reader) {
                        if frame == Frame::Done {
                            let _ = Frame::Bye.write_to(&mut writer);
                        }
                        if sender.send(frame).is_err() {
                            break;
                        }
                    }
                });
            }
        }
        loop {
            match frames.recv_timeout(TICK) {
                Ok(frame) => {
                    if take(frame) {
                        deadline = Instant::now() + limit;
                    }
                }
                // The port closes with QEMU.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Also after a frame: a guest that never stops talking runs out of time, too.
            if Instant::now() > deadline {
                return Ok(End::Late);
            }
        }
        if left.is_some_and(|left| left.load(Ordering::Relaxed)) {
            return Ok(End::Left);
        }
        wait(child, deadline.min(Instant::now() + GRACE)).map(End::late)
    }
}

/// Waits for the end of QEMU; true when it was still running at the deadline.
fn wait(child: &mut Child, deadline: Instant) -> Result<bool> {
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            return Ok(true);
        }
        std::thread::sleep(TICK);
    }
    Ok(false)
}

fn accept(
    listener: &UnixListener,
    child: &mut Child,
    deadline: Instant,
) -> Result<Option<UnixStream>> {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(Some(stream));
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(e) => return Err(e).context("waiting for QEMU"),
        }
        if child.try_wait()?.is_some() || Instant::now() > deadline {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
