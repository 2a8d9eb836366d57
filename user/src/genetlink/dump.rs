// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps over genetlink.

use super::Payload;
use super::answers::{Answers, Received};
use crate::client::OnInterrupt;
use crate::error::Error;
use crate::request::Request;
use crate::wire::Answer;
use std::fmt;

/// The entries of a dump, which may be left early.
pub struct Dump<R> {
    answers: Answers<R>,
    on_interrupt: OnInterrupt,
    interrupted: bool,
    ended: bool,
}

impl<R: Request> Dump<R> {
    pub(super) fn new(answers: Answers<R>) -> Self {
        Self {
            answers,
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
            // What follows an error is not an answer any longer.
            self.ended = true;
            match self.answers.next().await? {
                Received::Data(entry, interrupted) => {
                    self.interrupted |= interrupted;
                    self.ended = false;
                    return Ok(Some(entry));
                }
                Received::Control(control) => match control.message().answer() {
                    Answer::Error(error) => {
                        return Err(self.answers.refused(error.errno, &error.extack));
                    }
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
}

impl<R> fmt::Debug for Dump<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump")
            .field("interrupted", &self.interrupted)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
