// SPDX-License-Identifier: MIT OR Apache-2.0
//! pcap files: one header, then records.

use super::{Captured, ELSEWHERE, LINKTYPE, NoCapture, Order};

/// Bytes of the file's header and of a record's.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

pub(super) fn datagrams(file: &[u8]) -> Result<Vec<Captured<'_>>, NoCapture> {
    let (order, nanoseconds) = match file.first_chunk::<4>() {
        Some([0xa1, 0xb2, 0xc3, 0xd4]) => (Order::Big, false),
        Some([0xa1, 0xb2, 0x3c, 0x4d]) => (Order::Big, true),
        Some([0xd4, 0xc3, 0xb2, 0xa1]) => (Order::Little, false),
        Some([0x4d, 0x3c, 0xb2, 0xa1]) => (Order::Little, true),
        _ => return Err(NoCapture("no capture: it does not begin as one")),
    };
    let linktype = order.u32(file, 20);
    let linktype = linktype.ok_or(NoCapture("too short for a pcap file"))?;
    // The upper bits tell of check sums.
    if linktype & 0x0fff_ffff != LINKTYPE {
        return Err(ELSEWHERE);
    }
    let scale = if nanoseconds { 1 } else { 1000 };
    let mut rest = file.get(FILE_HEADER..).unwrap_or_default();
    let mut found = Vec::new();
    while let Some((record, after)) = rest.split_at_checked(RECORD_HEADER) {
        let word = |at| order.u32(record, at).unwrap_or_default();
        let Some((bytes, next)) = after.split_at_checked(word(8) as usize) else {
            break;
        };
        rest = next;
        let time = (word(0).into(), word(4).saturating_mul(scale));
        found.extend(Captured::of(bytes, word(12), time));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ynl::capture::COOKED_HEADER;

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
