// SPDX-License-Identifier: MIT OR Apache-2.0
//! The messages of a datagram.

use super::{Header, Malformed, Reason, after};

/// One message of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'b> {
    /// The message's header.
    pub header: Header,
    /// The whole message with its header, without padding.
    pub bytes: &'b [u8],
}

impl<'b> Message<'b> {
    /// What follows the header.
    #[inline]
    pub fn body(&self) -> &'b [u8] {
        self.bytes.get(Header::LEN..).unwrap_or_default()
    }
}

/// Iterates over the messages of a datagram.
///
/// Ends at the datagram's end, or after the first message whose length cannot be; fewer than 16
/// bytes at the end are ignored, as the kernel does.
#[derive(Clone, Debug)]
pub struct Messages<'b> {
    rest: &'b [u8],
}

impl<'b> Messages<'b> {
    /// Starts at the first message.
    #[inline]
    pub fn new(datagram: &'b [u8]) -> Self {
        Self { rest: datagram }
    }

    /// What was not iterated over yet.
    #[inline]
    pub fn rest(&self) -> &'b [u8] {
        self.rest
    }
}

impl<'b> Iterator for Messages<'b> {
    type Item = Result<Message<'b>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let header = Header::read(self.rest)?;
        let len = header.len as usize;
        match self.rest.get(..len) {
            Some(bytes) if len >= Header::LEN => {
                self.rest = after(self.rest, len);
                Some(Ok(Message { header, bytes }))
            }
            _ => {
                let at = core::mem::take(&mut self.rest);
                Some(Err(Malformed::new(at, Reason::MessageLength(header.len))))
            }
        }
    }
}

impl core::iter::FusedIterator for Messages<'_> {}
