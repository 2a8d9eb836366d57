// SPDX-License-Identifier: MIT OR Apache-2.0
//! pcapng files: blocks, in sections that have a byte order and interfaces each.

use super::{Captured, ELSEWHERE, LINKTYPE, NoCapture, Order};

/// Types of blocks: a section's header, an interface, a packet without and with a time.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const SIMPLE_PACKET: u32 = 3;
const PACKET: u32 = 6;

/// Bytes before and behind a block's body.
const BEFORE: usize = 8;
const BEHIND: usize = 4;

/// The option of an interface that says what its times count.
const IF_TSRESOL: u16 = 9;

/// What packets were captured at.
struct Interface {
    linktype: u32,
    snaplen: u32,
    /// What times count in a second.
    resolution: u64,
}

pub(super) fn datagrams(file: &[u8]) -> Result<Vec<Captured<'_>>, NoCapture> {
    let mut order = Order::Little;
    let mut interfaces: Vec<Interface> = Vec::new();
    let (mut found, mut netlink) = (Vec::new(), false);
    let mut rest = file;
    // A section's type reads alike in both orders.
    while let Some(kind) = order.u32(rest, 0) {
        if kind == SECTION {
            order = match rest.get(BEFORE..).and_then(|body| body.first_chunk::<4>()) {
                Some([0x1a, 0x2b, 0x3c, 0x4d]) => Order::Big,
                Some([0x4d, 0x3c, 0x2b, 0x1a]) => Order::Little,
                _ => return Err(NoCapture("no pcapng file: its byte order is not told")),
            };
            interfaces.clear();
        }
        let len = order.u32(rest, 4).unwrap_or_default() as usize;
        let Some((block, next)) = rest.split_at_checked(len) else {
            break;
        };
        // A block of no length would be read for ever.
        let end = len.saturating_sub(BEHIND);
        let Some(body) = block.get(BEFORE..end) else {
            return Err(NoCapture(
                "no pcapng file: a block is shorter than its frame",
            ));
        };
        rest = next;
        match kind {
            INTERFACE => {
                let interface = interface(order, body);
                netlink |= interface.linktype == LINKTYPE;
                interfaces.push(interface);
            }
            PACKET => found.extend(packet(order, body, &interfaces)),
            SIMPLE_PACKET => found.extend(simple_packet(order, body, &interfaces)),
            _ => {}
        }
    }
    if !netlink && !rest.is_empty() && found.is_empty() {
        return Err(NoCapture("a pcapng file that ends in its beginning"));
    }
    netlink.then_some(found).ok_or(ELSEWHERE)
}

fn interface(order: Order, body: &[u8]) -> Interface {
    let mut resolution = None;
    let mut options = body.get(8..).unwrap_or_default();
    while let (Some(code), Some(len)) = (order.u16(options, 0), order.u16(options, 2)) {
        let value = options.get(4..).unwrap_or_default();
        if code == IF_TSRESOL {
            resolution = value.first().copied();
        }
        let padded = usize::from(len).next_multiple_of(4);
        options = value.get(padded..).unwrap_or_default();
    }
    let exponent = |resolution: u8| u32::from(resolution & 0x7f);
    Interface {
        linktype: order.u16(body, 0).unwrap_or_default().into(),
        snaplen: order.u32(body, 4).unwrap_or_default(),
        resolution: match resolution {
            Some(power @ 0x80..) => 2_u64.saturating_pow(exponent(power)),
            Some(power) => 10_u64.saturating_pow(exponent(power)),
            None => 1_000_000,
        },
    }
}

fn packet<'b>(order: Order, body: &'b [u8], interfaces: &[Interface]) -> Option<Captured<'b>> {
    let word = |at| order.u32(body, at);
    let interface = interfaces.get(word(0)? as usize)?;
    let count = u64::from(word(4)?) << 32 | u64::from(word(8)?);
    let bytes = body.get(20..)?.get(..word(12)? as usize)?;
    let part = u128::from(count % interface.resolution) * 1_000_000_000;
    let part = part / u128::from(interface.resolution);
    let time = (count / interface.resolution, u32::try_from(part).ok()?);
    Captured::of(bytes, word(16)?, time).filter(|_| interface.linktype == LINKTYPE)
}

