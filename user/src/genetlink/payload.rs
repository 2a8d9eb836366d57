// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed messages in the form that the rust-netlink crates carry.

use crate::client::may_have_moved;
use crate::error::Error;
use crate::nlctrl;
use crate::request::{Decode, Request};
use crate::wire::{self, Builder, Header};
use netlink_packet_core::{DecodeError, Emitable, ParseableParametrized};
use netlink_packet_generic::{GenlFamily, GenlHeader};
use std::fmt;
use std::marker::PhantomData;

/// The longest request, in bytes.
const MAX_LEN: usize = 1 << 24;

/// The body of a message that belongs to request `R`: the request, or what answers it.
///
/// It holds bytes, and decodes them when it is asked to: an attribute that nobody knows, or one
/// that is malformed, does not keep the message from being received.
pub struct Payload<R> {
    header: GenlHeader,
    body: Vec<u8>,
    belongs: PhantomData<fn() -> R>,
}

impl<R: Request> Payload<R> {
    /// Encodes a request.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`](crate::ErrorKind::TooLong).
    pub fn new(request: &R) -> Result<Self, Error> {
        let mut body = vec![0; 256];
        loop {
            let mut builder = Builder::new(&mut body);
            request.encode(&mut builder);
            let len = builder.len();
            if builder.finish().is_ok() {
                body.truncate(len);
                break;
            }
            if body.len() >= MAX_LEN {
                return Err(Error::too_long(R::OP));
            }
            body.resize(body.len() * 2, 0);
        }
        let (cmd, version) = (R::OP.cmd, R::OP.family.version);
        Ok(Self::of(GenlHeader { cmd, version }, body))
    }

    /// Decodes an answer, which it borrows.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed).
    pub fn reply(&self) -> Result<R::Reply<'_>, Error> {
        R::Reply::decode(&self.body).map_err(|malformed| Error::malformed(R::OP, &malformed, &[]))
    }

    /// What follows the generic header.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The message that a request becomes, but for what its headers hold: for the paths of errors.
    pub(super) fn to_request(&self) -> Vec<u8> {
        let mut request = vec![0; Header::LEN + wire::GenlHeader::LEN];
        request.extend_from_slice(&self.body);
        request
    }

    /// Whether a refusal of this may mean that the family's module was loaded anew: it says what the
    /// kernel says where nobody has the number any longer.
    pub(super) fn may_have_moved(&self, refusal: &Error) -> bool {
        may_have_moved(self.family_id(), refusal)
    }

    /// An answer without attributes, which an ACK is.
    pub(super) fn empty() -> Self {
        let (cmd, version) = (R::OP.cmd, R::OP.family.version);
        Self::of(GenlHeader { cmd, version }, Vec::new())
    }

    fn of(header: GenlHeader, body: Vec<u8>) -> Self {
        Self {
            header,
            body,
            belongs: PhantomData,
        }
    }
}

impl<R: Request> GenlFamily for Payload<R> {
    fn family_name() -> &'static str {
        R::OP.family.name
    }

    fn family_id(&self) -> u16 {
        match std::ptr::eq(R::OP.family, &nlctrl::FAMILY) {
            true => nlctrl::ID,
            // To be looked up.
            false => 0,
        }
    }

    fn command(&self) -> u8 {
        self.header.cmd
    }

    fn version(&self) -> u8 {
        self.header.version
    }
}

impl<R> Emitable for Payload<R> {
    fn buffer_len(&self) -> usize {
        self.body.len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer[..self.body.len()].copy_from_slice(&self.body);
    }
}

impl<R> ParseableParametrized<[u8], GenlHeader> for Payload<R> {
    fn parse_with_param(body: &[u8], header: GenlHeader) -> Result<Self, DecodeError> {
        Ok(Self {
            header,
            body: body.to_vec(),
            belongs: PhantomData,
        })
    }
}

impl<R> Clone for Payload<R> {
    fn clone(&self) -> Self {
        Self {
            header: self.header,
            body: self.body.clone(),
            belongs: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Payload<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("header", &self.header)
            .field("body", &self.body)
            .finish()
    }
}
