// SPDX-License-Identifier: MIT OR Apache-2.0

//! The framing on the virtio-serial port: a kind byte, a little-endian `u32` length, the bytes.
//!
//! One port instead of one per stream keeps the order of standard output and standard error, and gives an end of
//! file that a serial port lacks.

use std::io::{self, Read, Write};

use crate::job::{Exit, Size};

/// No frame carries more than this; a longer length means that the stream is not ours.
pub const MAX_LEN: usize = 1 << 20;

/// One message between PID 1 and the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Guest: PID 1 is up; the kernel's release and nanoseconds since boot, as text.
    Hello(String),
    /// Guest: modules are loaded, command number `n` starts.
    Start(u32),
    /// Guest: bytes the command wrote to standard output.
    Stdout(Vec<u8>),
    /// Guest: bytes the command wrote to standard error.
    Stderr(Vec<u8>),
    /// Guest: the command that started last has ended.
    Exit(Exit),
    /// Guest: the environment could not be set up; no command ran.
    Failed(String),
    /// Guest: a piece of the kernel log, `/dev/kmsg` records.
    Klog(Vec<u8>),
    /// Guest: the record is complete, power-off follows.
    Done,
    /// Host: bytes for the command's standard input.
    Stdin(Vec<u8>),
    /// Host: end of standard input.
    StdinEof,
    /// Host: the terminal has a new size.
    Resize(Size),
    /// Host: the record has arrived whole.
    Bye,
}

impl Frame {
    fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => b'H',
            Self::Start(_) => b'S',
            Self::Stdout(_) => b'o',
            Self::Stderr(_) => b'e',
            Self::Exit(_) => b'X',
            Self::Failed(_) => b'F',
            Self::Klog(_) => b'K',
            Self::Done => b'D',
            Self::Stdin(_) => b'i',
            Self::StdinEof => b'E',
            Self::Resize(_) => b'R',
            Self::Bye => b'B',
        }
    }

    /// Writes the frame with one `write`, so that frames of several threads do not mix under a lock.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut bytes = vec![self.kind(), 0, 0, 0, 0];
        match self {
            Self::Hello(text) | Self::Failed(text) => bytes.extend_from_slice(text.as_bytes()),
            Self::Start(n) => bytes.extend_from_slice(&n.to_le_bytes()),
            Self::Stdout(data) | Self::Stderr(data) | Self::Klog(data) | Self::Stdin(data) => {
                bytes.extend_from_slice(data);
            }
            Self::Exit(exit) => serde_json::to_writer(&mut bytes, exit)?,
            Self::Resize(size) => serde_json::to_writer(&mut bytes, size)?,
            Self::Done | Self::StdinEof | Self::Bye => {}
        }
        let len = u32::try_from(bytes.len() - 5).map_err(io::Error::other)?;
        bytes[1..5].copy_from_slice(&len.to_le_bytes());
        out.write_all(&bytes)?;
        out.flush()
    }

    /// Reads the next frame; `None` at the end of the stream between two frames.
    ///
    /// # Errors
    /// Those of the reader; `InvalidData` for bytes that are no frame; `UnexpectedEof` within a frame.
    pub fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; 5];
        loop {
            match input.read(&mut head[..1]) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        input.read_exact(&mut head[1..])?;
        let len = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if len > MAX_LEN {
            return Err(invalid("length"));
        }
        let mut data = vec![0; len];
        input.read_exact(&mut data)?;
        Self::parse(head[0], data).map(Some)
    }

    fn parse(kind: u8, data: Vec<u8>) -> io::Result<Self> {
        let text = |data| String::from_utf8(data).map_err(|_| invalid("text"));
        Ok(match kind {
            b'H' => Self::Hello(text(data)?),
            b'S' => Self::Start(u32::from_le_bytes(
                data.try_into().map_err(|_| invalid("start"))?,
            )),
            b'o' => Self::Stdout(data),
            b'e' => Self::Stderr(data),
            b'X' => Self::Exit(serde_json::from_slice(&data)?),
            b'F' => Self::Failed(text(data)?),
            b'K' => Self::Klog(data),
            b'D' => Self::Done,
            b'i' => Self::Stdin(data),
            b'E' => Self::StdinEof,
            b'B' => Self::Bye,
            b'R' => Self::Resize(serde_json::from_slice(&data)?),
            _ => return Err(invalid("kind")),
        })
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("not a frame: bad {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_wire() {
        let frames = [
            Frame::Hello("7.3 1".into()),
            Frame::Start(7),
            Frame::Stdout(vec![0, 13, 10, 255]),
            Frame::Stderr(vec![]),
            Frame::Exit(Exit::Signal(11)),
            Frame::Failed("no module".into()),
            Frame::Klog(b"6,1,2,-;x\n".to_vec()),
            Frame::Done,
            Frame::Stdin(b"in".to_vec()),
            Frame::StdinEof,
            Frame::Resize(Size { rows: 25, cols: 80 }),
            Frame::Bye,
        ];
        let mut wire = Vec::new();
        for frame in &frames {
            frame.write_to(&mut wire).unwrap();
        }
        let mut input = wire.as_slice();
        for frame in &frames {
            assert_eq!(Frame::read_from(&mut input).unwrap().as_ref(), Some(frame));
        }
        assert_eq!(Frame::read_from(&mut input).unwrap(), None);
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let console = b"[    0.000000] Linux version".as_slice();
        assert!(Frame::read_from(&mut &*console).is_err());
        let cut = [b'o', 9, 0, 0, 0, b'x'];
        assert!(Frame::read_from(&mut cut.as_slice()).is_err());
    }
}
