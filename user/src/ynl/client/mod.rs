// SPDX-License-Identifier: MIT OR Apache-2.0
//! Calls, dumps, batches and events of one family, with values as JSON.

mod decode;
mod events;
mod exchange;
mod message;
mod policy;

pub use decode::whole_message;
pub use events::Event;
pub use message::Mode;

use super::codec::{Codec, EncodeError, Encoded, Note};
use crate::client::{self, drive, may_have_moved};
use crate::error::Error;
use crate::nlctrl;
use crate::transport::{Options, Socket, Transport};
use crate::wire::ExtAck;
use exchange::{Item, Request};
use genlkit_spec::model::{Operation, Protocol};
use serde_json::{Map, Value};
use std::fmt;
use std::time::Duration;

/// A socket that speaks a family's protocol, and the family's spec.
pub struct Client<T: Transport = Socket> {
    codec: Codec,
    client: client::Client<T>,
}

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The spec has no such operation, or not in this mode, or no such group.
    Usage(String),
    /// A value that the spec does not allow.
    Value(EncodeError),
    /// The kernel refused, or could not be asked.
    Kernel(Error),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => f.write_str(message),
            Self::Value(error) => error.fmt(f),
            Self::Kernel(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> Self {
        Self::Value(error)
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Kernel(error)
    }
}

/// One operation to be called.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The operation's name in the spec.
    pub op: &'a str,
    /// Do or dump.
    pub mode: Mode,
    /// The members of the fixed header and the attributes.
    pub value: &'a Map<String, Value>,
    /// Bits of [`flags`](crate::wire::flags) beside `NLM_F_REQUEST`, `NLM_F_ACK` and
    /// `NLM_F_DUMP`.
    pub flags: u16,
}

impl<'a> Call<'a> {
    /// A call without more flags.
    pub fn new(op: &'a str, mode: Mode, value: &'a Map<String, Value>) -> Self {
        Self {
            op,
            mode,
            value,
            flags: 0,
        }
    }
}

/// What the kernel answered to one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The messages; of most calls that are no dumps one, or none.
    pub messages: Vec<Map<String, Value>>,
    /// What was not as the spec has it.
    pub notes: Vec<Note>,
    /// What the kernel said although it did what was asked.
    pub warning: Option<String>,
    /// What was dumped changed meanwhile: things can be in it twice, or not at all.
    pub interrupted: bool,
}

impl Client {
    /// Opens a socket for a family.
    ///
    /// # Errors
    /// [`ErrorKind::Socket`](crate::ErrorKind::Socket) where the system refuses, as it does with
    /// protocols that the kernel does not have.
    pub fn open(codec: Codec) -> Result<Self, Error> {
        let mut options = Options::new();
        if let Protocol::Raw(number) = codec.family().protocol {
            options = options.protocol(number);
        }
        let socket = Socket::open(&options);
        let socket =
            socket.map_err(|error| super::protocols::open_error(codec.family(), &error))?;
        Ok(Self::with(codec, socket))
    }
}

impl<T: Transport> Client<T> {
    /// Speaks to a family over a transport of the family's protocol.
    pub fn with(codec: Codec, transport: T) -> Self {
        Self {
            codec,
            client: client::Client::with(transport),
        }
    }

