// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every contender reads of addresses and links: all attributes, each as what it is.

use genlkit::wire::{Attr, Attrs, Malformed, Message};

pub const RTM_GETLINK: u16 = 18;
pub const RTM_GETADDR: u16 = 22;

const IFA_LABEL: u16 = 3;
pub const IFLA_IFNAME: u16 = 3;
pub const IFLA_QDISC: u16 = 6;
pub const IFLA_LINKINFO: u16 = 18;
pub const IFLA_AF_SPEC: u16 = 26;
pub const IFLA_XDP: u16 = 43;
pub const IFLA_INFO_KIND: u16 = 1;

/// Lengths of `struct ifaddrmsg` and `struct ifinfomsg`.
pub const ADDRESS_LEN: usize = 8;
pub const LINK_LEN: usize = 16;

/// Numbers as such, text by its length, all else by its first word.
#[inline]
pub fn word(payload: &[u8]) -> u64 {
    match *payload {
        [] => 0,
        [a] => a.into(),
        [a, b] => u16::from_ne_bytes([a, b]).into(),
        [_, _, _] => 3,
        [a, b, c, d, ..] => u32::from_ne_bytes([a, b, c, d]).into(),
    }
}

#[inline]
fn value(attr: &Attr<'_>) -> u64 {
    word(attr.payload())
}

#[inline]
fn text(attr: &Attr<'_>) -> u64 {
    attr.str().as_bytes().len() as u64
}

/// The sum of an address.
///
/// # Errors
/// Where a length cannot be.
pub fn address(message: &Message<'_>) -> Result<u64, Malformed> {
    let (fixed, attributes) = message
        .body()
        .split_at_checked(ADDRESS_LEN)
        .unwrap_or_default();
    let mut sum = index(fixed);
    for attr in Attrs::new(attributes) {
        let attr = attr?;
        sum += match attr.number() {
            IFA_LABEL => text(&attr),
            _ => value(&attr),
        };
    }
    Ok(sum)
}

/// The sum of a link.
///
/// # Errors
/// Where a length cannot be.
pub fn link(message: &Message<'_>) -> Result<u64, Malformed> {
    let (fixed, attributes) = message
        .body()
        .split_at_checked(LINK_LEN)
        .unwrap_or_default();
    let mut sum = index(fixed);
    for attr in Attrs::new(attributes) {
        let attr = attr?;
        sum += match attr.number() {
            IFLA_IFNAME | IFLA_QDISC => text(&attr),
            IFLA_LINKINFO => nest(&attr, |attr| {
                Ok(match attr.number() {
                    IFLA_INFO_KIND => text(attr),
                    _ => value(attr),
                })
            })?,
            IFLA_AF_SPEC => nest(&attr, |protocol| nest(protocol, |attr| Ok(value(attr))))?,
            IFLA_XDP => nest(&attr, |attr| Ok(value(attr)))?,
            _ => value(&attr),
        };
    }
    Ok(sum)
}

/// The number of the interface, which both fixed headers have there.
#[inline]
fn index(fixed: &[u8]) -> u64 {
    let bytes = fixed.get(4..8).and_then(|index| index.try_into().ok());
    u32::from_ne_bytes(bytes.unwrap_or_default()).into()
}

#[inline]
fn nest(
    attr: &Attr<'_>,
    read: impl Fn(&Attr<'_>) -> Result<u64, Malformed>,
) -> Result<u64, Malformed> {
    let mut sum = 0;
    for attr in attr.nest() {
        sum += read(&attr?)?;
    }
    Ok(sum)
}
