// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's log: takes what is about to be sent, and tells what the kernel thinks of it.

use nix::{errno::Errno, libc};
use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
};

/// How many characters one line tells; the kernel takes 1024 with what stands before.
const LINE: usize = 900;

/// So many equal bytes are told as one and their number.
const RUN: usize = 8;

/// What is in the lines of a report that does not stop the kernel.
const COMPLAINTS: [&str; 5] = ["WARNING: ", "BUG: ", "UBSAN: ", "ODEBUG: ", "INFO: "];

/// The log, written and read.
pub(super) struct Log {
    to: File,
    from: File,
    /// What each line begins with.
    about: String,
    /// Messages are written down, not their numbers alone: the kernel formats each character of its
    /// log several times, which takes it longer than the message does.
    whole: bool,
}

impl Log {
    /// Opens it for a run, and leaves alone what it has.
    ///
    /// # Panics
    ///
    /// If the kernel does not let us.
    pub(super) fn open(family: &str, seed: u64, whole: bool) -> Self {
        // Without a limit to how many lines a process may write.
        fs::write("/proc/sys/kernel/printk_devkmsg", "on\n").expect("root may");
        let to = OpenOptions::new().write(true).open("/dev/kmsg");
        let from = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/kmsg");
        let mut from = from.expect("the log can be read");
        from.seek(SeekFrom::End(0)).expect("it has an end");
        Self {
            to: to.expect("the log takes lines"),
            from,
            about: format!("fuzz: seed {seed} {family}"),
            whole,
        }
    }

    /// Writes messages down, the first of which has a number; a panic shows the log's end.
    pub(super) fn tell<'a>(&mut self, first: u64, messages: impl Iterator<Item = &'a [u8]>) {
        let mut text = String::new();
        if self.whole {
            for message in messages {
                put(&mut text, message);
                text.push(' ');
            }
        } else {
            text = format!("{} messages", messages.count());
        }
        for (part, piece) in text.trim_end().as_bytes().chunks(LINE).enumerate() {
            let mut line = format!("<7>{} from message {first}, part {part}: ", self.about);
            line += &String::from_utf8_lossy(piece);
            // What is lost of it is lost to who reads a report, not to the run.
            let _ = self.to.write_all(line.as_bytes());
        }
    }

    /// What the kernel has complained of since this was last asked.
    pub(super) fn complaint(&mut self) -> Option<String> {
        let mut record = [0; 8192];
        loop {
            let text = match self.from.read(&mut record) {
                Ok(len) => String::from_utf8_lossy(&record[..len]),
                Err(error) if error.raw_os_error() == Some(Errno::EAGAIN as i32) => return None,
                // Lines were lost to newer ones.
                Err(error) if error.raw_os_error() == Some(Errno::EPIPE as i32) => continue,
                Err(error) => panic!("reading the kernel's log: {error}"),
            };
            let (_, text) = text.split_once(';').unwrap_or_default();
            if !text.starts_with("fuzz: ") && COMPLAINTS.iter().any(|known| text.contains(known)) {
                return Some(text.trim_end().to_owned());
            }
        }
    }
}

/// Bytes in hexadecimal; `(7f*4096)` are 4096 times 7f.
fn put(text: &mut String, bytes: &[u8]) {
    for run in bytes.chunk_by(|one, next| one == next) {
        // Writing to a string cannot fail.
        let _ = match run.len() {
            0..RUN => run.iter().try_for_each(|byte| write!(text, "{byte:02x}")),
            len => write!(text, "({:02x}*{len})", run[0]),
        };
    }
}