/// A packet of the first interface, without a time.
fn simple_packet<'b>(
    order: Order,
    body: &'b [u8],
    interfaces: &[Interface],
) -> Option<Captured<'b>> {
    let interface = interfaces.first()?;
    let whole = order.u32(body, 0)?;
    let kept = match interface.snaplen {
        0 => whole,
        most => whole.min(most),
    };
    let bytes = body.get(4..)?.get(..kept as usize)?;
    Captured::of(bytes, whole, (0, 0)).filter(|_| interface.linktype == LINKTYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(big: bool, value: u32) -> [u8; 4] {
        match big {
            true => value.to_be_bytes(),
            false => value.to_le_bytes(),
        }
    }

    fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
        let padded = body.len().next_multiple_of(4);
        let len = number(big, u32::try_from(padded + BEFORE + BEHIND).expect("short"));
        let pad = vec![0; padded - body.len()];
        [&number(big, kind)[..], &len, body, &pad, &len].concat()
    }

    /// A section with an interface of netlink, one of Ethernet, and a packet of each and a simple one.
    fn capture(big: bool) -> Vec<u8> {
        let word = |value| number(big, value);
        let half = |value: u16| match big {
            true => value.to_be_bytes(),
            false => value.to_le_bytes(),
        };
        let head = [word(0x1a2b_3c4d), word(1), word(u32::MAX), word(u32::MAX)].concat();
        let option = [&half(IF_TSRESOL)[..], &half(1), &[9, 0, 0, 0]].concat();
        let netlink = [&half(253)[..], &half(0), &word(0), &option].concat();
        let ethernet = [&half(1)[..], &half(0), &word(0)].concat();
        let data = [&[0; 14][..], &16_u16.to_be_bytes(), &[1, 2, 3]].concat();
        let time = 5_000_000_006_u64;
        let (high, low) = ((time >> 32) as u32, time as u32);
        let packet = |interface| {
            let words = [interface, high, low, 19, 20].map(word).concat();
            block(big, PACKET, &[&words[..], &data].concat())
        };
        let simple = [&word(19)[..], &data].concat();
        [
            block(big, SECTION, &head),
            block(big, INTERFACE, &netlink),
            block(big, INTERFACE, &ethernet),
            packet(0),
            packet(1),
            block(big, 5, &[]),
            block(big, SIMPLE_PACKET, &simple),
        ]
        .concat()
    }

    #[test]
    fn packets_of_netlink_come_with_their_times_in_both_byte_orders() {
        let both = [capture(false), capture(true)].concat();
        for file in [capture(false), capture(true), both] {
            let found = datagrams(&file).expect("a capture");
            let first = Captured {
                protocol: 16,
                time: (5, 6),
                cut: true,
                bytes: &[1, 2, 3],
            };
            let second = Captured {
                time: (0, 0),
                cut: false,
                ..first
            };
            assert_eq!(found[..2], [first, second]);
        }
    }

    #[test]
    fn nothing_that_is_cut_off_or_damaged_makes_it_panic_or_hang() {
        let file = capture(false);
        for len in 0..file.len() {
            let found = datagrams(&file[..len]);
            assert!(
                found.is_err() || found.is_ok_and(|found| found.len() < 2),
                "{len}"
            );
        }
        for at in 0..file.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut file = file.clone();
                file[at] = value;
                let _ = datagrams(&file);
            }
        }
    }

    #[test]
    fn a_capture_of_something_else_is_refused() {
        let mut file = capture(false);
        let netlink = file.iter().position(|byte| *byte == 253).expect("its type");
        file[netlink] = 1;
        assert_eq!(datagrams(&file), Err(ELSEWHERE));
    }
}
