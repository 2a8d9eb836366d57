// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps over genetlink.

use super::answers::{Answers, Received};
use super::{Handle, Payload};
use crate::client::OnInterrupt;
use crate::error::Error;
use crate::request;
use crate::wire::{Answer, ExtAck};
use std::fmt;

/// The entries of a dump, which may be left early. A wait for one may be cancelled: none is lost.
pub struct Dump<R> {
    answers: Answers<R>,
    again: Again<R>,
    on_interrupt: OnInterrupt,
    interrupted: bool,
    ended: bool,
}

/// What a dump is asked for again with, once, where its first answer may mean that the family has moved.
enum Again<R> {
    Possible(Handle, Payload<R>),
    /// To be done before anything else is received.
    Due(Handle, Payload<R>),
    /// It was, or an entry has come.
    No,
}

impl<R: request::Dump + 'static> Dump<R> {
    pub(super) fn new(answers: Answers<R>, handle: Handle, payload: Payload<R>) -> Self {
        Self {
            answers,
            again: Again::Possible(handle, payload),
            on_interrupt: OnInterrupt::default(),
            interrupted: false,
            ended: false,
        }
    }

    /// Says what to do when what is dumped changes meanwhile; without, it is an error.
    pub fn on_interrupt(mut self, on_interrupt: OnInterrupt) -> Self {
        self.on_interrupt = on_interrupt;
        self
    }

    /// The next entry; none at the end.
    ///
    /// # Errors
    /// As [`client::Dump::next`](crate::client::Dump::next), but that [`Payload::reply`] decodes.
    pub async fn next(&mut self) -> Result<Option<Payload<R>>, Error> {
        while !self.ended {
            if let Again::Due(handle, payload) = &mut self.again {
                let answers = handle.dump_again(payload.clone()).await;
                self.again = Again::No;
                self.answers = answers.inspect_err(|_| self.ended = true)?;
            }
            let received = self.answers.next().await;
            // What follows an error is not an answer any longer.
            self.ended = true;
            match received? {
                Received::Data(entry, interrupted) => {
                    self.again = Again::No;
                    self.interrupted |= interrupted;
                    self.ended = false;
                    return Ok(Some(entry));
                }
                Received::Control(control) => match control.message().answer() {
                    Answer::Error(error) => self.refused(error.errno, &error.extack)?,
                    Answer::Done { errno, extack } if errno != 0 => {
                        return Err(self.answers.refused(errno, &extack));
                    }
                    Answer::Done { .. } => {
                        if self.interrupted && self.on_interrupt == OnInterrupt::Fail {
                            return Err(Error::dump_interrupted(R::OP));
                        }
                    }
                    _ => self.ended = false,
                },
            }
        }
        Ok(None)
    }

    /// Passes an error on, or has the dump asked for again.
    fn refused(&mut self, errno: i32, extack: &ExtAck<'_>) -> Result<(), Error> {
        let refusal = self.answers.refused(errno, extack);
        match std::mem::replace(&mut self.again, Again::No) {
            Again::Possible(handle, payload) if payload.may_have_moved(&refusal) => {
                self.again = Again::Due(handle, payload);
                self.ended = false;
                Ok(())
            }
            _ => Err(refusal),
        }
    }
}

impl<R> fmt::Debug for Dump<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump")
            .field("interrupted", &self.interrupted)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
