// SPDX-License-Identifier: MIT OR Apache-2.0

//! The virtio-serial port to the host.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use genlkit_init::job::PORT_NAME;
use genlkit_init::{Frame, Job};

/// The open port; frames of several threads are written whole.
pub(crate) struct Port {
    out: Arc<Mutex<File>>,
}

/// What the host sends; `None` when it sends nothing.
pub(crate) type Input = Option<Mutex<Receiver<Frame>>>;

impl Port {
    /// Finds the port by its name and opens it.
    ///
    /// # Errors
    /// When it does not appear within five seconds: the driver probes asynchronously.
    pub(crate) fn open() -> Result<Self> {
        let start = Instant::now();
        loop {
            if let Some(device) = find() {
                let file = OpenOptions::new().read(true).write(true).open(&device);
                let file = file.with_context(|| format!("opening {}", device.display()))?;
                return Ok(Self {
                    out: Arc::new(Mutex::new(file)),
                });
            }
            if start.elapsed() > Duration::from_secs(5) {
                bail!(
                    "no virtio-serial port named {PORT_NAME}: does the kernel have CONFIG_VIRTIO_CONSOLE?"
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends one frame.
    pub(crate) fn send(&self, frame: &Frame) -> Result<()> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        frame.write_to(&mut *out).context("writing to the host")
    }

    /// A second handle for a thread.
    pub(crate) fn share(&self) -> Self {
        Self {
            out: Arc::clone(&self.out),
        }
    }

    /// Starts to read the host's frames, if it sends any.
    pub(crate) fn input(&self, job: &Job) -> Input {
        if !job.bye {
            return None;
        }
        let file = self
            .out
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_clone();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let Ok(mut file) = file else { return };
            while let Ok(Some(frame)) = Frame::read_from(&mut file) {
                if sender.send(frame).is_err() {
                    break;
                }
            }
        });
        Some(Mutex::new(receiver))
    }

    /// Sends the end of the record and waits until the host has it.
    pub(crate) fn done(&self, input: &Input) -> Result<()> {
        self.send(&Frame::Done)?;
        let Some(input) = input else { return Ok(()) };
        let input = input.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match input.recv_timeout(Duration::from_secs(5)) {
                Ok(Frame::Bye) => return Ok(()),
                Ok(_) => {}
                Err(e) => bail!("the host did not take leave: {e}"),
            }
        }
    }

    /// Sends every record the kernel's log buffer holds.
    pub(crate) fn send_kernel_log(&self) -> Result<()> {
        let kmsg = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/kmsg");
        let Ok(mut kmsg) = kmsg else { return Ok(()) };
        let mut text = Vec::new();
        let mut record = [0; 8192];
        loop {
            match kmsg.read(&mut record) {
                Ok(0) => break,
                Ok(n) => text.extend_from_slice(&record[..n]),
                // EPIPE: records were overwritten while we read; the next read continues after the gap.
                Err(e) if e.raw_os_error() == Some(libc::EPIPE) => {}
                Err(_) => break,
            }
        }
        for piece in text.chunks(32 << 10) {
            self.send(&Frame::Klog(piece.to_vec()))?;
        }
        Ok(())
    }
}

fn find() -> Option<PathBuf> {
    for entry in fs::read_dir("/sys/class/virtio-ports").ok()?.flatten() {
        let name = fs::read_to_string(entry.path().join("name")).unwrap_or_default();
        if name.trim() == PORT_NAME {
            return Some(PathBuf::from("/dev").join(entry.file_name()));
        }
    }
    None
}
