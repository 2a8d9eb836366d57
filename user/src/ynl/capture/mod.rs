// SPDX-License-Identifier: MIT OR Apache-2.0
//! Captures of netlink traffic (`nlmon` and tcpdump or dumpcap): datagrams out of pcap and pcapng
//! files.
//!
//! # References
//! - [LINKTYPE_NETLINK](https://www.tcpdump.org/linktypes/LINKTYPE_NETLINK.html)
//! - [pcap](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html)
//! - [pcapng](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html)

mod pcap;
mod pcapng;

use std::fmt;

/// `LINKTYPE_NETLINK`.
const LINKTYPE: u32 = 253;
/// Bytes that precede each datagram.
const COOKED_HEADER: usize = 16;

/// A datagram of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Captured<'b> {
    /// The netlink protocol.
    pub protocol: u32,
    /// When it was sent, in seconds since 1970 and nanoseconds.
    pub time: (u64, u32),
    /// Whether the capture cut it off.
    pub cut: bool,
    /// Its bytes.
    pub bytes: &'b [u8],
}

impl<'b> Captured<'b> {
    /// A datagram behind its header, of which the capture has so many bytes of so many; none where
    /// it has not even the header.
    fn of(bytes: &'b [u8], whole: u32, time: (u64, u32)) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(COOKED_HEADER)?;
        Some(Self {
            // Network byte order, whatever the file's.
            protocol: u32::from(Order::Big.u16(header, 14)?),
            time,
            cut: bytes.len() < whole as usize,
            bytes: rest,
        })
    }
}

/// Why bytes are no capture of netlink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCapture(&'static str);

impl fmt::Display for NoCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoCapture {}

const ELSEWHERE: NoCapture = NoCapture("a capture of something else than netlink");

/// The datagrams of a pcap or pcapng file, in their order; what is cut off at the file's end is
/// left out.
///
/// # Errors
/// Where it is neither, or not one of netlink.
pub fn datagrams(file: &[u8]) -> Result<Vec<Captured<'_>>, NoCapture> {
    match file.first_chunk::<4>() {
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => pcapng::datagrams(file),
        Some(_) => pcap::datagrams(file),
        None => Err(NoCapture("too short for a capture")),
    }
}

/// The byte order of a file, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Big,
    Little,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let number = bytes.get(at..)?.first_chunk::<2>().copied()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(number),
            Self::Little => u16::from_le_bytes(number),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let number = bytes.get(at..)?.first_chunk::<4>().copied()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(number),
            Self::Little => u32::from_le_bytes(number),
        })
    }
}
