// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests with whatever is to be wrong in them.

use super::Family;
use genlkit::wire::{Header, flags};

/// One message to the kernel.
#[derive(Clone, Debug)]
pub struct Request {
    header: Header,
    /// The length that the header is to tell, where it is not the true one.
    claimed: Option<u32>,
    body: Body,
}

/// What follows a header: a family's header and attributes.
#[derive(Clone, Debug, Default)]
pub struct Body(Vec<u8>);

impl Request {
    /// A request of a type, for what the kernel does at once.
    pub fn new(kind: u16) -> Self {
        let header = Header {
            kind,
            flags: flags::REQUEST,
            ..Header::default()
        };
        Self {
            header,
            claimed: None,
            body: Body::default(),
        }
    }

    /// A request for an operation of the controller, `nlctrl`.
    pub fn nlctrl(cmd: u8) -> Self {
        Self::new(0x10).genl(cmd)
    }

    /// A request for an operation of a family.
    pub fn of(family: &Family, cmd: u8) -> Self {
        Self::new(family.id).genl(cmd)
    }

    /// Adds the generic netlink header, of version 1.
    pub fn genl(self, cmd: u8) -> Self {
        self.raw(&[cmd, 1, 0, 0])
    }

    /// Changes the reserved field of the generic netlink header.
    pub fn reserved(mut self, value: u16) -> Self {
        self.body.0[2..4].copy_from_slice(&value.to_ne_bytes());
        self
    }

    /// Changes the version in the generic netlink header.
    pub fn version(mut self, version: u8) -> Self {
        self.body.0[1] = version;
        self
    }

    /// Adds flags.
    pub fn flags(mut self, flags: u16) -> Self {
        self.header.flags |= flags;
        self
    }

    /// Asks for an ACK.
    pub fn ack(self) -> Self {
        self.flags(flags::ACK)
    }

    /// Asks for a dump.
    pub fn dump(self) -> Self {
        self.flags(flags::DUMP)
    }

    /// Replaces all flags.
    pub fn only_flags(mut self, flags: u16) -> Self {
        self.header.flags = flags;
        self
    }

    /// Sets the sequence number.
    pub fn seq(mut self, seq: u32) -> Self {
        self.header.seq = seq;
        self
    }

    /// Sets the port id that the header tells.
    pub fn portid(mut self, portid: u32) -> Self {
        self.header.portid = portid;
        self
    }

    /// Has the header tell a length that may not be true.
    pub fn claim_len(mut self, len: u32) -> Self {
        self.claimed = Some(len);
        self
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.body.0.extend(bytes);
        self
    }

    /// Adds what the closure puts into the body.
    pub fn with(mut self, fill: impl FnOnce(Body) -> Body) -> Self {
        self.body = fill(self.body);
        self
    }

    /// Adds an attribute.
    pub fn attr(self, number: u16, payload: &[u8]) -> Self {
        self.with(|body| body.attr(number, payload))
    }

    /// Adds an attribute of a 32-bit number.
    pub fn u32(self, number: u16, value: u32) -> Self {
        self.attr(number, &value.to_ne_bytes())
    }

    /// Adds an attribute of a string with its NUL.
    pub fn str(self, number: u16, text: &str) -> Self {
        self.with(|body| body.str(number, text))
    }

    /// Adds a nest with what the closure puts into it.
    pub fn nest(self, number: u16, fill: impl FnOnce(Body) -> Body) -> Self {
        self.with(|body| body.nest(number, fill))
    }

    /// The offset, from the message's start, of what is added next.
    pub fn next_offset(&self) -> u32 {
        (Header::LEN + self.body.0.len().next_multiple_of(4)) as u32
    }

    /// The message's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let len = (Header::LEN + self.body.0.len()) as u32;
        let header = Header {
            len: self.claimed.unwrap_or(len),
            ..self.header
        };
        [header.to_bytes().as_slice(), &self.body.0].concat()
    }

    /// Puts messages one after the other into a datagram, each where the one before ends, aligned.
    pub fn batch(requests: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for request in requests {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes.extend(request.bytes());
        }
        bytes
    }
}

impl Body {
    /// Adds an attribute.
    pub fn attr(self, number: u16, payload: &[u8]) -> Self {
        let len = (payload.len() + 4) as u16;
        self.attr_of_len(len, number, payload)
    }

    /// Adds an attribute whose header tells a length that may not be true.
    pub fn attr_of_len(mut self, len: u16, number: u16, payload: &[u8]) -> Self {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self.0.extend(len.to_ne_bytes());
        self.0.extend(number.to_ne_bytes());
        self.0.extend(payload);
        self
    }

    /// Adds an attribute of a 32-bit number.
    pub fn u32(self, number: u16, value: u32) -> Self {
        self.attr(number, &value.to_ne_bytes())
    }

    /// Adds an attribute of a string with its NUL.
    pub fn str(self, number: u16, text: &str) -> Self {
        self.attr(number, &[text.as_bytes(), &[0]].concat())
    }

    /// Adds a nest with what the closure puts into it, marked as one (`NLA_F_NESTED`).
    pub fn nest(self, number: u16, fill: impl FnOnce(Self) -> Self) -> Self {
        self.attr(number | 0x8000, &fill(Self::default()).0)
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
