// SPDX-License-Identifier: MIT OR Apache-2.0
//! Captures of netlink traffic (`nlmon` and tcpdump): datagrams out of pcap files.
//!
//! # References
//! - [LINKTYPE_NETLINK](https://www.tcpdump.org/linktypes/LINKTYPE_NETLINK.html)
//! - [pcap](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html)

use std::fmt;

/// `LINKTYPE_NETLINK`.
const LINKTYPE: u32 = 253;
/// Bytes of the file's header, of a record's, and of what precedes each datagram.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const COOKED_HEADER: usize = 16;

/// A datagram of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Captured<'b> {
    /// The netlink protocol.
    pub protocol: u32,
    /// When it was sent, in seconds since 1970 and nanoseconds.
    pub time: (u32, u32),
    /// Whether the capture cut it off.
    pub cut: bool,
    /// Its bytes.
    pub bytes: &'b [u8],
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

/// The datagrams of a pcap file, in their order; what is cut off at the file's end is left out.
///
/// # Errors
/// Where it is no pcap file, or not one of netlink.
pub fn datagrams(file: &[u8]) -> Result<Vec<Captured<'_>>, NoCapture> {
    let head = file
        .get(..FILE_HEADER)
        .ok_or(NoCapture("too short for a pcap file"))?;
    let magic = head.first_chunk::<4>().copied().unwrap_or_default();
    let (big, nanoseconds) = match magic {
        [0xa1, 0xb2, 0xc3, 0xd4] => (true, false),
        [0xa1, 0xb2, 0x3c, 0x4d] => (true, true),
        [0xd4, 0xc3, 0xb2, 0xa1] => (false, false),
        [0x4d, 0x3c, 0xb2, 0xa1] => (false, true),
        [0x0a, 0x0d, 0x0d, 0x0a] => {
            return Err(NoCapture(
                "a pcapng file: `tcpdump -r FILE -w OTHER` makes it a pcap file",
            ));
        }
        _ => return Err(NoCapture("no pcap file: it does not begin as one")),
    };
    let word = |bytes: &[u8], at: usize| {
        let word = bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk::<4>().copied());
        let word = word.unwrap_or_default();
        if big {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        }
    };
    // The upper bits tell of check sums.
    if word(head, 20) & 0x0fff_ffff != LINKTYPE {
        return Err(NoCapture("a capture of something else than netlink"));
    }
    let mut rest = file.get(FILE_HEADER..).unwrap_or_default();
    let mut found = Vec::new();
    while let Some((record, after)) = rest.split_at_checked(RECORD_HEADER) {
        let (kept, whole) = (word(record, 8), word(record, 12));
        let Some((bytes, next)) = after.split_at_checked(kept as usize) else {
            break;
        };
        rest = next;
        let Some((cooked, bytes)) = bytes.split_at_checked(COOKED_HEADER) else {
            continue;
        };
        let protocol = cooked
            .get(14..)
            .and_then(|rest| rest.first_chunk::<2>().copied());
        let scale = if nanoseconds { 1 } else { 1000 };
        found.push(Captured {
            // Network byte order, whatever the file's.
            protocol: u16::from_be_bytes(protocol.unwrap_or_default()).into(),
            time: (word(record, 0), word(record, 4).saturating_mul(scale)),
            cut: kept < whole,
            bytes,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(big: bool, records: &[(u16, &[u8])]) -> Vec<u8> {
        let word = |value: u32| {
            if big {
                value.to_be_bytes()
            } else {
                value.to_le_bytes()
            }
        };
        let mut file = [0xa1b2_c3d4, 0, 0, 0, 65535, LINKTYPE].map(word).concat();
        for (protocol, bytes) in records {
            let len = u32::try_from(bytes.len() + COOKED_HEADER).expect("short");
            file.extend([5, 6, len, len].map(word).concat());
            file.extend([0; 14]);
            file.extend(protocol.to_be_bytes());
            file.extend_from_slice(bytes);
        }
        file
    }

    #[test]
    fn both_byte_orders_are_read() {
        for big in [false, true] {
            let file = capture(big, &[(16, &[1, 2, 3]), (0, &[4])]);
            let found = datagrams(&file).expect("a capture");
            let first = Captured {
                protocol: 16,
                time: (5, 6000),
                cut: false,
                bytes: &[1, 2, 3],
            };
            assert_eq!(found.first(), Some(&first));
            assert_eq!(found.get(1).map(|datagram| datagram.protocol), Some(0));
        }
    }

    #[test]
    fn what_is_cut_or_something_else_is_told() {
        let file = capture(false, &[(16, &[1, 2, 3]), (0, &[4])]);
        for len in 0..FILE_HEADER {
            assert!(datagrams(&file[..len]).is_err());
        }
        for len in FILE_HEADER..file.len() {
            assert!(datagrams(&file[..len]).is_ok_and(|found| found.len() < 2));
        }
        let mut ethernet = file.clone();
        ethernet[20] = 1;
        assert!(datagrams(&ethernet).is_err());
    }
}