    /// The family's spec.
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// Sets how long to wait for each message of an answer, 30 seconds where it is not set; none
    /// is for ever.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.client.set_timeout(timeout);
    }

    /// Calls an operation and collects the answer.
    ///
    /// # Errors
    /// [`CallError`] has them all.
    pub fn call(&mut self, call: &Call<'_>) -> Result<Answer, CallError> {
        let mut answer = Answer::default();
        let messages = &mut answer.messages;
        let rest = self.call_with(call, |message| messages.push(message))?;
        Ok(Answer {
            messages: answer.messages,
            ..rest
        })
    }

    /// Calls an operation and hands each message of the answer to `each` as it comes.
    ///
    /// # Errors
    /// [`CallError`] has them all; messages before the error were handed out.
    pub fn call_with(
        &mut self,
        call: &Call<'_>,
        mut each: impl FnMut(Map<String, Value>),
    ) -> Result<Answer, CallError> {
        let mut answers = self.run(std::slice::from_ref(call), |_, message| each(message))?;
        answers.pop().unwrap_or_else(|| Ok(Answer::default()))
    }

    /// Calls several operations at once: all requests go out in one datagram, as nftables wants
    /// its batches.
    ///
    /// # Errors
    /// The outer where nothing was sent, or the socket failed; the inner are those of each call.
    pub fn multi(
        &mut self,
        calls: &[Call<'_>],
    ) -> Result<Vec<Result<Answer, CallError>>, CallError> {
        let mut messages: Vec<Vec<Map<String, Value>>> = vec![Vec::new(); calls.len()];
        let answers = self.run(calls, |index, message| {
            if let Some(list) = messages.get_mut(index) {
                list.push(message);
            }
        })?;
        let whole = answers.into_iter().zip(messages);
        Ok(whole
            .map(|(rest, messages)| rest.map(|rest| Answer { messages, ..rest }))
            .collect())
    }

    fn run(
        &mut self,
        calls: &[Call<'_>],
        mut each: impl FnMut(usize, Map<String, Value>),
    ) -> Result<Vec<Result<Answer, CallError>>, CallError> {
        let Self { codec, client } = self;
        let family = codec.family();
        let mut prepared: Vec<(&Operation, Encoded)> = Vec::with_capacity(calls.len());
        for call in calls {
            let op = message::operation(family, call.op, call.mode)?;
            let (header, set) = op.asked(call.mode == Mode::Dump);
            prepared.push((op, codec.encode(header, set, call.value)?));
        }
        let id = match family.protocol {
            Protocol::Raw(_) => None,
            _ if family.name == nlctrl::FAMILY.name => Some(nlctrl::ID),
            _ => Some(resolve(client, &family.name)?.id),
        };
        let answers = ask(client, codec, calls, &prepared, id, &mut each)?;
        let moved = match id {
            Some(id) => moved(client, &family.name, id, &answers)?,
            None => None,
        };
        match moved {
            Some(_) => Ok(ask(client, codec, calls, &prepared, moved, &mut each)?),
            None => Ok(answers),
        }
    }

    /// The transport.
    pub fn transport(&mut self) -> &mut T {
        self.client.transport()
    }
}

/// The family's new number, where it has moved: only then is all that was sent refused like this, and
/// so had no effect.
fn moved<T: Transport>(
    client: &mut client::Client<T>,
    name: &str,
    old: u16,
    answers: &[Result<Answer, CallError>],
) -> Result<Option<u16>, Error> {
    let mut refusal = None;
    for answer in answers {
        match answer {
            Err(CallError::Kernel(error)) if may_have_moved(old, error) => {
                refusal = Some(error);
            }
            _ => return Ok(None),
        }
    }
    let Some(refusal) = refusal else {
        return Ok(None);
    };
    let moved = drive(client.connection().moved_family(name, old, refusal));
    moved.map_err(|error| absent(name, error))
}

/// Sends the requests and collects what each is answered with; `id` is a generic family's number.
fn ask<T: Transport>(
    client: &mut client::Client<T>,
    codec: &Codec,
    calls: &[Call<'_>],
    prepared: &[(&Operation, Encoded)],
    id: Option<u16>,
    each: &mut impl FnMut(usize, Map<String, Value>),
) -> Result<Vec<Result<Answer, CallError>>, Error> {
    let family = codec.family();
    let requests: Vec<Request> = prepared
        .iter()
        .zip(calls)
        .map(|((op, encoded), call)| message::request(family, id, op, encoded, call))
        .collect();
    let mut answers: Vec<Result<Answer, CallError>> =
        calls.iter().map(|_| Ok(Answer::default())).collect();
    let what = prepared
        .first()
        .map_or_else(String::new, |(op, _)| message::title(family, op));
    let open = exchange::run(client.connection(), &what, &requests, |index, item| {
        let (Some((op, encoded)), Some(answer)) = (prepared.get(index), answers.get_mut(index))
        else {
            return Ok(());
        };
        let mode = calls.get(index).map_or(Mode::Do, |call| call.mode);
        match item {
            Item::Data(message) => {
                let decoded = message::decode(codec, op, mode, &message);
                if let Some(errno) = message::failed(op, &decoded) {
                    let said = ExtAck::default();
                    let error = message::refused(codec, op, mode, encoded, errno, &said);
                    *answer = Err(CallError::Kernel(error));
                    return Ok(());
                }
                if let Ok(answer) = answer {
                    answer.notes.extend(decoded.notes);
                }
                each(index, decoded.value);
            }
            Item::Interrupted => {
                if let Ok(answer) = answer {
                    answer.interrupted = true;
                }
            }
            Item::End { errno: 0, extack } => {
                if let Ok(answer) = answer {
                    answer.warning = extack.msg.map(|text| text.to_string());
                }
            }
            Item::End { errno, extack } => {
                let error = message::refused(codec, op, mode, encoded, errno, &extack);
                *answer = Err(CallError::Kernel(error));
            }
        }
        Ok(())
    })?;
    for ((answer, (op, _)), open) in answers.iter_mut().zip(prepared).zip(open) {
        if open && answer.is_ok() {
            *answer = Err(Error::timed_out(message::title(family, op)).into());
        }
    }
    Ok(answers)
}

/// Asks the controller about a family.
fn resolve<'c, T: Transport>(
    client: &'c mut client::Client<T>,
    name: &str,
) -> Result<&'c client::FamilyInfo, Error> {
    client.family(name).map_err(|error| absent(name, error))
}

/// An error of the controller's, with what to do where it does not know the family.
fn absent(name: &str, error: Error) -> Error {
    match error.kind() {
        crate::ErrorKind::NotFound => error.with_hint(super::protocols::absent_hint(name)),
        _ => error,
    }
}

impl<T: Transport> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = &self.codec.family().name;
        f.debug_struct("Client")
            .field("family", family)
            .finish_non_exhaustive()
    }
}
