// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codec: netlink and generic netlink messages as bytes.
//!
//! Nothing here does I/O, allocates or panics, whatever the bytes. Reading borrows from the
//! received datagram; writing goes into a buffer of the caller's.
//!
//! A datagram holds messages ([`Messages`]), a message a header and a body ([`Message`]), a body
//! of generic netlink a [`GenlHeader`] and attributes ([`Attrs`]), an attribute a number and a
//! payload ([`Attr`]), which may be a nest of attributes again.
//!
//! All numbers are in the byte order of the machine, but for attributes whose spec says
//! big-endian. Messages and attributes start at multiples of four bytes from the one before.
//!
//! # References
//! - [Netlink in the kernel's documentation](https://docs.kernel.org/userspace-api/netlink/intro.html)
//! - `linux/netlink.h`, `linux/genetlink.h`

mod answer;
mod attr;
mod build;
mod extack;
mod header;
mod malformed;
mod message;
mod nest;
mod number;
mod policy;
mod read;
mod repeated;
mod text;

pub use answer::{Answer, ErrorMessage};
pub use attr::{Attr, Attrs, Bitfield32};
pub use build::{Builder, Full};
pub use extack::ExtAck;
pub use header::{GenlHeader, Header, flags, kind};
pub use malformed::{Malformed, Reason};
pub use message::{Message, Messages};
pub use nest::{MAX_DEPTH, Nest, TypeValue};
pub use number::{Be, Le, Number, Numbers};
pub use policy::Policy;
pub use read::{Reader, read_fields};
pub use repeated::{FromAttr, Repeated};
pub use text::{Bytes, Str};

/// What netlink aligns messages and attributes to, in bytes.
pub const ALIGN: usize = 4;

/// Rounds a length up to the alignment of messages and attributes.
///
/// Lengths come from 32-bit fields that were checked against a buffer's length, so the sum does
/// not overflow; if it did, the result would saturate.
#[inline]
pub(crate) const fn align(len: usize) -> usize {
    len.saturating_add(ALIGN - 1) & !(ALIGN - 1)
}

/// What comes after `len` bytes and their padding, which the last message or attribute may lack.
#[inline]
fn after(bytes: &[u8], len: usize) -> &[u8] {
    match bytes.get(align(len)..) {
        Some(rest) => rest,
        None => end(),
    }
}

/// What comes after the last one without padding. A call, so that where the next one is does not wait
/// for a comparison.
#[cold]
#[inline(never)]
fn end() -> &'static [u8] {
    &[]
}
