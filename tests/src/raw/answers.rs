// SPDX-License-Identifier: MIT OR Apache-2.0

//! What came back.

use super::Datagram;
use genlkit::wire::{Answer, Attr, Attrs, ExtAck, GenlHeader, Header, Message, Messages, flags};
use nix::errno::Errno;

/// Everything that came back for a request, in order.
#[derive(Clone, Debug)]
pub struct Answers {
    datagrams: Vec<Datagram>,
    messages: Vec<Received>,
}

/// One message from the kernel.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its header.
    pub header: Header,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// What an error message, an ACK or a DONE says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// A positive errno, 0 for success.
    pub errno: i32,
    /// The kernel's text, empty where there is none.
    pub text: String,
    /// Where the wrong attribute is in the request.
    pub offset: Option<u32>,
    /// The number of the missing attribute.
    pub missing: Option<u32>,
    /// Where the nest is that it is missing from.
    pub missing_from: Option<u32>,
    /// What the family adds to a success.
    pub cookie: Option<Vec<u8>>,
    /// Whether the attribute's policy is told.
    pub policy: bool,
}

impl Answers {
    /// Takes datagrams apart.
    ///
    /// # Panics
    ///
    /// If the kernel's bytes are no messages.
    pub(super) fn new(datagrams: Vec<Datagram>) -> Self {
        let mut messages = Vec::new();
        for datagram in &datagrams {
            for message in Messages::new(&datagram.bytes) {
                let Message { header, bytes } = message.expect("the kernel's lengths are right");
                messages.push(Received {
                    header,
                    bytes: bytes.to_vec(),
                });
            }
        }
        Self {
            datagrams,
            messages,
        }
    }

    /// All messages.
    pub fn messages(&self) -> &[Received] {
        &self.messages
    }

    /// The datagrams that the messages came in.
    pub fn datagrams(&self) -> &[Datagram] {
        &self.datagrams
    }

    /// The messages that the family sent.
    pub fn data(&self) -> impl Iterator<Item = &Received> + Clone {
        self.messages
            .iter()
            .filter(|message| message.header.kind >= 16)
    }

    /// The types of all messages.
    pub fn kinds(&self) -> Vec<u16> {
        self.messages
            .iter()
            .map(|message| message.header.kind)
            .collect()
    }

    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The only message.
    ///
    /// # Panics
    ///
    /// If there are none or several.
    pub fn single(&self) -> &Received {
        match self.messages.as_slice() {
            [message] => message,
            messages => panic!("one message is expected, not {messages:#?}"),
        }
    }

    /// The only message, which is an error or an ACK.
    ///
    /// # Panics
    ///
    /// If it is something else.
    pub fn error(&self) -> Error {
        self.single().error()
    }

    /// What ends the dump: its last message.
    ///
    /// # Panics
    ///
    /// If that is not a DONE.
    pub fn done(&self) -> Error {
        self.messages.last().expect("a message").done()
    }
}

impl Received {
    fn message(&self) -> Message<'_> {
        Message {
            header: self.header,
            bytes: &self.bytes,
        }
    }

    /// What follows the header.
    pub fn body(&self) -> &[u8] {
        &self.bytes[Header::LEN..]
    }

    /// The operation's number.
    ///
    /// # Panics
    ///
    /// If there is no generic netlink header.
    pub fn cmd(&self) -> u8 {
        GenlHeader::split(self.body())
            .expect("a generic netlink header")
            .0
            .cmd
    }

    /// The attributes after the generic netlink header.
    ///
    /// # Panics
    ///
    /// If they are malformed.
    pub fn attrs(&self) -> Vec<Attr<'_>> {
        let (_, attrs) = GenlHeader::split(self.body()).expect("a generic netlink header");
        Attrs::new(attrs)
            .collect::<Result<_, _>>()
            .expect("the kernel's attributes")
    }

    /// The payload of an attribute.
    pub fn attr(&self, number: u16) -> Option<Attr<'_>> {
        self.attrs()
            .into_iter()
            .find(|attr| attr.number() == number)
    }

    /// A number of 32 bits.
    ///
    /// # Panics
    ///
    /// If the attribute is missing or something else.
    pub fn u32(&self, number: u16) -> u32 {
        self.attr(number)
            .expect("the attribute")
            .u32()
            .expect("a number")
    }

    /// Whether a flag is set in the header.
    pub fn has(&self, flag: u16) -> bool {
        self.header.flags & flag == flag
    }

    /// Whether it is an ACK without anything to say.
    pub fn is_ack(&self) -> bool {
        matches!(self.message().answer(), Answer::Error(error) if error.errno == 0)
    }

    /// What an error or ACK says.
    ///
    /// # Panics
    ///
    /// If it is something else.
    pub fn error(&self) -> Error {
        match self.message().answer() {
            Answer::Error(error) => Error::new(error.errno, &error.extack),
            other => panic!("an error is expected, not {other:?}"),
        }
    }

    /// What a DONE says.
    ///
    /// # Panics
    ///
    /// If it is something else.
    pub fn done(&self) -> Error {
        match self.message().answer() {
            Answer::Done { errno, extack } => Error::new(errno, &extack),
            other => panic!("a DONE is expected, not {other:?}"),
        }
    }

    /// The bytes of the request that an error or ACK repeats, its header included.
    ///
    /// # Panics
    ///
    /// If it repeats not even the header.
    pub fn echoed(&self) -> &[u8] {
        let repeated = &self.body()[4..];
        let request = Header::read(repeated).expect("the request's header");
        let len = if self.has(flags::CAPPED) {
            Header::LEN
        } else {
            request.len as usize
        };
        &repeated[..len]
    }
}

impl Error {
    fn new(errno: i32, extack: &ExtAck<'_>) -> Self {
        Self {
            errno,
            text: extack
                .msg
                .map_or_else(String::new, |text| text.escaped().to_string()),
            offset: extack.offset,
            missing: extack.miss_type,
            missing_from: extack.miss_nest,
            cookie: extack.cookie.map(<[u8]>::to_vec),
            policy: extack.policy.is_some(),
        }
    }

    /// The error as a name.
    pub fn errno(&self) -> Errno {
        Errno::from_raw(self.errno)
    }
}
