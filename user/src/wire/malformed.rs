// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with bytes that are not what they should be.

use core::fmt;

/// Bytes that do not decode, and where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The address of the first byte of the defect; only ever compared with a buffer's.
    address: usize,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with bytes that do not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A message's length is below its header's or beyond the datagram's end.
    MessageLength(u32),
    /// A message ends before the header that its family puts first.
    HeaderShort(usize),
    /// An attribute's length is below its header's or beyond the end of what holds it.
    AttributeLength(u16),
    /// An attribute's payload has a length that its type does not have.
    PayloadLength {
        /// The attribute's number.
        attr: u16,
        /// The payload's length in bytes.
        len: usize,
        /// The length that the type has.
        expected: usize,
    },
    /// A nest of a set that can hold itself has more levels than anybody walks.
    TooDeep,
}

impl Malformed {
    #[cold]
    pub(crate) fn new(at: &[u8], reason: Reason) -> Self {
        Self {
            address: at.as_ptr().addr(),
            reason,
        }
    }

    /// How far into `buffer` the defect is, when it is inside.
    ///
    /// In the message that was decoded this is the offset that an attribute's path is found by,
    /// just as with the kernel's `NLMSGERR_ATTR_OFFS`.
    pub fn offset_in(&self, buffer: &[u8]) -> Option<usize> {
        let offset = self.address.checked_sub(buffer.as_ptr().addr())?;
        (offset <= buffer.len()).then_some(offset)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::MessageLength(len) => write!(f, "message length {len} does not fit"),
            Reason::HeaderShort(len) => write!(f, "{len} bytes are too short for the header"),
            Reason::AttributeLength(len) => write!(f, "attribute length {len} does not fit"),
            Reason::TooDeep => f.write_str("a nest has too many levels"),
            Reason::PayloadLength {
                attr,
                len,
                expected,
            } => {
                write!(
                    f,
                    "attribute {attr} has {len} bytes where its type has {expected}"
                )
            }
        }
    }
}

impl core::error::Error for Malformed {}
